"""The epochs of a run as columns: what a million of them cost is a column's eight bytes each."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final

import numpy as np

from edgechaos_tui.presentation.run.series import Series
from engine.storage import metrics
from engine.storage.hyperparameters import CHANGEABLE
from engine.storage.session.events import Epoch

METRICS: Final = ("epoch", *metrics.METRICS, "elapsed", "t")
"""The fields of an epoch that are another number every epoch."""

SETTINGS: Final = CHANGEABLE
"""The other fields: the hyperparameters in force, which rarely change."""

Settings = tuple[int | float, ...]

settings_of: Callable[[Epoch], Settings] = attrgetter(*SETTINGS)
"""The values of SETTINGS of an epoch."""

_AT_ONCE: Final = 512


class EpochTable:
    """One `Series` for each of METRICS, row i the i-th epoch taken in."""

    def __init__(self) -> None:
        self._columns = {name: Series() for name in METRICS}
        self._waiting: list[Epoch] = []

    def __len__(self) -> int:
        return len(self._columns["epoch"]) + len(self._waiting)

    @property
    def columns(self) -> dict[str, Series]:
        """A `Series` for each of METRICS."""
        self._put_in()
        return self._columns

    def extend(self, events: Sequence[Epoch]) -> None:
        """Add a row for each of `events`."""
        self._waiting.extend(events)
        if len(self._waiting) >= _AT_ONCE:
            self._put_in()

    def event(self, row: int, settings: Settings) -> Epoch:
        """The epoch of `row` as it stood in the log, trained with these SETTINGS."""
        values = {name: column.measured(row) for name, column in self.columns.items()}
        values["epoch"] = int(self._columns["epoch"].view()[row])
        return Epoch(**values, **dict(zip(SETTINGS, settings, strict=True)))  # type: ignore[arg-type]

    def prefix(self, rows: int) -> "EpochTable":
        """The first `rows` rows as a table of its own; nothing is copied."""
        short = EpochTable()
        short._columns = {name: column.prefix(rows) for name, column in self.columns.items()}
        return short

    def truncate(self, rows: int) -> None:
        """Keep the first `rows` rows."""
        for column in self.columns.values():
            column.truncate(rows)

    def _put_in(self) -> None:
        """Put what waits into the columns: many at once are far quicker than each by itself."""
        if not self._waiting:
            return
        for name, column in self._columns.items():
            given = map(attrgetter(name), self._waiting)
            values = np.fromiter(given, np.float64, len(self._waiting))
            if np.isfinite(values).all():
                column.extend(values)
            else:
                # Only the events tell what was not measured from a measured nan.
                column.extend([getattr(event, name) for event in self._waiting])
        self._waiting.clear()
