"""The range where most of a few values lie; without numpy, which a first paint cannot wait for."""

from collections.abc import Sequence
from typing import Final

FEWEST: Final = 20
"""A percentile of fewer values than these is one of the outermost values."""
_FENCE: Final = 1.5
"""Those are outliers that lie so many interquartile ranges beyond the quartiles (Tukey)."""


def within_fences(values: Sequence[float]) -> tuple[float, float]:
    """The smallest and the largest of these finite values that is no outlier.

    Raises:
        ValueError: there is no value.

    """
    ordered = sorted(values)
    first, third = _quantile(ordered, 0.25), _quantile(ordered, 0.75)
    # Halved, so that not even the greatest numbers have a difference that is infinite.
    room = 2 * _FENCE * (third / 2 - first / 2)
    inside = [value for value in ordered if first - room <= value <= third + room]
    return inside[0], inside[-1]


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest values in proportion, as numpy's percentile."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    part = place - below
    return ordered[below] * (1 - part) + ordered[above] * part
