"""Indicators measured on the actual weights, compared with the phase by J."""

import math
from typing import NamedTuple

from engine.storage.metrics import METRICS, Metric, PhaseScale
from engine.storage.session.events import Epoch


class Indicator(NamedTuple):
    """A metric that distinguishes order from chaos, and its scale."""

    metric: Metric
    scale: PhaseScale


INDICATORS = sorted(
    (Indicator(metric, metric.scale) for metric in METRICS.values() if metric.scale),
    key=lambda indicator: indicator.scale.edge is None,
)
"""Those with a value at the edge come first."""


def indicators_of(*, with_depth: bool) -> list[Indicator]:
    """The indicators of networks with depth, or those of the paper's hidden layer as a map."""
    return [indicator for indicator in INDICATORS if indicator.metric.with_depth == with_depth]


def verdict(indicator: Indicator, value: float | None) -> str | None:
    """`ordered`, `edge` (undecided) or `chaotic` by `indicator` alone; None: not measured."""
    if value is None or math.isnan(value):
        return None
    low, high = indicator.scale.low, indicator.scale.high
    return "ordered" if value < low else "chaotic" if value > high else "edge"


def disagreements(last: Epoch, phase: str | None) -> list[str]:
    """The titles of the indicators whose verdict is the opposite of `phase`, which J gives."""
    opposite = {"ordered": "chaotic", "chaotic": "ordered"}.get(phase or "")
    return [
        indicator.metric.title
        for indicator in INDICATORS
        if opposite and verdict(indicator, getattr(last, indicator.metric.name)) == opposite
    ]
