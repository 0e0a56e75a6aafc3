"""The library's entry for a session, used by its row, the filter and the cache."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from edgechaos_tui.presentation.run.summary import Summary
from engine.storage.hyperparameters import PARAMETERS, Hyperparameters, Value
from engine.storage.session.events import AnyEvent, Epoch, Rewound
from engine.storage.session.info import Info
from engine.storage.session.recorded import RecordedHyperparameters

CONFIG: Final = "config."
"""The prefix of the name of a key of a recorded run's config."""
CURVE_POINTS: Final = 24
"""The most values of a small curve: twice the cells of the widest one."""


class LibraryEntry(msgspec.Struct, frozen=True, kw_only=True, tag="engine"):
    """The facts about one session. hyperparameters: those in force.

    read: whether the log was read; before that, only the fields of session.json are set. Losses (in
    nats), accuracies (fractions), J² and d are None where they were not measured. The curves are J²
    and test loss over all epochs, thinned evenly.
    """

    created: float
    hyperparameters: Hyperparameters
    note: str = ""
    tags: tuple[str, ...] = ()
    pinned: bool = False
    parent: str = ""
    read: bool = False
    host: str = ""
    epochs_done: int = 0
    best_loss: float | None = None
    best_loss_epoch: int = 0
    best_accuracy: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None
    j2: float | None = None
    edge_distance: float | None = None
    phase: str = ""
    crossed: int | None = None
    j2_curve: tuple[float, ...] = ()
    loss_curve: tuple[float, ...] = ()

    def value_of(self, name: str) -> Value | None:
        """The value of a hyperparameter, or of `config.KEY`; None when it was not given.

        `config.KEY` is a key of a recorded run's config; of other runs, the hyperparameter KEY.
        """
        hyperparameters = self.hyperparameters
        key = name.removeprefix(CONFIG)
        if key == name or not isinstance(hyperparameters, RecordedHyperparameters):
            return hyperparameters.known(key) if key in PARAMETERS else None
        return hyperparameters.config.get(key)


class RecordedEntry(LibraryEntry, frozen=True, kw_only=True, tag="recorded"):
    """The entry of a session that a user's own loop wrote."""

    hyperparameters: RecordedHyperparameters


class SmallCurve:
    """A growing column thinned to at most CURVE_POINTS values, evenly over its epochs."""

    def __init__(self) -> None:
        self._stride = 1
        self._points: list[tuple[int, float]] = []

    @property
    def values(self) -> tuple[float, ...]:
        """The values of the curve."""
        return tuple(value for _, value in self._points)

    def add(self, epoch: int, value: float | None) -> None:
        """Add the value of the next epoch; None is skipped."""
        if value is None or value != value or epoch % self._stride:
            return
        self._points.append((epoch, value))
        if len(self._points) > CURVE_POINTS:
            self._stride *= 2
            self._points = [point for point in self._points if point[0] % self._stride == 0]

    def drop_after(self, epoch: int) -> None:
        """Forget the epochs after `epoch`."""
        while self._points and self._points[-1][0] > epoch:
            self._points.pop()


class Gatherer:
    """The maker of a `LibraryEntry` from session.json and the events of the log, in order."""

    def __init__(self, info: Info) -> None:
        self._info = info
        self._j2 = SmallCurve()
        self._loss = SmallCurve()
        self._last = -1

    def take(self, events: Iterable[AnyEvent]) -> None:
        """Take in the next events."""
        for event in events:
            if isinstance(event, Epoch):
                if event.epoch > self._last:
                    self._last = event.epoch
                    self._j2.add(event.epoch, event.j2)
                    self._loss.add(event.epoch, event.test_loss)
            elif isinstance(event, Rewound):
                self._last = min(self._last, event.epoch)
                self._j2.drop_after(event.epoch)
                self._loss.drop_after(event.epoch)

    def facts(self, summary: Summary) -> LibraryEntry:
        """The facts so far; `summary` was fed the same events."""
        last, loss, accuracy = summary.last, summary.test_loss.best, summary.test_accuracy.best
        entry = from_info(self._info)
        return msgspec.structs.replace(
            entry,
            hyperparameters=summary.hyperparameters,
            read=True,
            host=summary.host,
            epochs_done=summary.epochs_done,
            best_loss=loss.value if loss else None,
            best_loss_epoch=loss.epoch if loss else 0,
            best_accuracy=accuracy.value if accuracy else None,
            test_loss=last.test_loss if last else None,
            test_accuracy=last.test_accuracy if last else None,
            j2=summary.j2,
            edge_distance=last.edge_distance if last else None,
            phase=str(summary.phase or ""),
            crossed=summary.crossed,
            j2_curve=self._j2.values,
            loss_curve=self._loss.values,
        )


def from_info(info: Info) -> LibraryEntry:
    """The entry from session.json alone."""
    hyperparameters = info.hyperparameters
    common: dict[str, Any] = {"created": info.created, "hyperparameters": hyperparameters}
    entry = RecordedEntry if isinstance(hyperparameters, RecordedHyperparameters) else LibraryEntry
    return entry(
        **common,
        note=info.note,
        tags=tuple(info.tags),
        pinned=info.pinned,
        parent=info.parent.name if info.parent else "",
    )
