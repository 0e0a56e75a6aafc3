"""A monitor of one run by the run's own log, and the rules that end a run early."""

from engine.storage.session.event_log import LogReader
from engine.storage.session.events import (
    ENDED,
    ON_REQUEST,
    AnyEvent,
    Epoch,
    Paused,
    Rewound,
    Started,
)
from engine.storage.session.session import Session
from engine.storage.session.status import LIFECYCLE
from engine.storage.sweep.events import RuleName
from engine.storage.sweep.plan import Rule


class RunMonitor:
    """Follows a run's log.

    epoch: whole epochs done; distance: d after the last one; lifecycle: the last event that decides
    the status, of those since `forget_end`; started: the last `started`.
    """

    def __init__(self, session: Session) -> None:
        self._reader = LogReader(session.log)
        self._bests: list[tuple[int, float]] = []
        self.epoch = 0
        self.distance: float | None = None
        self.lifecycle: AnyEvent | None = None
        self.started: Started | None = None

    def update(self) -> None:
        """Read the new events. Raises NewerSchema, and OSError when the log is unreadable."""
        for event in self._reader.read_all():
            self._apply(event)

    def forget_end(self) -> None:
        """Forget how the run ended, because a new engine continues it."""
        self.lifecycle = None

    @property
    def ended(self) -> bool:
        """Whether the log says that the run ended."""
        return isinstance(self.lifecycle, ENDED)

    @property
    def paused(self) -> bool:
        """Whether the run is paused on request; one that waits for room on the disk is not."""
        return isinstance(self.lifecycle, Paused) and self.lifecycle.reason == ON_REQUEST

    @property
    def best_epoch(self) -> int | None:
        """The epoch of the smallest test loss; None before the first."""
        return self._bests[-1][0] if self._bests else None

    def _apply(self, event: AnyEvent) -> None:
        if isinstance(event, Epoch):
            self._apply_epoch(event)
        elif isinstance(event, Rewound):
            self.epoch = min(self.epoch, event.epoch)
            self.distance = None
            while self._bests and self._bests[-1][0] > event.epoch:
                self._bests.pop()
        elif isinstance(event, LIFECYCLE):
            self.lifecycle = event
            if isinstance(event, Started):
                self.started = event

    def _apply_epoch(self, event: Epoch) -> None:
        self.epoch = event.epoch
        self.distance = event.edge_distance
        loss = event.test_loss
        # nan is no record.
        if loss is not None and loss == loss and (not self._bests or loss < self._bests[-1][1]):
            self._bests.append((event.epoch, loss))


def broken_rule(rule: Rule, run: RunMonitor) -> tuple[RuleName, str] | None:
    """The rule that ends `run` after its last epoch, with a sentence; None when it continues."""
    if rule.past_edge is not None and run.distance is not None and run.distance > rule.past_edge:
        return "past_edge", (
            f"past the edge: d = {run.distance:+.3g} after epoch {run.epoch} "
            f"is above {rule.past_edge:g}"
        )
    best = run.best_epoch
    if rule.stale_epochs is not None and best is not None:
        stale = run.epoch - best
        if stale >= rule.stale_epochs:
            noun = "epoch" if stale == 1 else "epochs"
            return "stale", (
                f"stale: no better test loss than that of epoch {best} for {stale} {noun}"
            )
    return None
