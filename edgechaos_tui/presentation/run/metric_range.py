"""The values that every chart of a metric keeps in sight, on screens, in prints and in figures."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from edgechaos_tui.presentation.limits import Floats, focus_range
from edgechaos_tui.presentation.run.state import RunState
from engine.storage.metrics import METRICS

Range = tuple[float, float]

BOUNDS: Final[dict[str, Range]] = {
    "loss": METRICS["test_loss"].bounds,
    "accuracy": METRICS["test_accuracy"].bounds,
    "j2": (0.0, math.inf),
    "twin": (-math.inf, math.inf),
    "free": (-math.inf, math.inf),
}
"""What the metric of each chart can be at all."""
NEAR_EDGE: Final = 0.5
"""The edge is on a chart of J² once J² has come to this share of it."""

_ROOM: Final = 0.05
_NARROWEST: Final = 1e-6
"""Of their size, limits have at least this room."""
_HUGE: Final = 1e300
"""Beyond this the difference of two limits is no longer finite."""


def kept_values(states: Iterable[RunState], metric: str) -> tuple[float, ...]:
    """What a chart of `metric` ("loss", "accuracy", "j2", "twin", "free") of these runs always
    holds: the best test value of each run; for J² zero, and the edge of each run that has come near
    it; of twins and of a recorded run's own metrics nothing."""
    if metric in ("twin", "free"):
        return ()
    if metric == "j2":
        edges = {state.law.j2_edge for state in states if near_edge(state)}
        return (0.0, *sorted(edges))
    records = [
        state.summary.test_loss if metric == "loss" else state.summary.test_accuracy
        for state in states
    ]
    return tuple(record.best.value for record in records if record.best is not None)


def near_edge(state: RunState) -> bool:
    """Whether J² has come to half of what it is at the edge."""
    with np.errstate(over="ignore"):
        highest = np.nanmax(np.square(state.metric("j")), initial=0.0)
    return bool(highest >= NEAR_EDGE * state.law.j2_edge)


def figure_range(states: Iterable[RunState], metric: str, curves: Sequence[Floats]) -> Range | None:
    """The limits of a figure's y axis that shows these curves of `metric`: their focus with a
    little room, within what the metric can be. None without a finite value."""
    focus = focus_range(curves, kept_values(states, metric))
    if focus is None:
        return None
    low, high = (min(max(value, -_HUGE), _HUGE) for value in focus)
    room = max(_ROOM * (high - low), _NARROWEST * max(abs(low), abs(high))) or 1.0
    lowest, highest = BOUNDS[metric]
    shown = max(low - room, lowest), min(high + room, highest)
    # A value that the metric cannot have is shown where it is.
    return shown if shown[0] < shown[1] else (low - room, high + room)
