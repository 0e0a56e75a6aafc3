"""Order, edge or chaos, by the distance from the edge. Imports nothing heavy, for the screen."""

import math
from typing import Literal

Phase = Literal["ordered", "edge", "chaotic"]

ORDERED_BELOW = -0.05
CHAOTIC_ABOVE = 0.05


def phase(distance: float) -> Phase | None:
    """The phase at `distance` = J/J_edge − 1 (dimensionless).

    "edge" includes both thresholds. None for nan: a run whose weights are not numbers has no
    phase, and calling it any of the three would be a claim.
    """
    if math.isnan(distance):
        return None
    if distance < ORDERED_BELOW:
        return "ordered"
    if distance > CHAOTIC_ABOVE:
        return "chaotic"
    return "edge"
