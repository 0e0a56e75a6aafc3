"""The epochs of a run as columns of eight bytes a value, so that a million of them fit."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final, TypeVar

import numpy as np
from msgspec.structs import astuple

from edgechaos_tui.presentation.run.series import ConstantPieces, Series
from engine.storage import metrics
from engine.storage.hyperparameters import CHANGEABLE
from engine.storage.session.events import Epoch, Layer
from engine.storage.session.recorded_epochs import RecordedEpoch

METRICS: Final = ("epoch", *metrics.METRICS, "elapsed", "t")
"""The fields of an epoch that are measured anew in each."""

SETTINGS: Final = CHANGEABLE
"""The other fields: the hyperparameters in force, which rarely change."""

Layers = tuple[Layer, ...] | None

LAYER_QUANTITIES: Final = ("growth", "angle", "j", "j0")
"""The quantities of a layer, each with a column of its own."""
LayerColumn = tuple[str, str]
"""The name of a layer and one of LAYER_QUANTITIES."""

_AT_ONCE: Final = 512
_MOST_NAMED: Final = 2000
Name = TypeVar("Name", bound=Hashable)


class EpochTable:
    """One `Series` for each of METRICS, row i the i-th epoch taken in.

    layers: of each row, None for networks without any; has_layers: whether any row has some.
    """

    def __init__(self) -> None:
        self._columns = {name: Series() for name in METRICS}
        self._settings = {name: ConstantPieces() for name in SETTINGS}
        self._free: dict[str, Series] = {}
        self._of_layers: dict[LayerColumn, Series] = {}
        self._at_epoch = Series()
        self._waiting: list[Epoch] = []
        # The first epoch of a recorded run: whether it counts steps holds for all of them.
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

    @property
    def at_epoch(self) -> Series | None:
        """The epochs that a recorded run logged beside its steps; None when it logged none."""
        self._put_in()
        return self._at_epoch if self._at_epoch.bounds else None

    @property
    def layer_columns(self) -> dict[LayerColumn, Series]:
        """A `Series` for each of LAYER_QUANTITIES of each layer that any epoch has."""
        self._put_in()
        return self._of_layers

    def extend(self, events: Sequence[Epoch]) -> None:
        """Add a row for each of `events`."""
        self._waiting.extend(events)
        if events and isinstance(events[0], RecordedEpoch):
            self._recorded = self._recorded or events[0]
        layers = [event.layers for event in events]
        self.layers += layers
        self.has_layers = self.has_layers or any(layers)
        if len(self._waiting) >= _AT_ONCE:
            self._put_in()

    def event(self, row: int) -> Epoch:
        """The epoch of `row` as the log has it."""
        values: dict[str, Any] = {
            name: column.measured(row) for name, column in self.columns.items()
        }
        values["epoch"] = int(self._columns["epoch"].view()[row])
        layers = self.layers[row]
        values |= {name: column.at(row) for name, column in self._settings.items()}
        if self._recorded is None:
            return Epoch(**values, layers=layers)
        free = {name: column.measured(row) for name, column in self.free_metrics.items()}
        step = values["epoch"] if self._recorded.step is not None else None
        at_epoch = None if self.at_epoch is None else self.at_epoch.measured(row)
        return RecordedEpoch(**values, layers=layers, step=step, at_epoch=at_epoch, metrics=free)

    def prefix(self, rows: int) -> "EpochTable":
        """The first `rows` rows as a table of its own; no measurements are copied."""
        short = EpochTable()
        short._columns = {name: column.prefix(rows) for name, column in self.columns.items()}
        short._free = {name: column.prefix(rows) for name, column in self._free.items()}
        short._of_layers = {name: column.prefix(rows) for name, column in self._of_layers.items()}
        short._settings = {name: column.prefix(rows) for name, column in self._settings.items()}
        short._at_epoch = self._at_epoch.prefix(rows)
        short._recorded = self._recorded
        short.layers, short.has_layers = self.layers[:rows], self.has_layers
        return short

    def truncate(self, rows: int) -> None:
        """Keep the first `rows` rows."""
        free = self.free_metrics.values()
        columns = (*self._columns.values(), *free, *self._of_layers.values(), self._at_epoch)
        for column in columns:
            column.truncate(rows)
        for setting in self._settings.values():
            setting.truncate(rows)
        del self.layers[rows:]

    def _put_in(self) -> None:
        """Put the waiting epochs into the columns: many together are much quicker than singly."""
        if not self._waiting:
            return
        # The fields of many epochs at once: asking each for each field takes twice as long.
        fields = type(self._waiting[0]).__struct_fields__
        values = dict(zip(fields, zip(*map(astuple, self._waiting), strict=True), strict=True))
        rows_before = len(self._columns["epoch"])
        for name, setting in self._settings.items():
            setting.extend(rows_before, values[name])
        if self._recorded is not None:
            self._put_in_named(self._free, values["metrics"])
            _extend(self._at_epoch, values["at_epoch"])
        if self.has_layers:
            self._put_in_named(self._of_layers, list(map(_layer_cells, values["layers"])))
        for name, column in self._columns.items():
            _extend(column, values[name])
        self._waiting.clear()

    def _put_in_named(
        self, columns: dict[Name, Series], rows: Sequence[Mapping[Name, float | None]]
    ) -> None:
        """Put `rows` into `columns`; a new name adds a column."""
        rows_before = len(self._columns["epoch"])
        for name in dict.fromkeys(name for row in rows for name in row):
            if name not in columns and len(columns) < _MOST_NAMED:
                columns[name] = Series([None] * rows_before)
        for name, column in columns.items():
            _extend(column, [row.get(name) for row in rows])


def _extend(column: Series, values: Sequence[float | None]) -> None:
    if values[0] is None and values.count(None) == len(values):
        column.extend_unmeasured(len(values))
        return
    array = np.array(values, np.float64)
    # Only a sequence can distinguish what was not measured from a measured nan.
    column.extend(array if np.isfinite(array).all() else values)


def _layer_cells(layers: Layers) -> Mapping[LayerColumn, float | None]:
    return {
        (layer.name, quantity): getattr(layer, quantity)
        for layer in layers or ()
        for quantity in LAYER_QUANTITIES
    }
