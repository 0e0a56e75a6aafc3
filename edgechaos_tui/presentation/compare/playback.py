"""One place on the common axis of a comparison, moved by hand or by the clock through all runs.

By hand, in epochs a second, and on the axes of epochs and τ it goes along the run that reaches
farthest: its epochs, and the time that their training took. Over seconds of training it goes
through these, from one epoch of any run to the next.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from edgechaos_tui.presentation.compare import comparison
from edgechaos_tui.presentation.compare.comparison import LETTERS, Axis, Floats, Member, curve
from edgechaos_tui.presentation.compare.landmarks import Kind, next_stop, stops
from edgechaos_tui.presentation.run.replay_clock import Landmark, ReplayClock
from engine.storage.session.events import AnyEvent

KINDS: Final[tuple[Kind, ...]] = ("best", "edge", "edit")


@dataclass(frozen=True, eq=False)
class _Track:
    """Where the clock halts, and the seconds of training up to there. Shape (places,) each."""

    places: Floats
    seconds: Floats

    def row(self, place: float) -> int:
        """The last halt up to `place`; −1 before the first."""
        slack = comparison.SAME * abs(place)
        return int(np.searchsorted(self.places, place + slack, side="right")) - 1


class ComparisonPlayback(ReplayClock):
    """Feed it the events of all logs with `take`.

    members: the runs as they stand. axis: what places count. place: None at the end, which is the
    last value of each run, also of one that grows.
    """

    def __init__(
        self,
        members: Sequence[Member],
        axis: Axis = "epoch",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(clock)
        self.members = tuple(members)
        self.axis: Axis = axis
        self.place: float | None = None
        self._made_landmarks: tuple[Landmark, ...] | None = None
        self._made_track: _Track | None = None
        self._made_farthest: Floats | None = None

    def take(self, index: int, events: Sequence[AnyEvent]) -> None:
        """Take in what is new in the log of the run at `index`.

        A place that a rewind leaves without a record becomes the end.
        """
        state = self.members[index].state
        rewinds = state.rewinds
        state.apply_all(events)
        if events:
            self._forget()
        if self.place is not None and state.rewinds != rewinds:
            self._go(self.place)

    @property
    def following(self) -> bool:
        """Whether the place is the end of all records, also of those that grow."""
        return self.place is None

    @property
    def recorded(self) -> float:
        """The farthest place that any run has reached; 0 without one."""
        return float(self._farthest[-1]) if len(self._farthest) else 0.0

    def landmarks(self) -> tuple[Landmark, ...]:
        """Where a jump can go, of all runs, in no order."""
        if self._made_landmarks is None:
            self._made_landmarks = tuple(
                Landmark(stop.place, kind, LETTERS[stop.index])
                for kind in KINDS
                for stop in stops(self.members, self.axis, kind)
            )
        return self._made_landmarks

    # The place

    def first(self) -> None:
        """To the first epoch of the run that reaches farthest."""
        self.seek(-math.inf)

    def seek(self, place: float) -> None:
        """To `place`, or to the first one; from the last one on it is the end."""
        self._go(place)
        self._restart()

    def step(self, epochs: int) -> None:
        """So many epochs of the run that reaches farthest on, or back, and stay there."""
        self.place = comparison.moved(self.members, self.axis, self.place, epochs)
        self.hold()

    def end(self) -> None:
        """To the end of all records; those that grow are live from here."""
        self.place = None
        self.playing = False

    def jump(self, kind: Kind, direction: int) -> bool:
        """To the next landmark of that kind, or to the one before; False where there is none."""
        stop = next_stop(self.members, self.axis, kind, self.place, direction)
        if stop is None:
            return False
        self.seek(stop.place)
        return True

    def next_axis(self) -> None:
        """Another axis, at the same epoch of the run that reaches farthest."""
        axes = comparison.axes_of(self.members)
        after = axes.index(self.axis) + 1 if self.axis in axes else 0
        old, self.axis = self.axis, axes[after % len(axes)]
        place = comparison.carried(self.members, old, self.axis, self.place)
        self._forget()
        if place is None:
            self.end()
        else:
            self.seek(place)

    def choose_axis(self) -> None:
        """Leave an axis on which no run has a place for that of steps, if all count those."""
        axis = comparison.axis_with_places(self.members, self.axis)
        if axis != self.axis:
            self.axis = axis
            self._forget()

    def _place_of(self, epoch: int) -> float:
        if self.axis == "step":
            return epoch
        place = comparison.carried(self.members, "epoch", self.axis, epoch)
        # An epoch beyond all of them, or one without a place: the end.
        return math.inf if place is None else place

    def _go(self, place: float) -> None:
        places = self._farthest
        # A single epoch is first and last: there is nothing before the end.
        if len(places) < 2 or place >= places[-1] * (1 - comparison.SAME):
            self.end()
        else:
            self.place = max(place, float(places[0]))

    # The clock

    def change_unit(self) -> None:
        """The same number, in epochs a second or times the recorded time."""
        super().change_unit()
        self._forget()

    def _gap(self) -> float:
        if self.by_epoch:
            return 1.0
        seconds, row = self._track.seconds, self._row()
        if row < 0:
            return 0.0
        gap = float(seconds[row + 1] - seconds[row])
        # A record may say anything; what is no stretch of time takes none.
        return max(0.0, gap) if math.isfinite(gap) else 0.0

    def _next(self) -> None:
        self._go(float(self._track.places[self._row() + 1]))

    def _row(self) -> int:
        """The halt at or before the place; −1 before the first. There is always one more."""
        here = -1 if self.place is None else self._track.row(self.place)
        return min(here, len(self._track.places) - 2)

    # Made once for what is recorded, not for each of the many steps of a fast replay

    def _forget(self) -> None:
        self._made_landmarks = self._made_track = self._made_farthest = None

    @property
    def _track(self) -> _Track:
        if self._made_track is None:
            self._made_track = self._make_track()
        return self._made_track

    def _make_track(self) -> _Track:
        if self.axis == "time" and not self.by_epoch:
            ends = [curve(member.state, "time", "epoch")[0] for member in self.members]
            moments = np.unique(np.concatenate(ends))
            return _Track(moments, moments)
        return _Track(self._farthest, curve(self._leader.state, self.axis, "elapsed")[1])

    @property
    def _farthest(self) -> Floats:
        """The places of the run that reaches farthest."""
        if self._made_farthest is None:
            self._made_farthest = curve(self._leader.state, self.axis, "epoch")[0]
        return self._made_farthest

    @property
    def _leader(self) -> Member:
        return self.members[comparison.leader(self.members, self.axis)]
