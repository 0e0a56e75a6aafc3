"""The history of a session for an engine that resumes it, read from its log."""

from dataclasses import dataclass, field
from pathlib import Path

from engine.storage import metrics
from engine.storage.hyperparameters import CHANGEABLE, Hyperparameters
from engine.storage.metrics import RETRAINED
from engine.storage.session import status
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import (
    Answer,
    AnyEvent,
    Changed,
    Diverged,
    Epoch,
    Finished,
    Rewound,
    Started,
)


@dataclass
class History:
    """The log, read once.

    epochs: the valid epoch events from `keep_from` on, by epoch; last_epoch: -1 without any.
    changes: values put in force at later epochs. values: the changeable hyperparameters after the
    last epoch. first_started fixes the data set; last_started: the site of the last training.
    answered, answered_lines: ids of the commands, and offsets of the lines, that have an answer.
    """

    values: dict[str, int | float]
    keep_from: int = 0
    epochs: dict[int, Epoch] = field(default_factory=dict)
    last_epoch: int = -1
    changes: dict[int, dict[str, int | float]] = field(default_factory=dict)
    first_started: Started | None = None
    last_started: Started | None = None
    last_state: AnyEvent | None = None
    answered: set[str] = field(default_factory=set)
    answered_lines: set[int] = field(default_factory=set)
    t: float = 0.0
    elapsed: float = 0.0

    @property
    def ended(self) -> Finished | Diverged | None:
        """The event that ended the run for good, unless it is extended."""
        return self.last_state if isinstance(self.last_state, Finished | Diverged) else None

    @property
    def next_values(self) -> dict[str, int | float]:
        """The changeable hyperparameters of the epoch after the last one."""
        return self.values | self.changes.get(self.last_epoch + 1, {})

    def add(self, event: AnyEvent) -> None:
        """Add the next event of the log."""
        self.t = max(self.t, event.t)
        self.elapsed = max(self.elapsed, event.elapsed)
        if isinstance(event, status.LIFECYCLE):
            self.last_state = event
        match event:
            case Started():
                self.first_started = self.first_started or event
                self.last_started = event
            case Epoch():
                self._add_epoch(event)
            case Changed():
                self.changes.setdefault(event.epoch, {}).update(event.values)
            case Rewound():
                self._rewind(event.epoch)
            case Answer():
                self.answered.add(event.id)
                self.answered_lines.add(event.offset)

    def _add_epoch(self, event: Epoch) -> None:
        self.last_epoch = event.epoch
        self.values = values_of(event)
        self.changes.pop(event.epoch, None)
        if event.epoch >= self.keep_from:
            self.epochs[event.epoch] = event

    def _rewind(self, epoch: int) -> None:
        dropped = [number for number in self.epochs if number > epoch]
        for number in sorted(dropped):
            # The edits stay in force at their epochs, although the results are dropped.
            self.changes[number] = values_of(self.epochs.pop(number)) | self.changes.get(number, {})
        self.last_epoch = min(self.last_epoch, epoch)
        if epoch in self.epochs:
            self.values = values_of(self.epochs[epoch])


def values_of(event: Epoch) -> dict[str, int | float]:
    """The hyperparameters in force in the epoch of `event`."""
    return {name: getattr(event, name) for name in CHANGEABLE}


def metrics_of(event: Epoch) -> tuple[float | None, ...]:
    """The metrics that retraining must reproduce, in the order of RETRAINED."""
    return tuple(getattr(event, name) for name in RETRAINED)


def same_metrics(logged: Epoch, retrained: Epoch) -> bool:
    """Whether the metrics agree bit for bit; nan equals nan."""
    return all(
        repr(getattr(logged, name)) == repr(getattr(retrained, name))
        for name in RETRAINED
        if metrics.comparable(name, getattr(logged, name))
    )


def read(path: Path, hyperparameters: Hyperparameters, keep_from: int = 0) -> History:
    """Read the log at `path` of a session made with `hyperparameters`; a missing log is empty.

    A last line that lacks only its newline counts, since the engine appends the newline. Epochs
    before `keep_from` are skipped to save memory. Raises OSError, and NewerSchema for a log of a
    newer version.
    """
    history = History({n: getattr(hyperparameters, n) for n in CHANGEABLE}, keep_from)
    reader = LogReader(path)
    for event in reader.read_all():
        history.add(event)
    for event in reader.sealed():
        history.add(event)
    return history
