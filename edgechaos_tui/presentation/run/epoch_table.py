"""The epochs of a run as columns: what a million of them cost is a column's eight bytes each."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final

import numpy as np

from edgechaos_tui.presentation.run.series import Series
from engine.storage import metrics
from engine.storage.hyperparameters import CHANGEABLE
from engine.storage.session.events import Epoch, Layer
from engine.storage.session.recorded import RecordedEpoch

METRICS: Final = ("epoch", *metrics.METRICS, "elapsed", "t")
"""The fields of an epoch that are another number every epoch."""

SETTINGS: Final = CHANGEABLE
"""The other fields: the hyperparameters in force, which rarely change."""

Settings = tuple[int | float, ...]
Layers = tuple[Layer, ...] | None

settings_of: Callable[[Epoch], Settings] = attrgetter(*SETTINGS)
"""The values of SETTINGS of an epoch."""

_AT_ONCE: Final = 512
_MOST_FREE: Final = 500


class EpochTable:
    """One `Series` for each of METRICS, row i the i-th epoch taken in.

    layers: of each row, None for networks without any; has_layers: whether any row has some.
    """

    def __init__(self) -> None:
        self._columns = {name: Series() for name in METRICS}
        self._free: dict[str, Series] = {}
        self._waiting: list[Epoch] = []
        # The first epoch of a recorded run, which tells what all of them count.
        self._recorded: RecordedEpoch | None = None
        self.layers: list[Layers] = []
        self.has_layers = False

    def __len__(self) -> int:
        return len(self._columns["epoch"]) + len(self._waiting)

    @property
    def columns(self) -> dict[str, Series]:
        """A `Series` for each of METRICS."""
        self._put_in()
        return self._columns

    @property
    def free_metrics(self) -> dict[str, Series]:
        """A `Series` for each metric of a recorded run that is none of METRICS, by its name."""
        self._put_in()
        return self._free

    def extend(self, events: Sequence[Epoch]) -> None:
        """Add a row for each of `events`."""
        self._waiting.extend(events)
        if events and isinstance(events[0], RecordedEpoch):
            self._recorded = self._recorded or events[0]
        self.layers.extend(event.layers for event in events)
        self.has_layers = self.has_layers or any(event.layers for event in events)
        if len(self._waiting) >= _AT_ONCE:
            self._put_in()

    def event(self, row: int, settings: Settings) -> Epoch:
        """The epoch of `row` as it stood in the log, trained with these SETTINGS."""
        values: dict[str, Any] = {
            name: column.measured(row) for name, column in self.columns.items()
        }
        values["epoch"] = int(self._columns["epoch"].view()[row])
        layers = self.layers[row]
        values |= dict(zip(SETTINGS, settings, strict=True))
        if self._recorded is None:
            return Epoch(**values, layers=layers)
        free = {name: column.measured(row) for name, column in self.free_metrics.items()}
        step = values["epoch"] if self._recorded.step is not None else None
        return RecordedEpoch(**values, layers=layers, step=step, metrics=free)

    def prefix(self, rows: int) -> "EpochTable":
        """The first `rows` rows as a table of its own; nothing is copied."""
        short = EpochTable()
        short._columns = {name: column.prefix(rows) for name, column in self.columns.items()}
        short._free = {name: column.prefix(rows) for name, column in self._free.items()}
        short._recorded = self._recorded
        short.layers, short.has_layers = self.layers[:rows], self.has_layers
        return short

    def truncate(self, rows: int) -> None:
        """Keep the first `rows` rows."""
        for column in (*self.columns.values(), *self._free.values()):
            column.truncate(rows)
        del self.layers[rows:]

    def _put_in(self) -> None:
        """Put what waits into the columns: many at once are far quicker than each by itself."""
        if not self._waiting:
            return
        self._put_in_free()
        for name, column in self._columns.items():
            given = list(map(attrgetter(name), self._waiting))
            if given[0] is None and given.count(None) == len(given):
                column.extend_unmeasured(len(given))
                continue
            values = np.array(given, np.float64)
            # Only the events tell what was not measured from a measured nan.
            column.extend(values if np.isfinite(values).all() else given)
        self._waiting.clear()

    def _put_in_free(self) -> None:
        logged = [e.metrics if isinstance(e, RecordedEpoch) else {} for e in self._waiting]
        if not any(logged):
            return
        before = len(self._columns["epoch"])
        for name in dict.fromkeys(name for line in logged for name in line):
            if name not in self._free and len(self._free) < _MOST_FREE:
                self._free[name] = Series([None] * before)
        for name, column in self._free.items():
            column.extend([None] * (before - len(column)))
            column.extend([line.get(name) for line in logged])
