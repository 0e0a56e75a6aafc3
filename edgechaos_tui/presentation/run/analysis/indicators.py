"""The indicators measured on the actual weights, held against the phase that J gives."""

import math
from typing import NamedTuple

from engine.storage.metrics import METRICS, Metric, PhaseScale
from engine.storage.session.events import Epoch


class Indicator(NamedTuple):
    """A metric that tells order from chaos by itself."""

    metric: Metric
    scale: PhaseScale


INDICATORS = sorted(
    (Indicator(metric, metric.scale) for metric in METRICS.values() if metric.scale),
    key=lambda indicator: indicator.scale.edge is None,
)
"""Those first that have a value at the edge."""


def indicators_of(*, with_depth: bool) -> list[Indicator]:
    """Those of networks with depth, or those of the paper's hidden layer as a map."""
    return [one for one in INDICATORS if one.metric.with_depth == with_depth]


def verdict(indicator: Indicator, value: float | None) -> str | None:
    """`ordered`, `edge` (cannot tell) or `chaotic` by `indicator` alone; None: not measured."""
    if value is None or math.isnan(value):
        return None
    low, high = indicator.scale.low, indicator.scale.high
    return "ordered" if value < low else "chaotic" if value > high else "edge"


def disagreements(last: Epoch, phase: str | None) -> list[str]:
    """The names of the indicators that say order where J says chaos, or the other way round."""
    opposite = {"ordered": "chaotic", "chaotic": "ordered"}.get(phase or "")
    return [
        indicator.metric.title
        for indicator in INDICATORS
        if opposite and verdict(indicator, getattr(last, indicator.metric.name)) == opposite
    ]
