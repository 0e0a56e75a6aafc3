"""The indicators measured on the actual weights, held against the phase that J gives."""

import math
from dataclasses import dataclass

from engine.storage.session.events import Epoch

# Below, between and above: where each indicator says order, edge and chaos. λ_max is compared with
# the thresholds that paper.md's known values allow; it is tiny just above the edge.
_LYAPUNOV = (-0.01, 0.005)
_JACOBIAN = (0.95, 1.05)
_DISTANCE = (1e-3, 0.1)


@dataclass(frozen=True)
class Indicator:
    """metric: the column of the log; name: as on screen; edge: its value at the edge, if any."""

    metric: str
    name: str
    meaning: str
    edge: float | None
    bounds: tuple[float, float]
    logarithmic: bool = False


INDICATORS = (
    Indicator("lyapunov", "λ_max", "below 0 order, above 0 chaos", 0.0, _LYAPUNOV),
    Indicator("jacobian_norm", "‖J*‖/√N", "1 at the edge", 1.0, _JACOBIAN),
    Indicator(
        "asymptotic_distance", "‖x − x′‖", "about 0 in order", None, _DISTANCE, logarithmic=True
    ),
)


def verdict(indicator: Indicator, value: float | None) -> str | None:
    """`ordered`, `edge` (cannot tell) or `chaotic` by `indicator` alone; None: not measured."""
    if value is None or math.isnan(value):
        return None
    low, high = indicator.bounds
    return "ordered" if value < low else "chaotic" if value > high else "edge"


def disagreements(last: Epoch, phase: str | None) -> list[str]:
    """The names of the indicators that say order where J says chaos, or the other way round."""
    opposite = {"ordered": "chaotic", "chaotic": "ordered"}.get(phase or "")
    return [
        indicator.name
        for indicator in INDICATORS
        if opposite and verdict(indicator, getattr(last, indicator.metric)) == opposite
    ]
