"""Order, edge or chaos, by the distance from the edge. Imports nothing heavy, for the screen."""

import math
from typing import Literal

Phase = Literal["ordered", "edge", "chaotic"]

ORDERED_BELOW = -0.05
CHAOTIC_ABOVE = 0.05
DEPTH_EDGE = 0.01
"""Nats a block: λ_depth and λ_angle tell no phase so near to 0."""


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


def depth_phase(value: float, error: float) -> Phase | None:
    """The phase that λ_depth or λ_angle, in nats a block, tells with its error.

    "edge" within max(2 errors, 0.01) of 0; None for nan.
    """
    if math.isnan(value):
        return None
    room = DEPTH_EDGE if math.isnan(error) else max(2 * error, DEPTH_EDGE)
    if abs(value) <= room:
        return "edge"
    return "ordered" if value < 0 else "chaotic"
