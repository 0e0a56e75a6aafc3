"""The few facts about a run that a list shows: what one line of the library needs.

`Summary` is fed the events of a log in order. It keeps no columns, so that thousands fit in memory.
"""

from dataclasses import dataclass, field

import msgspec

from engine.record.events import AnyEvent, Changed, Epoch, Rewound, Started
from engine.record.hyperparameters import Hyperparameters
from engine.record.status import LIFECYCLE
from engine.theory.phase import Phase, phase


@dataclass(frozen=True)
class Best:
    """The best epoch so far: its number and the value reached in it."""

    epoch: int
    value: float


@dataclass
class Records:
    """Epochs that were the best when they came, in order; the last one is the best so far.

    Kept as a list so that rewinding to an earlier epoch finds the best of that time again.
    """

    smallest: bool
    entries: list[Best] = field(default_factory=list)

    def add(self, epoch: int, value: float | None) -> None:
        """Take in an epoch's value; None and nan never are the best."""
        if value is None or value != value:
            return
        if not self.entries or (
            value < self.entries[-1].value if self.smallest else value > self.entries[-1].value
        ):
            self.entries.append(Best(epoch, value))

    def drop_after(self, epoch: int) -> None:
        """Forget the epochs after `epoch`."""
        while self.entries and self.entries[-1].epoch > epoch:
            self.entries.pop()

    def up_to(self, epoch: int) -> "Records":
        """The records as they stood after `epoch`."""
        return Records(self.smallest, [one for one in self.entries if one.epoch <= epoch])

    @property
    def best(self) -> Best | None:
        """The best so far."""
        return self.entries[-1] if self.entries else None


class Summary:
    """What is known of a run by the last event applied.

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
        if isinstance(event, Epoch):
            if not self.has(event.epoch):
                self._apply_epoch(event)
        elif isinstance(event, Changed):
            self.hyperparameters = _with(self.hyperparameters, event.values)
        elif isinstance(event, Rewound):
            self._rewind(event.epoch)
        elif isinstance(event, LIFECYCLE):
            self.lifecycle = event
            if isinstance(event, Started):
                self.started = event

    def remember(self) -> "Summary":
        """What is known now, for `recall`: cheap, because the records are shared."""
        # By hand: copy.copy is several times slower, and this is done for every epoch.
        now = Summary.__new__(Summary)
        now.__dict__.update(self.__dict__)
        return now

    def recall(self) -> "Summary":
        """What was known when this was remembered, with records of its own."""
        then = self.remember()
        then.test_loss = self.test_loss.up_to(self.epochs_done)
        then.test_accuracy = self.test_accuracy.up_to(self.epochs_done)
        return then

    def has(self, epoch: int) -> bool:
        """Whether `epoch` was taken in already."""
        return self._any_epoch and epoch <= self.epochs_done

    @property
    def j2(self) -> float | None:
        """J² after the last epoch."""
        return self.last.j2 if self.last else None

    @property
    def phase(self) -> Phase | None:
        """By J, after the last epoch; None before there is one, or when it cannot be told."""
        if self.last is None or self.last.edge_distance is None:
            return None
        return phase(self.last.edge_distance)

    def _apply_epoch(self, event: Epoch) -> None:
        self.last = event
        self._any_epoch = True
        self.epochs_done = event.epoch
        self.test_loss.add(event.epoch, event.test_loss)
        self.test_accuracy.add(event.epoch, event.test_accuracy)
        if self.crossed is None and event.edge_distance is not None and event.edge_distance >= 0:
            self.crossed = event.epoch

    def _rewind(self, epoch: int) -> None:
        self.epochs_done = min(self.epochs_done, epoch)
        self.test_loss.drop_after(epoch)
        self.test_accuracy.drop_after(epoch)
        if self.crossed is not None and self.crossed > epoch:
            self.crossed = None
        if self.last is not None and self.last.epoch > epoch:
            self.last = None


def _with(current: Hyperparameters, values: dict[str, int | float]) -> Hyperparameters:
    """`current` with `values` put in; what does not fit its bounds is left as it was."""
    try:
        return msgspec.convert(msgspec.structs.asdict(current) | values, Hyperparameters)
    except (msgspec.ValidationError, ValueError):
        return current
