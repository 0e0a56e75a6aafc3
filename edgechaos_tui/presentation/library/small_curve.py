"""A column of numbers as a curve one character high."""

import math
from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"


def blocks(values: Sequence[float], width: int) -> str:
    """`values` in at most `width` characters, from their least to their greatest.

    Numbers that are not finite are gaps; nothing at all is an empty text.
    """
    if not values or width < 1:
        return ""
    cells = min(width, len(values))
    picked = [values[i * len(values) // cells] for i in range(cells - 1)] + [values[-1]]
    finite = [value for value in picked if math.isfinite(value)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    return "".join(_block(value, low, high) for value in picked)


def _block(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return " "
    # Halved, so that not even the greatest numbers have a difference that is infinite.
    span = high / 2 - low / 2
    place = (value / 2 - low / 2) / span if span > 0 else 0.0
    return _BLOCKS[min(int(place * len(_BLOCKS)), len(_BLOCKS) - 1)]
