"""The clock of a replay: its speed, its unit, and the time of the next step.

A replay of one run and one of a comparison differ only in what a place is: `Playback` and
`ComparisonPlayback` define that, and `ReplayClock` moves them.
"""

import bisect
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Multiples of the recorded speed of training, or epochs per second: see `ReplayClock.by_epoch`."""
FIRST_SPEED = 8.0


@dataclass(frozen=True)
class Start:
    """The start of a replay: its epoch (None: the first), its speed, and whether it is paused."""

    at: int | None = None
    speed: float = FIRST_SPEED
    paused: bool = False


@dataclass(frozen=True)
class Landmark:
    """A place worth a jump: an edit, the best test loss, the crossing of the edge.

    place: the epoch, or what else the axis counts. run: the letter of the run, "" where there is
    only one.
    """

    place: float
    kind: Literal["edit", "best", "edge"]
    run: str = ""


class ReplayClock(ABC):
    """A clock that moves a place through a record.

    speed: one of SPEEDS, or another that a person typed. by_epoch: the speed is in epochs per
    second instead of multiples of the recorded speed of training, without pauses. playing: whether
    the clock moves the place. clock: a monotonic time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.speed = FIRST_SPEED
        self.by_epoch = False
        self.playing = False
        self._clock = clock
        self._played = 0.0
        self._since = 0.0

    # What a place is

    @property
    @abstractmethod
    def following(self) -> bool:
        """Whether the place is the end of the record, and moves with it."""

    @abstractmethod
    def first(self) -> None:
        """Move to the first epoch."""

    @abstractmethod
    def seek(self, place: float) -> None:
        """Move to the last recorded place up to this one, or to the first."""

    @abstractmethod
    def step(self, epochs: int) -> None:
        """Move by so many epochs, back when negative, and stop the clock."""

    @abstractmethod
    def end(self) -> None:
        """Move to the end of the record and stop; one that grows is then followed live."""

    @abstractmethod
    def _gap(self) -> float:
        """The distance to the next place, in the unit of the speed. Called only before the end."""

    @abstractmethod
    def _next(self) -> None:
        """Move to the next place; the last one is the end."""

    def _place_of(self, epoch: int) -> float:
        """The place of an epoch, for `seek`."""
        return epoch

    # The clock

    def begin(self, start: Start) -> None:
        """Begin a replay as a person asked for it."""
        self.speed = start.speed
        self.first()
        if start.at is not None:
            self.seek(self._place_of(start.at))
        if not start.paused and not self.following:
            self.play()

    def play(self) -> None:
        """Start the clock; from the end it begins again at the first epoch."""
        if self.following:
            self.first()
        self.playing = not self.following
        self._restart()

    def hold(self) -> None:
        """Stop the clock."""
        self.playing = False

    def skip(self) -> None:
        """Leave out the time since the last `advance`: nobody was looking."""
        self._since = self._clock()

    def advance(self) -> bool:
        """Move to the place that is due by now; returns whether that is another one."""
        if not self.playing:
            return False
        now, moved = self._clock(), False
        self._played += (now - self._since) * self.speed
        self._since = now
        while self.playing and (gap := self._gap()) <= self._played:
            self._played -= gap
            self._next()
            moved = True
        return moved

    def due(self) -> float | None:
        """Seconds until the next place is due; None while the clock stands."""
        if not self.playing:
            return None
        ahead = (self._gap() - self._played) / self.speed
        return max(0.0, ahead - (self._clock() - self._since))

    def faster(self) -> None:
        """Go to the next higher of SPEEDS."""
        self.advance()
        self.speed = SPEEDS[min(bisect.bisect_right(SPEEDS, self.speed), len(SPEEDS) - 1)]

    def slower(self) -> None:
        """Go to the next lower of SPEEDS."""
        self.advance()
        self.speed = SPEEDS[max(bisect.bisect_left(SPEEDS, self.speed) - 1, 0)]

    def change_unit(self) -> None:
        """Switch between epochs per second and multiples of the recorded speed."""
        self.advance()
        self.by_epoch = not self.by_epoch
        self._restart()

    def _restart(self) -> None:
        """Count time from here."""
        self._played, self._since = 0.0, self._clock()
