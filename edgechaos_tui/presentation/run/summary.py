"""The summary of a run: the few facts that a list shows.

`Summary` is fed the events of a log in order. It has no columns, so that thousands fit in memory.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import cast

import msgspec

from engine.storage.hyperparameters import Hyperparameters
from engine.storage.session.events import AnyEvent, Changed, Epoch, Rewound, Started
from engine.storage.session.recorded import RecordedHyperparameters
from engine.storage.session.recorded_epochs import RecordedEpoch
from engine.storage.session.status import LIFECYCLE
from engine.theory.phase import Phase, depth_phase, phase


@dataclass(frozen=True)
class Best:
    """The best epoch so far: its number and the value reached in it."""

    epoch: int
    value: float


@dataclass
class Records:
    """The epochs that were the best so far when they ended, in order.

    They are kept as a list, so that a rewind finds the best of an earlier time again.
    """

    smallest: bool
    entries: list[Best] = field(default_factory=list)

    def add(self, epoch: int, value: float) -> float:
        """Add an epoch's value if it is the best so far; returns the new `bar`."""
        if value == value and (
            not self.entries
            or (value < self.entries[-1].value if self.smallest else value > self.entries[-1].value)
        ):
            self.entries.append(Best(epoch, value))
        return self.bar

    @property
    def bar(self) -> float:
        """The best value so far; nan while there is none."""
        return self.entries[-1].value if self.entries else math.nan

    def drop_after(self, epoch: int) -> None:
        """Forget the epochs after `epoch`."""
        while self.entries and self.entries[-1].epoch > epoch:
            self.entries.pop()

    def up_to(self, epoch: int) -> "Records":
        """The records as they stood after `epoch`."""
        count = bisect_right(self.entries, epoch, key=attrgetter("epoch"))
        return Records(self.smallest, self.entries[:count])

    @property
    def best(self) -> Best | None:
        """The best so far."""
        return self.entries[-1] if self.entries else None


def in_runs(events: Sequence[AnyEvent]) -> Iterator[Sequence[Epoch] | AnyEvent]:
    """`events` in order, with consecutive epochs as a sequence: many are quicker together."""
    begin = 0
    for place in [place for place, event in enumerate(events) if not isinstance(event, Epoch)]:
        if begin < place:
            yield cast(Sequence[Epoch], events[begin:place])
        yield events[place]
        begin = place + 1
    if begin < len(events):
        yield cast(Sequence[Epoch], events[begin:])


class Summary:
    """A run as of the last event applied.

    hyperparameters: those in force; lifecycle: the last event that decides the status; started:
    the last `started`; last: the last epoch; crossed: the first epoch at or beyond the edge.
    """

    def __init__(self, hyperparameters: Hyperparameters) -> None:
        self.hyperparameters = hyperparameters
        self.lifecycle: AnyEvent | None = None
        self.started: Started | None = None
        self.last: Epoch | None = None
        self.epochs_done = 0
        self._any_epoch = False
        self.crossed: int | None = None
        self.test_loss = Records(smallest=True)
        self.test_accuracy = Records(smallest=False)

    def apply(self, event: AnyEvent) -> None:
        """Take in the next event of the log."""
        self.apply_all((event,))

    def apply_all(self, events: Sequence[AnyEvent]) -> None:
        """Take in the next events of the log, in order."""
        for part in in_runs(events):
            if isinstance(part, Sequence):
                self.apply_epochs(part)
            else:
                self._apply_other(part)

    def apply_epochs(self, events: Iterable[Epoch]) -> list[Epoch]:
        """Take in consecutive epochs of the log; returns those that were new."""
        new_epochs: list[Epoch] = []
        last_epoch = self.epochs_done if self._any_epoch else -1
        # Written with `not`, so that a bar of nan, before any record, lets every value through.
        lowest, highest = self.test_loss.bar, self.test_accuracy.bar
        for event in events:
            epoch = event.epoch
            if epoch <= last_epoch:
                continue
            last_epoch = epoch
            new_epochs.append(event)
            loss, accuracy = event.test_loss, event.test_accuracy
            if loss is not None and not loss >= lowest:
                lowest = self.test_loss.add(epoch, loss)
            if accuracy is not None and not accuracy <= highest:
                highest = self.test_accuracy.add(epoch, accuracy)
            if self.crossed is None and event.edge_distance is not None:
                self.crossed = epoch if event.edge_distance >= 0 else None
        if new_epochs:
            self.last, self.epochs_done, self._any_epoch = new_epochs[-1], last_epoch, True
        return new_epochs

    def as_of(
        self,
        last: Epoch,
        hyperparameters: Hyperparameters,
        lifecycle: AnyEvent | None,
        started: Started | None,
    ) -> "Summary":
        """The summary right after the epoch `last`, given the state of other events by then."""
        then = Summary(hyperparameters)
        then.lifecycle, then.started = lifecycle, started
        then.last, then.epochs_done, then._any_epoch = last, last.epoch, True
        if self.crossed is not None and self.crossed <= last.epoch:
            then.crossed = self.crossed
        then.test_loss = self.test_loss.up_to(last.epoch)
        then.test_accuracy = self.test_accuracy.up_to(last.epoch)
        return then

    def has(self, epoch: int) -> bool:
        """Whether `epoch` was taken in already."""
        return self._any_epoch and epoch <= self.epochs_done

    @property
    def host(self) -> str:
        """The host on which the run was last started; "" before that."""
        return self.started.host if self.started else ""

    @property
    def unit(self) -> str:
        """The unit that the run counts in: `epoch`, or `step` for a loop without epochs."""
        last = self.last
        return "step" if isinstance(last, RecordedEpoch) and last.step is not None else "epoch"

    @property
    def j2(self) -> float | None:
        """J² after the last epoch."""
        return self.last.j2 if self.last else None

    @property
    def phase(self) -> Phase | None:
        """The phase after the last epoch; None before there is one, or when it is unknown.

        It is judged by λ_depth where that was measured, else by J.
        """
        last = self.last
        if last is not None and last.lambda_depth is not None:
            error = last.lambda_depth_error
            return depth_phase(last.lambda_depth, math.nan if error is None else error)
        if last is None or last.edge_distance is None:
            return None
        return phase(last.edge_distance)

    def _apply_other(self, event: AnyEvent) -> None:
        if isinstance(event, Changed):
            self.hyperparameters = _with(self.hyperparameters, event.values)
        elif isinstance(event, Rewound):
            self._rewind(event.epoch)
        elif isinstance(event, LIFECYCLE):
            self.lifecycle = event
            if isinstance(event, Started):
                self.started = event

    def _rewind(self, epoch: int) -> None:
        self.epochs_done = min(self.epochs_done, epoch)
        self.test_loss.drop_after(epoch)
        self.test_accuracy.drop_after(epoch)
        if self.crossed is not None and self.crossed > epoch:
            self.crossed = None
        if self.last is not None and self.last.epoch > epoch:
            self.last = None


def _with(current: Hyperparameters, values: dict[str, int | float]) -> Hyperparameters:
    """`current` updated with `values`; unchanged when these are out of bounds.

    The hyperparameters of a recorded run have no bounds.
    """
    if isinstance(current, RecordedHyperparameters):
        return current.updated(values)
    try:
        return msgspec.convert(msgspec.structs.asdict(current) | values, Hyperparameters)
    except (msgspec.ValidationError, ValueError):
        return current
