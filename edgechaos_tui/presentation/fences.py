"""Tukey's fences: the range of a few values without outliers. No numpy: the first paint uses it."""

from collections.abc import Sequence
from typing import Final

FEWEST: Final = 20
"""With fewer values than these, the 5th and 95th percentiles are the outermost values."""
_FENCE: Final = 1.5
"""Interquartile ranges beyond the quartiles, past which a value is an outlier (Tukey 1977)."""


def within_fences(values: Sequence[float]) -> tuple[float, float]:
    """The smallest and the largest of `values`, all finite, that are no outliers.

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
    """The quantile `share` (0 to 1), interpolated linearly as by numpy's percentile."""
    position = share * (len(ordered) - 1)
    lower = int(position)
    upper = min(lower + 1, len(ordered) - 1)
    weight = position - lower
    return ordered[lower] * (1 - weight) + ordered[upper] * weight
