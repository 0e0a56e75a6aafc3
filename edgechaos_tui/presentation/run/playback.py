"""The place in the record of a run, live or not, whose state is shown.

The live view and a replay differ only in that place. At the end of the record `state` is all that
was read, and grows with the log: that is the live view. At an earlier epoch it is the state as it
was then, and the clock moves it on, epoch by epoch, to the end.
"""

import math
import time
from collections.abc import Callable, Sequence

import numpy as np

from edgechaos_tui.presentation.run.replay_clock import Landmark, ReplayClock
from edgechaos_tui.presentation.run.state import RunState
from engine.storage.hyperparameters import Hyperparameters
from engine.storage.session.events import AnyEvent


class Playback(ReplayClock):
    """One moment, `state`, of the record of a run, which is fed with `take`.

    whole: the state of the whole record, for the axis, the landmarks and the alerts.
    """

    def __init__(
        self, hyperparameters: Hyperparameters, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(clock)
        self.whole = RunState(hyperparameters)
        self._row: int | None = None
        self._cut: tuple[tuple[int, int, int], RunState] | None = None

    def take(self, events: Sequence[AnyEvent]) -> None:
        """Take in the next events of the log. A place that they rewind becomes the end."""
        self.whole.apply_all(events)
        if self._row is not None and self._row >= self._last_row:
            self.end()

    @property
    def state(self) -> RunState:
        """The state at the place."""
        if self._row is None:
            return self.whole
        key = (self._row, self.whole.horizon, self.whole.rewinds)
        if self._cut is None or self._cut[0] != key:
            self._cut = key, self.whole.as_of(self._epoch_of(self._row))
        return self._cut[1]

    @property
    def following(self) -> bool:
        """Whether the place is the end of the record, and moves with it."""
        return self._row is None

    @property
    def epoch(self) -> int:
        """The last epoch done at this place."""
        return self.state.summary.epochs_done

    # The place

    def first(self) -> None:
        """Move to the first recorded epoch."""
        self.seek(0)

    def seek(self, place: float) -> None:
        """Move to the last recorded epoch up to `place`, or to the first one."""
        epochs = self.whole.metric("epoch")
        self._go(int(np.searchsorted(epochs, place, side="right")) - 1)
        self._restart()

    def step(self, epochs: int) -> None:
        """Move by so many epochs, back when negative, and stop the clock."""
        self._go((self._last_row if self._row is None else self._row) + epochs)
        self.hold()

    def end(self) -> None:
        """Move to the end of the record; one that grows is then followed live."""
        self._row = None
        self.playing = False

    def landmarks(self) -> tuple[Landmark, ...]:
        """The landmarks of the record, in no order."""
        summary, done = self.whole.summary, self.whole.summary.epochs_done
        landmarks = [Landmark(edit, "edit") for edit in self._edit_epochs() if edit <= done]
        if summary.test_loss.best is not None:
            landmarks.append(Landmark(summary.test_loss.best.epoch, "best"))
        if summary.crossed is not None:
            landmarks.append(Landmark(summary.crossed, "edge"))
        return tuple(landmarks)

    def edit(self, direction: int) -> int | None:
        """The first epoch of the next edit, or of the one before for a negative `direction`."""
        current, last = self.epoch, self.whole.summary.epochs_done
        ahead = [epoch for epoch in self._edit_epochs() if current < epoch <= last]
        behind = [epoch for epoch in self._edit_epochs() if epoch < current]
        if direction > 0:
            return min(ahead, default=None)
        return max(behind, default=None)

    @property
    def _last_row(self) -> int:
        return len(self.whole.columns["epoch"]) - 1

    def _go(self, row: int) -> None:
        row = max(row, 0)
        if row >= self._last_row:
            self.end()
        else:
            self._row = row

    def _next(self) -> None:
        if self._row is not None:
            self._go(self._row + 1)

    def _gap(self) -> float:
        if self.by_epoch or self._row is None:
            return 1.0
        seconds = self.whole.elapsed(self._row + 1) - self.whole.elapsed(self._row)
        # A damaged record may say anything.
        return max(0.0, seconds) if math.isfinite(seconds) else 0.0

    def _epoch_of(self, row: int) -> int:
        return int(self.whole.metric("epoch")[row])

    def _edit_epochs(self) -> list[int]:
        return [edit.epoch for edit in self.whole.edits]
