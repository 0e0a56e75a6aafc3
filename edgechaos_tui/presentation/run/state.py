"""Everything a screen shows of one run, as a function of the events applied so far.

A live view, a replay and a comparison all read a `RunState`; none of them knows which events are
still to come.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from edgechaos_tui.presentation.describe import changes_words, describe, fork_words, is_steering
from edgechaos_tui.presentation.run.epoch_table import (
    METRICS,
    EpochTable,
    LayerColumn,
    Layers,
)
from edgechaos_tui.presentation.run.law import law_of, stride
from edgechaos_tui.presentation.run.series import Series
from edgechaos_tui.presentation.run.summary import Summary, in_runs
from engine.storage.fork.lineage import LineageReader
from engine.storage.hyperparameters import Hyperparameters, affecting
from engine.storage.session.events import (
    ENDED,
    AnyEvent,
    Changed,
    Epoch,
    Forked,
    Rewound,
    Started,
)
from engine.storage.session.recorded import RecordedHyperparameters
from engine.storage.session.recovery import info_to_show
from engine.storage.session.session import Session

__all__ = ["METRICS", "Edit", "EventLine", "RunState", "read_state"]

_AFFECTING = frozenset(affecting("results"))
_LAW_SETTINGS = ("lr", "momentum", "batch_size", "l2")
_law_settings: Callable[[Epoch], tuple[float, ...]] = attrgetter(*_LAW_SETTINGS)


@dataclass(frozen=True)
class Edit:
    """A change of hyperparameters: the first epoch trained with them, and the change in words.

    affects_results: whether the results depend on it; False for the beginning of a fork.
    """

    epoch: int
    words: str
    affects_results: bool = False


@dataclass(frozen=True)
class EventLine:
    """An event in words. t: seconds since 1970; epoch: the last one done at that time."""

    t: float
    epoch: int
    words: str


@dataclass(frozen=True, slots=True)
class _Moment:
    """The state apart from the epochs, right after the epoch in `row`.

    It also holds for the following rows, up to the next moment. edits, events: their numbers.
    """

    row: int
    hyperparameters: Hyperparameters
    lifecycle: AnyEvent | None
    started: Started | None
    edits: int
    events: int


def read_state(session: Session) -> "RunState":
    """The state of a session's whole log, for a fork after the logs of its parents.

    Raises SessionError, or NewerSchema for a format of the future.
    """
    reader = LineageReader(session, info_to_show(session)[0])
    state = RunState(reader.start)
    state.apply_all(reader.read())
    while reader.behind:
        state.apply_all(reader.read())
    return state


class RunState:
    """The state of a run, fed with the events of its log in order, in batches of any size.

    columns: one `Series` for each of METRICS, row i the i-th epoch recorded, `epoch` among them.
    law: the scaling law fitted to the epochs so far, with the forecast as it was at each of them.
    edits, events: in the order of the log, also those of epochs that a rewind dropped.
    rewinds: the number of rewinds.
    """

    def __init__(self, hyperparameters: Hyperparameters) -> None:
        self.summary = Summary(hyperparameters)
        self.law = law_of(hyperparameters)
        self._table = EpochTable()
        self.edits: list[Edit] = []
        self.events: list[EventLine] = []
        self._moments: list[_Moment] = []
        # Whether an event other than an epoch came since the last moment.
        self._news = True
        self._horizon = 0
        self._extent = 0
        self._over = False
        # The last epoch, when it is not one of those that the law is fitted to.
        self._uncounted: Epoch | None = None
        # The hyperparameters that the law asks for, of the last epoch.
        self._last_law_settings: tuple[float, ...] = ()
        self.rewinds = 0

    def apply(self, event: AnyEvent) -> None:
        """Take in the next event. An epoch that was taken in before changes nothing."""
        self.apply_all((event,))

    def apply_all(self, events: Sequence[AnyEvent]) -> None:
        """Take in the next events, in order; a hundred thousand epochs take half a second."""
        for part in in_runs(events):
            if isinstance(part, Sequence):
                self._apply_epochs(part)
            else:
                self._apply_other(part)

    def as_of(self, epoch: int) -> "RunState":
        """The state right after the last recorded epoch up to `epoch`, as it was then.

        Where epochs were rewound and trained again, the later results count. Columns, forecasts
        and records are cut, not computed again, so that a seek in a long record is quick. Events
        applied to one of the two states do not affect the other. Raises ValueError when no epoch up
        to `epoch` is recorded.
        """
        rows = int(np.searchsorted(self.metric("epoch"), epoch, side="right"))
        if not rows:
            raise ValueError(f"no epoch up to {epoch} is recorded")
        place = bisect_right(self._moments, rows - 1, key=attrgetter("row"))
        moment = self._moments[place - 1]
        last = self._table.event(rows - 1)
        then = RunState(moment.hyperparameters)
        then.summary = self.summary.as_of(
            last, moment.hyperparameters, moment.lifecycle, moment.started
        )
        then.law = self.law.as_of(epoch)
        then._table = self._table.prefix(rows)
        then.edits, then.events = self.edits[: moment.edits], self.events[: moment.events]
        then._moments = self._moments[:place]
        then._horizon, then._extent, then._over = self.horizon, self.extent, self.over
        return then

    @property
    def columns(self) -> dict[str, Series]:
        """A `Series` for each of METRICS."""
        return self._table.columns

    @property
    def layers(self) -> Sequence[Layers]:
        """The layers of each recorded epoch; None for networks without layers."""
        return self._table.layers

    @property
    def layer_columns(self) -> dict[LayerColumn, Series]:
        """A `Series` for each quantity of each layer, over the epochs recorded."""
        return self._table.layer_columns

    @property
    def has_layers(self) -> bool:
        """Whether any epoch has layers."""
        return self._table.has_layers

    @property
    def horizon(self) -> int:
        """The last epoch that charts make room for: planned or done, in the whole record.

        The state as of an earlier epoch has the same horizon, so that axes do not move.
        """
        return max(self.summary.hyperparameters.epochs, self.summary.epochs_done, self._horizon, 1)

    @property
    def extent(self) -> int:
        """The last epoch of the whole record, also after this state's time."""
        return max(self.summary.epochs_done, self._extent)

    @property
    def over(self) -> bool:
        """Whether the whole record has ended, also after this state's time."""
        return self._over or isinstance(self.summary.lifecycle, ENDED)

    def elapsed(self, row: int) -> float:
        """Seconds of training, without pauses, up to the end of the epoch in `row`."""
        return float(self.metric("elapsed")[row])

    @property
    def is_recorded(self) -> bool:
        """Whether a training loop of a user's own logged the run."""
        return isinstance(self.summary.hyperparameters, RecordedHyperparameters)

    def traced(self, column: Series) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The places and values at which a column is drawn, of one length.

        A user's own loop logs some metrics more rarely than others: rows without a value are left
        out. In an engine's run such a row is a gap.
        """
        values = column.view()
        places = self.metric("epoch")[: len(values)]
        rows = column.measured_rows if self.is_recorded else None
        return (places, values) if rows is None or rows.all() else (places[rows], values[rows])

    def value_at(self, column: Series, row: int) -> float | None:
        """The value at `row`; of a recorded run, the last one up to there. None without one."""
        if not row >= 0:
            return None
        row = min(row, len(column) - 1)
        return column.last_measured(row) if self.is_recorded else column.measured(row)

    @property
    def epochs(self) -> NDArray[np.float64]:
        """The epochs done at each row, shape (epochs recorded,).

        For a run that counts steps they are the epochs that it logged, interpolated linearly over
        the steps between; nan before the first and after the last of these.
        """
        places = self.metric("epoch")
        if self.summary.unit == "epoch":
            return places
        logged = self._table.at_epoch
        if logged is None:
            return np.full(len(places), np.nan)
        values = logged.view()
        finite = np.isfinite(values)
        if finite.all() or not finite.any():
            return values
        between: NDArray[np.float64] = np.interp(
            places, places[finite], values[finite], left=np.nan, right=np.nan
        )
        return between

    @property
    def free_metrics(self) -> dict[str, Series]:
        """The columns of a recorded run's other metrics, by the names that its loop gave them."""
        return self._table.free_metrics

    def metric(self, name: str) -> NDArray[np.float64]:
        """The values of one of METRICS, shape (epochs recorded,); nan where not measured."""
        return self.columns[name].view()

    @property
    def best_index(self) -> int | None:
        """The row of the best test loss."""
        best = self.summary.test_loss.best
        if best is None:
            return None
        return int(np.searchsorted(self.metric("epoch"), best.epoch))

    def _apply_epochs(self, events: Sequence[Epoch]) -> None:
        row = len(self._table)
        new_epochs = self.summary.apply_epochs(events)
        if not new_epochs:
            return
        if self._news:
            self._mark(row)
        self._table.extend(new_epochs)
        # Steps are no epochs: they have no rescaled time, and so no law.
        if self.summary.unit == "epoch":
            self._feed_law(new_epochs)

    def _feed_law(self, events: Sequence[Epoch]) -> None:
        """Let the law see `events`; those that it passes over count where values change."""
        for event in events:
            settings = _law_settings(event)
            skipped = self._uncounted
            if skipped is not None and settings != self._last_law_settings:
                self.law.pass_over(skipped.epoch, **self._named_law_settings())
            self._last_law_settings = settings
            step = stride(event.epoch)
            if event.epoch % step == 0:
                self._uncounted = None
                j2 = math.nan if event.j2 is None else event.j2
                self.law.add(event.epoch, j2, **self._named_law_settings(), weight=step)
            else:
                self._uncounted = event

    def _named_law_settings(self) -> dict[str, float]:
        return dict(zip(_LAW_SETTINGS, self._last_law_settings, strict=True))

    def _mark(self, row: int) -> None:
        summary = self.summary
        moment = _Moment(
            row, summary.hyperparameters, summary.lifecycle, summary.started,
            len(self.edits), len(self.events),
        )  # fmt: skip
        self._moments.append(moment)
        self._news = False

    def _apply_other(self, event: AnyEvent) -> None:
        self._news = True
        if isinstance(event, Rewound):
            self._rewind(event.epoch)
        elif isinstance(event, Changed) and not (
            self._is_initial_config(event) or is_steering(event)
        ):
            words = changes_words(event.values, event.previous)
            affects = not _AFFECTING.isdisjoint(event.values)
            self.edits.append(Edit(event.epoch, words, affects))
        elif isinstance(event, Forked):
            self.edits.append(Edit(event.epoch + 1, fork_words(event)))
        self.summary.apply(event)
        if self._is_initial_config(event):
            self.law = law_of(self.summary.hyperparameters)
        line = describe(event)
        if line:
            self.events.append(EventLine(event.t, self.summary.epochs_done, line))

    def _is_initial_config(self, event: AnyEvent) -> bool:
        """Whether a user's training loop reports the settings that it started with: no edit."""
        return self.is_recorded and isinstance(event, Changed) and not len(self._table)

    def _rewind(self, epoch: int) -> None:
        keep = int(np.searchsorted(self.metric("epoch"), epoch, side="right"))
        self._table.truncate(keep)
        del self._moments[bisect_right(self._moments, keep - 1, key=attrgetter("row")) :]
        self.law.drop_after(epoch)
        self._uncounted = None
        self.rewinds += 1
