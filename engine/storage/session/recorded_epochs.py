"""The log lines of recorded sessions, translated into epochs of a run.

A line of such a log (`events.Logged`) has free metrics by name. `EpochTranslator` translates it
into the epoch that every screen, chart and comparison reads.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from engine.storage.hyperparameters import CHANGEABLE
from engine.storage.metrics import METRICS
from engine.storage.session.events import (
    RECORDED_FORMAT,
    Changed,
    Epoch,
    Logged,
    LoggedEvent,
    Rewound,
    Started,
)
from engine.storage.session.recorded import NOT_GIVEN, from_config
from engine.storage.step_size import step_size_ratio_of

_SPLITS: Final = {
    "train": ("train", "training"),
    "test": ("test", "val", "valid", "validation", "eval"),
}
_QUANTITIES: Final = {"loss": ("loss",), "accuracy": ("accuracy", "acc")}
_MEASURES: Final = METRICS.keys() - {"tau", "seconds"}


def _names_of(split: str, quantity: str) -> Iterator[str]:
    for word in _QUANTITIES[quantity]:
        for prefix in _SPLITS[split]:
            yield from (f"{prefix}{mark}{word}" for mark in "_/.")
        if split == "train":
            yield word


STANDARD_METRICS: Final = {
    name: f"{split}_{quantity}"
    for split in _SPLITS
    for quantity in _QUANTITIES
    for name in _names_of(split, quantity)
} | {name: name for name in _MEASURES}
"""The common names of metrics that every run has, and their fields of `Epoch`."""


class RecordedEpoch(Epoch, tag="epoch", frozen=True, kw_only=True):
    """A line that a user's own loop logged, as an epoch of a run. Readers make it; no log has it.

    `epoch` is the place on the axis: the step where the loop counts steps, else the epoch. step,
    at_epoch: as logged. metrics: those without a field of their own.
    """

    step: int | None = None
    at_epoch: float | None = None
    metrics: dict[str, float | None] = msgspec.field(default_factory=dict)


def plain_epoch(event: Epoch) -> dict[str, Any]:
    """`event` for JSON and tables, by its fields' names; None for what is not known."""
    fields: dict[str, Any] = msgspec.structs.asdict(event)
    fields["layers"] = msgspec.to_builtins(event.layers)
    if isinstance(event, RecordedEpoch):
        values = {name: fields[name] for name in CHANGEABLE}
        values = {n: None if v != v or v == getattr(NOT_GIVEN, n) else v for n, v in values.items()}
        fields |= values
    return fields


@dataclass(frozen=True)
class _SpeedStretch:
    """Epochs trained at one speed: from `place` on, where τ was `tau`, τ grows by `speed` each."""

    place: int
    tau: float
    speed: float


_MOST_PATTERNS: Final = 100
"""The patterns of lines that are remembered: a loop may log under other names each time."""
_replace: Final = msgspec.structs.replace
_set: Final = msgspec.structs.force_setattr


