"""Landmarks on the common axis of a comparison, and the state of each run at a place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from edgechaos_tui.presentation.compare.comparison import Axis, Member, axis_values, row_at
from edgechaos_tui.presentation.run.state import RunState

Kind = Literal["best", "edge", "edit"]


@dataclass(frozen=True)
class ComparisonLandmark:
    """A place to jump to: the best test loss, the edge, or an edit of the run at `index`."""

    place: float
    index: int
    epoch: int


def as_of(members: Sequence[Member], axis: Axis, place: float | None) -> list[Member]:
    """The runs as they were at `place`; None: as they are.

    A run that ended before is as it ended. A run that has no epoch so early, or no place on the
    axis, has no results.
    """
    if place is None:
        return list(members)
    return [replace(member, state=_as_of(member, axis, place)) for member in members]


def stops(members: Sequence[Member], axis: Axis, kind: Kind) -> list[ComparisonLandmark]:
    """The landmarks of this kind of all runs, from left to right."""
    landmarks = []
    for index, member in enumerate(members):
        places, epochs = axis_values(member.state, axis), member.state.metric("epoch")
        for epoch in _epochs(member.state, kind):
            row = int(np.searchsorted(epochs, epoch))
            if row < len(epochs) and np.isfinite(places[row]):
                landmarks.append(ComparisonLandmark(float(places[row]), index, epoch))
    return sorted(landmarks, key=lambda stop: (stop.place, stop.index))


def next_stop(
    members: Sequence[Member], axis: Axis, kind: Kind, place: float | None, direction: int
) -> ComparisonLandmark | None:
    """The next landmark after `place` (None: the end), or before it for a negative direction.

    After the last one comes the first again. None when there is none at all.
    """
    landmarks = stops(members, axis, kind)
    if direction < 0:
        landmarks = landmarks[::-1]
    ahead = [s for s in landmarks if place is not None and direction * (s.place - place) > 0]
    return next(iter([*ahead, *landmarks]), None)


def _as_of(member: Member, axis: Axis, place: float) -> RunState:
    state = member.state
    places = axis_values(state, axis)
    row = row_at(state, axis, place)
    if row is None:
        over = bool(np.isfinite(places).any()) and place > np.nanmin(places)
        return state if over else RunState(member.start)
    if row == len(places) - 1:
        return state
    return state.as_of(int(state.metric("epoch")[row]))


def _epochs(state: RunState, kind: Kind) -> list[int]:
    summary = state.summary
    if kind == "edit":
        return sorted({edit.epoch for edit in state.edits})
    if kind == "edge":
        return [] if summary.crossed is None else [summary.crossed]
    best = summary.test_loss.best
    return [] if best is None else [best.epoch]
