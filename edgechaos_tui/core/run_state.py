"""Everything a screen shows of one run, as a function of the events applied so far.

A live view, a replay and a comparison all read a `RunState`; none of them knows which events are
still to come.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgechaos_tui.core.law import law_of
from edgechaos_tui.core.series import Series
from edgechaos_tui.core.summary import Summary
from edgechaos_tui.core.wording import changes_words, describe
from engine.record.events import AnyEvent, Changed, Epoch, Rewound
from engine.record.hyperparameters import Hyperparameters
from engine.record.log import LogReader
from engine.record.session import Session

METRICS = (
    "epoch", "train_loss", "test_loss", "train_accuracy", "test_accuracy", "j", "j0",
    "edge_distance", "asymptotic_distance", "lyapunov", "jacobian_norm", "tau", "elapsed",
    "seconds",
)  # fmt: skip
_EVENTS_KEPT = 1000


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


def read_state(session: Session) -> "RunState":
    """All that a session's log says by now.

    Raises SessionError, or events.NewerSchema for a format of the future.
    """
    state = RunState(session.info().hyperparameters)
    for event in LogReader(session.log).read_all():
        state.apply(event)
    return state


class RunState:
    """Feed it the events of a log in order with `apply`.

    columns: one `Series` for each of METRICS, row i the i-th epoch recorded, `epoch` among them.
    law: the scaling law fitted to the epochs so far, with the forecast as it was at each of them.
    """

    def __init__(self, hyperparameters: Hyperparameters) -> None:
        self.summary = Summary(hyperparameters)
        self.law = law_of(hyperparameters)
        self.columns = {name: Series() for name in METRICS}
        self.edits: list[Edit] = []
        self.events: deque[EventLine] = deque(maxlen=_EVENTS_KEPT)

    def apply(self, event: AnyEvent) -> None:
        """Take in the next event. An epoch that is there already changes nothing."""
        if isinstance(event, Epoch):
            if self.summary.has(event.epoch):
                return
            for name, column in self.columns.items():
                column.append(getattr(event, name))
            self._fit(event)
        elif isinstance(event, Rewound):
            self._rewind(event.epoch)
        elif isinstance(event, Changed):
            self.edits.append(Edit(event.epoch, changes_words(event.values, event.previous)))
        self.summary.apply(event)
        words = describe(event)
        if words:
            self.events.append(EventLine(event.t, self.summary.epochs_done, words))

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

    def _rewind(self, epoch: int) -> None:
        keep = int(np.searchsorted(self.metric("epoch"), epoch, side="right"))
        for column in self.columns.values():
            column.truncate(keep)
        self.law.drop_after(epoch)

    def _fit(self, event: Epoch) -> None:
        self.law.add(
            event.epoch,
            math.nan if event.j2 is None else event.j2,
            lr=event.lr,
            momentum=event.momentum,
            batch_size=event.batch_size,
            l2=event.l2,
        )
