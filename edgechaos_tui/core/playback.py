"""A place in the record of a run, live or not: which state is to be shown now.

A view of a living run and a replay are the same thing at two places. At the end of the record
`state` is all that was read, and it grows with the log: that is the live view. At an earlier epoch
it is the state as it was read then, and the clock takes it on, epoch after epoch, up to the end.
"""

import bisect
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from edgechaos_tui.core.run_state import RunState
from engine.record.events import AnyEvent
from engine.record.hyperparameters import Hyperparameters

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Times the recorded time of training, or epochs a second: see `Playback.by_epoch`."""
FIRST_SPEED = 8.0


@dataclass(frozen=True)
class Start:
    """How a replay is to begin: at an epoch (None: the first), at a speed, and whether it waits."""

    at: int | None = None
    speed: float = FIRST_SPEED
    paused: bool = False


@dataclass(frozen=True)
class Landmark:
    """An epoch worth a jump: an edit, the best test loss, the crossing of the edge."""

    epoch: int
    kind: Literal["edit", "best", "edge"]


class Playback:
    """Feed it the events of a log with `take`; it shows one moment of them in `state`.

    whole: all that was read, for the axis, the landmarks and the alerts. speed: one of SPEEDS or
    what a person typed. by_epoch: the speed is in epochs a second instead of times the recorded
    time (of training: pauses take none). playing: the clock moves the place on.
    """

    def __init__(
        self, hyperparameters: Hyperparameters, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.whole = RunState(hyperparameters)
        self.speed = FIRST_SPEED
        self.by_epoch = False
        self.playing = False
        self._clock = clock
        self._row: int | None = None
        self._played = 0.0
        self._since = 0.0
        self._cut: tuple[tuple[int, int, int], RunState] | None = None

    def take(self, events: Sequence[AnyEvent]) -> None:
        """Take in the next events of the log. A place that they rewind away becomes the end."""
        self.whole.apply_all(events)
        if self._row is not None and self._row >= self._last_row:
            self.end()

    @property
    def state(self) -> RunState:
        """What a screen shows now."""
        if self._row is None:
            return self.whole
        key = (self._row, self.whole.horizon, self.whole.rewinds)
        if self._cut is None or self._cut[0] != key:
            self._cut = key, self.whole.as_of(self._epoch_of(self._row))
        return self._cut[1]

    @property
    def following(self) -> bool:
        """Whether the place is the end of the record, also of one that grows."""
        return self._row is None

    @property
    def epoch(self) -> int:
        """The last epoch done at this place."""
        return self.state.summary.epochs_done

    # The clock

    def play(self) -> None:
        """Let the clock move the place on; from the end it begins at the start again."""
        if self._row is None:
            self._go(0)
        self.playing = self._row is not None
        self._restart()

    def hold(self) -> None:
        """Stay here."""
        self.playing = False

    def skip(self) -> None:
        """The time since the last `advance` does not count: nobody was looking."""
        self._since = self._clock()

    def advance(self) -> bool:
        """Move to the epoch that is due by now; False where that one is shown already."""
        if not self.playing:
            return False
        before, now = self._row, self._clock()
        self._played += (now - self._since) * self.speed
        self._since = now
        while self._row is not None and (gap := self._gap(self._row)) <= self._played:
            self._played -= gap
            self._go(self._row + 1)
        return self._row != before

    def due(self) -> float | None:
        """Seconds until `advance` has something to do; None while nothing plays."""
        if not self.playing or self._row is None:
            return None
        ahead = (self._gap(self._row) - self._played) / self.speed
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

    # The place

    def begin(self, start: Start) -> None:
        """Begin a replay as a person asked for it."""
        self.speed = start.speed
        self.seek(0 if start.at is None else start.at)
        if not start.paused and not self.following:
            self.play()

    def seek(self, epoch: float) -> None:
        """To the last recorded epoch up to `epoch`, or the first; the last one is the end."""
        epochs = self.whole.metric("epoch")
        self._go(int(np.searchsorted(epochs, epoch, side="right")) - 1)
        self._restart()

    def step(self, epochs: int) -> None:
        """So many epochs on, or back when negative, and stay there."""
        self._go((self._last_row if self._row is None else self._row) + epochs)
        self.hold()

    def end(self) -> None:
        """To the end of the record; a growing one is live from here."""
        self._row = None
        self.playing = False

    def landmarks(self) -> tuple[Landmark, ...]:
        """Where a jump can go, in no order."""
        summary, done = self.whole.summary, self.whole.summary.epochs_done
        found = [Landmark(edit, "edit") for edit in self._edit_epochs() if edit <= done]
        if summary.test_loss.best is not None:
            found.append(Landmark(summary.test_loss.best.epoch, "best"))
        if summary.crossed is not None:
            found.append(Landmark(summary.crossed, "edge"))
        return tuple(found)

    def edit(self, direction: int) -> int | None:
        """The first epoch of the next edit, or of the one before for a negative `direction`."""
        here, done = self.epoch, self.whole.summary.epochs_done
        ahead = [epoch for epoch in self._edit_epochs() if here < epoch <= done]
        behind = [epoch for epoch in self._edit_epochs() if epoch < here]
        if direction > 0:
            return min(ahead, default=None)
        return max(behind, default=None)

    @property
    def _last_row(self) -> int:
        return len(self.whole.columns["epoch"]) - 1

    def _go(self, row: int) -> None:
        if row >= self._last_row:
            self.end()
        else:
            self._row = max(row, 0)

    def _restart(self) -> None:
        self._played, self._since = 0.0, self._clock()

    def _gap(self, row: int) -> float:
        """From the epoch in `row` to the next one, in the unit of the speed."""
        if self.by_epoch:
            return 1.0
        seconds = self.whole.elapsed(row + 1) - self.whole.elapsed(row)
        # A record may say anything; what is no stretch of time takes none.
        return max(0.0, seconds) if math.isfinite(seconds) else 0.0

    def _epoch_of(self, row: int) -> int:
        return int(self.whole.metric("epoch")[row])

    def _edit_epochs(self) -> list[int]:
        return [edit.epoch for edit in self.whole.edits]