class EpochTranslator:
    """Translates the lines of a recorded log into epochs; other events pass unchanged.

    Lines with the same place on the axis become one epoch with the metrics of all.
    """

    def __init__(self) -> None:
        self._hyperparameters = NOT_GIVEN
        self._last: Logged | None = None
        self._last_epoch: RecordedEpoch | None = None
        self._place = -1
        self._elapsed = 0.0
        self._before: tuple[int, float] = (0, 0.0)
        self._stretches: list[_SpeedStretch] = []
        self._by_step = False
        # By the names of the metrics of a line.
        self._patterns: dict[tuple[str, ...], _LinePattern] = {}

    def translate(self, events: Iterable[LoggedEvent]) -> list[LoggedEvent]:
        """Translate `events` to those that readers see, in order."""
        translated: list[LoggedEvent] = []
        for event in events:
            if isinstance(event, Logged):
                self._append(translated, event)
            # No recorder writes lines of an engine's epochs.
            elif not isinstance(event, Epoch):
                self._follow(event)
                translated.append(event)
        return translated

    def _follow(self, event: LoggedEvent) -> None:
        if isinstance(event, Started) and event.schema == RECORDED_FORMAT:
            self._hyperparameters = from_config(event.hyperparameters)
            self._change_speed()
        elif isinstance(event, Changed):
            self._hyperparameters = self._hyperparameters.updated(event.values)
            self._change_speed()
        elif isinstance(event, Rewound):
            self._place = min(self._place, event.epoch)
            self._last = None
            self._change_speed()

    def _append(self, translated: list[LoggedEvent], event: Logged) -> None:
        before = self._place
        if before < 0:
            self._by_step = event.step is not None
        if self._by_step and event.step is not None:
            place = event.step
        else:
            place = max(before, 0) if event.epoch is None else math.floor(event.epoch)
        if place > before:
            self._before = max(before, 0), self._elapsed
        elif place == before and self._last is not None:
            event = _merged(self._last, event)
            if translated and translated[-1] is self._last_epoch:
                # Nobody has seen it yet.
                translated.pop()
            else:
                translated.append(_rewound(event, place))
        else:
            translated.append(_rewound(event, place))
        self._last, self._place, self._elapsed = event, place, event.elapsed
        self._last_epoch = self._epoch(event, place)
        translated.append(self._last_epoch)

    def _change_speed(self) -> None:
        """Begin a stretch of another speed; the patterns of lines change with it."""
        self._patterns.clear()
        place = max(self._place, 0)
        while self._stretches and self._stretches[-1].place > place:
            self._stretches.pop()
        speed = (
            step_size_ratio_of(self._hyperparameters)
            if self._hyperparameters.obeys_law
            else math.nan
        )
        self._stretches.append(_SpeedStretch(place, self._tau(place), speed))

    def _tau(self, place: int) -> float:
        """τ after `place` epochs; nan where it is not known."""
        if not self._stretches:
            return 0.0
        stretch = self._stretches[-1]
        return (
            stretch.tau + stretch.speed * (place - stretch.place)
            if place > stretch.place
            else stretch.tau
        )

    def _epoch(self, event: Logged, place: int) -> RecordedEpoch:
        metrics = event.metrics
        names = tuple(metrics)
        pattern = self._patterns.get(names)
        if pattern is None:
            if len(self._patterns) >= _MOST_PATTERNS:
                self._patterns.clear()
            pattern = self._patterns[names] = self._pattern(names)
        tau = math.nan if self._by_step else self._tau(place)
        since_place, since = self._before
        in_force, settings = self._hyperparameters, event.settings
        epoch = _replace(
            pattern.epoch,
            t=event.t,
            elapsed=event.elapsed,
            epoch=place,
            tau=None if tau != tau else tau,
            seconds=max(event.elapsed - since, 0.0) / (place - since_place or 1),
            lr=settings.get("lr", in_force.lr),
            momentum=settings.get("momentum", in_force.momentum),
            l2=settings.get("l2", in_force.l2),
            step=event.step,
            at_epoch=event.epoch,
            layers=event.layers,
            metrics={name: metrics[name] for name in pattern.free},
        )
        for field, name in pattern.standard:
            # Three times as fast as keywords from a dictionary; the epoch is not shared yet.
            _set(epoch, field, metrics[name])
        return epoch

    def _pattern(self, names: Sequence[str]) -> "_LinePattern":
        """The pattern of lines with metrics of these names, under the hyperparameters in force."""
        standard: dict[str, str] = {}
        free: list[str] = []
        for name in names:
            field = STANDARD_METRICS.get(name)
            if field is None or field in standard:
                free.append(name)
            else:
                standard[field] = name
        hyperparameters = self._hyperparameters
        epoch = RecordedEpoch(
            t=0.0,
            elapsed=0.0,
            epoch=0,
            tau=None,
            seconds=0.0,
            lr=hyperparameters.lr,
            momentum=hyperparameters.momentum,
            l2=hyperparameters.l2,
            batch_size=hyperparameters.batch_size,
            epochs=hyperparameters.epochs,
            indicators_every=0,
            **_UNMEASURED,
        )
        return _LinePattern(epoch, tuple(standard.items()), tuple(free))


@dataclass(frozen=True, slots=True)
class _LinePattern:
    """Lines with metrics of the same names.

    epoch: the common part of their epochs; copying it is much faster than making new epochs.
    standard: each field of an epoch that a metric fills, with the metric's name. free: the metrics
    that fill no field.
    """

    epoch: RecordedEpoch
    standard: tuple[tuple[str, str], ...]
    free: tuple[str, ...]


_UNMEASURED: Final[dict[str, Any]] = dict.fromkeys(
    ("train_loss", "test_loss", "train_accuracy", "test_accuracy", "j", "j0", "edge_distance")
)
"""The required metrics of an epoch, as not measured."""


def _rewound(event: Logged, place: int) -> Rewound:
    """The event that makes readers drop `place` and what follows: `event` gives it anew."""
    return Rewound(t=event.t, elapsed=event.elapsed, epoch=place - 1, reason="")


def _merged(earlier: Logged, later: Logged) -> Logged:
    return msgspec.structs.replace(
        later,
        metrics=earlier.metrics | later.metrics,
        settings=earlier.settings | later.settings,
        layers=later.layers or earlier.layers,
        epoch=earlier.epoch if later.epoch is None else later.epoch,
    )
