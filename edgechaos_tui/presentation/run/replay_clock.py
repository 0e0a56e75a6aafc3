"""The clock of a replay: speed, unit, and what is due when.

A replay of one run and one of a whole comparison differ in what a place is, and in nothing else:
`Playback` and `ComparisonPlayback` say that, and the clockwork moves them.
"""

import bisect
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Times the recorded time of training, or epochs a second: see `ReplayClock.by_epoch`."""
FIRST_SPEED = 8.0


@dataclass(frozen=True)
class Start:
    """How a replay is to begin: at an epoch (None: the first), at a speed, and whether it waits."""

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
    """speed: one of SPEEDS or what a person typed. by_epoch: the speed is in epochs a second
    instead of times the recorded time (of training: pauses take none). playing: the clock moves
    the place on. clock: seconds, from anywhere on.
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
        """Whether the place is the end of the record, also of one that grows."""

    @abstractmethod
    def first(self) -> None:
        """To the first epoch."""

    @abstractmethod
    def seek(self, place: float) -> None:
        """To the last place up to this one, or the first; the last one is the end."""

    @abstractmethod
    def step(self, epochs: int) -> None:
        """So many epochs on, or back when negative, and stay there."""

    @abstractmethod
    def end(self) -> None:
        """To the end of the record, where nothing plays; a growing one is live from here."""

    @abstractmethod
    def _gap(self) -> float:
        """From here to the next place, in the unit of the speed. Asked only before the end."""

    @abstractmethod
    def _next(self) -> None:
        """To the next place; the last one is the end."""

    def _place_of(self, epoch: int) -> float:
        """What `seek` takes for an epoch."""
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
        """Let the clock move the place on; from the end it begins at the start again."""
        if self.following:
            self.first()
        self.playing = not self.following
        self._restart()

    def hold(self) -> None:
        """Stay here."""
        self.playing = False

    def skip(self) -> None:
        """The time since the last `advance` does not count: nobody was looking."""
        self._since = self._clock()

    def advance(self) -> bool:
        """Move to the place that is due by now; False where that one is shown already."""
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
        """Seconds until `advance` has something to do; None while nothing plays."""
        if not self.playing:
            return None
        ahead = (self._gap() - self._played) / self.speed
        return max(0.0, ahead - (self._clock() - self._since))

    def faster(self) -> None:
        """The next higher speed."""
        self.advance()
        self.speed = SPEEDS[min(bisect.bisect_right(SPEEDS, self.speed), len(SPEEDS) - 1)]

    def slower(self) -> None:
        """The next lower speed."""
        self.advance()
        self.speed = SPEEDS[max(bisect.bisect_left(SPEEDS, self.speed) - 1, 0)]

    def change_unit(self) -> None:
        """The same number, in epochs a second or times the recorded time."""
        self.advance()
        self.by_epoch = not self.by_epoch
        self._restart()

    def _restart(self) -> None:
        """The clock counts from here."""
        self._played, self._since = 0.0, self._clock()
