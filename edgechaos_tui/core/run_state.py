"""Everything a screen shows of one run, as a function of the events applied so far.

A live view, a replay and a comparison all read a `RunState`; none of them knows which events are
still to come.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from edgechaos_tui.core.law import counted, law_of
from edgechaos_tui.core.series import Series
from edgechaos_tui.core.summary import Summary
from edgechaos_tui.core.wording import changes_words, describe, fork_words
from engine.record.events import AnyEvent, Changed, Epoch, Forked, Rewound
from engine.record.hyperparameters import Hyperparameters
from engine.record.lineage import LineageReader
from engine.record.recovery import info_to_show
from engine.record.session import Session

METRICS = (
    "epoch", "train_loss", "test_loss", "train_accuracy", "test_accuracy", "j", "j0",
    "edge_distance", "asymptotic_distance", "lyapunov", "jacobian_norm", "tau", "elapsed",
    "seconds",
)  # fmt: skip

_ROWS_AT_ONCE = 4096
_row: Callable[[Epoch], tuple[float | None, ...]] = attrgetter(*METRICS)


@dataclass(frozen=True)
class Edit:
    """Hyperparameters changed: the first epoch trained with them, and the change in words."""

    epoch: int
    words: str


@dataclass(frozen=True)
class EventLine:
    """An event in words. t: seconds since 1970; epoch: the last one done when it happened."""

    t: float
    epoch: int
    words: str


@dataclass(frozen=True, slots=True)
class _Moment:
    """Right after an epoch: what was known, and how many edits and event lines there were."""

    summary: Summary
    edits: int
    events: int


def read_state(session: Session) -> "RunState":
    """All that a session's log says by now, for a fork after what its parents' say.

    Raises SessionError, or events.NewerSchema for a format of the future.
    """
    reader = LineageReader(session, info_to_show(session)[0])
    state = RunState(reader.start)
    for event in reader.read_all():
        state.apply(event)
    return state


class RunState:
    """Feed it the events of a log in order with `apply`.

    columns: one `Series` for each of METRICS, row i the i-th epoch recorded, `epoch` among them.
    law: the scaling law fitted to the epochs so far, with the forecast as it was at each of them.
    edits, events: in the order of the log, also those of epochs that a rewind dropped.
    """

    def __init__(self, hyperparameters: Hyperparameters) -> None:
        self.summary = Summary(hyperparameters)
        self.law = law_of(hyperparameters)
        self._columns = {name: Series() for name in METRICS}
        self._new_rows: list[tuple[float | None, ...]] = []
        self.edits: list[Edit] = []
        self.events: list[EventLine] = []
        self._moments: list[_Moment] = []
        self._horizon = 0
        self._uncounted: Epoch | None = None

    def apply(self, event: AnyEvent) -> None:
        """Take in the next event. An epoch that is there already changes nothing."""
        if isinstance(event, Epoch):
            if self.summary.has(event.epoch):
                return
            self._new_rows.append(_row(event))
            if len(self._new_rows) >= _ROWS_AT_ONCE:
                self._put_in()
            self._take_into_law(event)
        elif isinstance(event, Rewound):
            self._rewind(event.epoch)
        elif isinstance(event, Changed):
            self.edits.append(Edit(event.epoch, changes_words(event.values, event.previous)))
        elif isinstance(event, Forked):
            self.edits.append(Edit(event.epoch + 1, fork_words(event)))
        self.summary.apply(event)
        words = describe(event)
        if words:
            self.events.append(EventLine(event.t, self.summary.epochs_done, words))
        if isinstance(event, Epoch):
            moment = _Moment(self.summary.remember(), len(self.edits), len(self.events))
            self._moments.append(moment)

    def as_of(self, epoch: int) -> "RunState":
        """The state right after the last recorded epoch up to `epoch`, as it was read then.

        Where epochs were rewound and trained again, the later results count. Columns, forecasts
        and records are cut, not computed again: a seek in a long record stays quick. What is
        applied to either state does not touch the other. Raises ValueError where no epoch up to
        `epoch` is recorded.
        """
        rows = int(np.searchsorted(self.metric("epoch"), epoch, side="right"))
        if not rows:
            raise ValueError(f"no epoch up to {epoch} is recorded")
        moment = self._moments[rows - 1]
        then = RunState(moment.summary.hyperparameters)
        then.summary = moment.summary.recall()
        then.law = self.law.as_of(epoch)
        then._columns = {name: column.prefix(rows) for name, column in self.columns.items()}
        then.edits, then.events = self.edits[: moment.edits], self.events[: moment.events]
        then._moments = self._moments[:rows]
        then._horizon = self.horizon
        return then

    @property
    def columns(self) -> dict[str, Series]:
        """A `Series` for each of METRICS."""
        self._put_in()
        return self._columns

    @property
    def horizon(self) -> int:
        """The last epoch that charts make room for: planned or done, also after this state's time.

        The state as of an earlier epoch keeps the horizon of the whole, so that axes do not move.
        """
        return max(self.summary.hyperparameters.epochs, self.summary.epochs_done, self._horizon, 1)

    def elapsed(self, row: int) -> float:
        """Seconds of training, without pauses, up to the end of the epoch in `row`."""
        last = self._moments[row].summary.last
        return math.nan if last is None else last.elapsed

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

    def _put_in(self) -> None:
        """Put the new rows into the columns: many at once are far quicker than each by itself."""
        values = zip(*self._new_rows, strict=True)
        for column, new in zip(self._columns.values(), values, strict=False):
            column.extend(new)
        self._new_rows.clear()

    def _rewind(self, epoch: int) -> None:
        keep = int(np.searchsorted(self.metric("epoch"), epoch, side="right"))
        for column in self.columns.values():
            column.truncate(keep)
        del self._moments[keep:]
        self.law.drop_after(epoch)
        self._uncounted = None

    def _take_into_law(self, event: Epoch) -> None:
        """Let the law see the epochs that count, and the values of all of them."""
        before, values = self._uncounted, _values(event)
        if before is not None and _values(before) != values:
            self.law.pass_over(before.epoch, **_values(before))
        self._uncounted = event
        if counted(event.epoch):
            self._uncounted = None
            self.law.add(event.epoch, math.nan if event.j2 is None else event.j2, **values)


def _values(event: Epoch) -> dict[str, float]:
    """What the law asks of an epoch's hyperparameters."""
    return {name: getattr(event, name) for name in ("lr", "momentum", "batch_size", "l2")}
