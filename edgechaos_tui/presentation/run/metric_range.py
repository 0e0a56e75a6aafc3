"""The values that every chart of a metric contains, on screens, in prints and in figures."""

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
"""The smallest and the largest value that the metric of each chart can have."""
NEAR_EDGE: Final = 0.5
"""A chart of J² contains the edge once J² has reached this share of it."""

_ROOM: Final = 0.05
_NARROWEST: Final = 1e-6
"""The least margin of limits, relative to their size."""
_HUGE: Final = 1e300
"""Beyond this the difference of two limits is no longer finite."""


def kept_values(states: Iterable[RunState], metric: str) -> tuple[float, ...]:
    """The values that a chart of `metric` of these runs always contains.

    metric: "loss", "accuracy", "j2", "twin" or "free". Loss and accuracy: the best test value of
    each run; J²: zero, and the edge of each run that is near it; the others: none.
    """
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
    """Whether J² has reached half of its value at the edge."""
    with np.errstate(over="ignore"):
        highest = np.nanmax(np.square(state.metric("j")), initial=0.0)
    return bool(highest >= NEAR_EDGE * state.law.j2_edge)


def figure_range(states: Iterable[RunState], metric: str, curves: Sequence[Floats]) -> Range | None:
    """The y limits of a figure with these curves of `metric`; None without a finite value.

    They are the focus of the curves with a little room, within what the metric can be.
    """
    focus = focus_range(curves, kept_values(states, metric))
    if focus is None:
        return None
    low, high = (min(max(value, -_HUGE), _HUGE) for value in focus)
    room = max(_ROOM * (high - low), _NARROWEST * max(abs(low), abs(high))) or 1.0
    lowest, highest = BOUNDS[metric]
    limits = max(low - room, lowest), min(high + room, highest)
    # Limits outside of what the metric can be: the value is impossible, and shown all the same.
    return limits if limits[0] < limits[1] else (low - room, high + room)
