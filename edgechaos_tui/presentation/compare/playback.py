"""One place on the common axis of a comparison, moved by hand or by the clock through all runs.

Steps by hand and steps in epochs per second follow the epochs of the run that reaches farthest, as
do replays over epochs and τ, at the pace of its training. A replay over seconds of training goes
from each epoch of any run to the next.
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
    """The places at which the clock stops, and the seconds of training there. Shape (places,)."""

    places: Floats
    seconds: Floats

    def row(self, place: float) -> int:
        """The last stop up to `place`; −1 before the first."""
        slack = comparison.SAME * abs(place)
        return int(np.searchsorted(self.places, place + slack, side="right")) - 1


class ComparisonPlayback(ReplayClock):
    """The place in a comparison, whose runs are fed with `take`.

    members: the runs as they stand. axis: the unit of places. place: None at the end, where each
    run, also one that grows, has its last value.
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
        """Take in the next events of the run at `index`. A rewound place becomes the end."""
        state = self.members[index].state
        rewinds = state.rewinds
        state.apply_all(events)
        if events:
            self._forget()
        if self.place is not None and state.rewinds != rewinds:
            self._go(self.place)

    @property
    def following(self) -> bool:
        """Whether the place is the end of all records, and moves with it."""
        return self.place is None

    @property
    def recorded(self) -> float:
        """The farthest place that any run has reached; 0 without one."""
        return float(self._farthest[-1]) if len(self._farthest) else 0.0

    def landmarks(self) -> tuple[Landmark, ...]:
        """The landmarks of all runs, in no order."""
        if self._made_landmarks is None:
            self._made_landmarks = tuple(
                Landmark(stop.place, kind, LETTERS[stop.index])
                for kind in KINDS
                for stop in stops(self.members, self.axis, kind)
            )
        return self._made_landmarks

    # The place

    def first(self) -> None:
        """Move to the first epoch of the run that reaches farthest."""
        self.seek(-math.inf)

    def seek(self, place: float) -> None:
        """Move to `place`, or to the first one; the last one is the end."""
        self._go(place)
        self._restart()

    def step(self, epochs: int) -> None:
        """Move by so many epochs of the run that reaches farthest, and stop the clock."""
        self.place = comparison.moved(self.members, self.axis, self.place, epochs)
        self.hold()

    def end(self) -> None:
        """Move to the end of all records; those that grow are then followed live."""
        self.place = None
        self.playing = False

    def jump(self, kind: Kind, direction: int) -> bool:
        """Move to the next landmark of `kind`, or to the one before; False when there is none."""
        stop = next_stop(self.members, self.axis, kind, self.place, direction)
        if stop is None:
            return False
        self.seek(stop.place)
        return True

    def next_axis(self) -> None:
        """Go to the next axis, at the same epoch of the run that reaches farthest."""
        axes = comparison.axes_of(self.members)
        next_index = axes.index(self.axis) + 1 if self.axis in axes else 0
        old, self.axis = self.axis, axes[next_index % len(axes)]
        place = comparison.carried(self.members, old, self.axis, self.place)
        self._forget()
        if place is None:
            self.end()
        else:
            self.seek(place)

    def choose_axis(self) -> None:
        """Change to the axis of steps when all runs count those and none has an epoch."""
        axis = comparison.axis_with_places(self.members, self.axis)
        if axis != self.axis:
            self.axis = axis
            self._forget()

    def _place_of(self, epoch: int) -> float:
        if self.axis == "step":
            return epoch
        place = comparison.carried(self.members, "epoch", self.axis, epoch)
        # An epoch beyond all records, or without a place, leads to the end.
        return math.inf if place is None else place

    def _go(self, place: float) -> None:
        places = self._farthest
        # A single epoch is first and last: no place lies before the end.
        if len(places) < 2 or place >= places[-1] * (1 - comparison.SAME):
            self.end()
        else:
            self.place = max(place, float(places[0]))

    # The clock

    def change_unit(self) -> None:
        """Switch between epochs per second and multiples of the recorded speed."""
        super().change_unit()
        self._forget()

    def _gap(self) -> float:
        if self.by_epoch:
            return 1.0
        seconds, row = self._track.seconds, self._row()
        if row < 0:
            return 0.0
        gap = float(seconds[row + 1] - seconds[row])
        # A damaged record may say anything.
        return max(0.0, gap) if math.isfinite(gap) else 0.0

    def _next(self) -> None:
        self._go(float(self._track.places[self._row() + 1]))

    def _row(self) -> int:
        """The stop at or before the place, −1 before the first; never the last stop."""
        row = -1 if self.place is None else self._track.row(self.place)
        return min(row, len(self._track.places) - 2)

    # Cached until the record grows: a fast replay takes many steps

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
