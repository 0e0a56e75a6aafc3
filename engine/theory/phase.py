"""The phase (order, edge or chaos) from the distance to the edge, without heavy imports."""

import math
from typing import Literal

from engine.storage.metrics import EDGE_WIDTH

Phase = Literal["ordered", "edge", "chaotic"]

ORDERED_BELOW = -0.05
CHAOTIC_ABOVE = 0.05


def phase(distance: float) -> Phase | None:
    """The phase at `distance` = J/J_edge − 1 (dimensionless).

    "edge" includes both thresholds. None for nan: a run whose weights are not numbers has no
    phase.
    """
    if math.isnan(distance):
        return None
    if distance < ORDERED_BELOW:
        return "ordered"
    if distance > CHAOTIC_ABOVE:
        return "chaotic"
    return "edge"


def depth_phase(value: float, error: float) -> Phase | None:
    """The phase by λ_depth or λ_angle, in nats per block, and its standard error.

    "edge" within max(2 errors, 0.01) of 0; None for nan.
    """
    if math.isnan(value):
        return None
    width = EDGE_WIDTH if math.isnan(error) else max(2 * error, EDGE_WIDTH)
    if abs(value) <= width:
        return "edge"
    return "ordered" if value < 0 else "chaotic"
