"""The band of several seeds of one setting: their mean, and one standard deviation about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from edgechaos_tui.presentation.compare.comparison import Axis, Floats, Member, curve

_GRID: Final = 200


@dataclass(frozen=True, eq=False)
class Band:
    """x: places in the range that all runs share; low, mean, high: shape of x."""

    x: Floats
    low: Floats
    mean: Floats
    high: Floats


def band(members: Sequence[Member], axis: Axis, name: str) -> Band | None:
    """Mean ± standard deviation (n − 1) of a metric over the runs; None without a common range."""
    curves = [curve(member.state, axis, name) for member in members]
    measured = [(x[np.isfinite(y)], y[np.isfinite(y)]) for x, y in curves]
    if len(measured) < 2 or any(len(x) < 2 for x, _ in measured):
        return None
    low, high = max(x[0] for x, _ in measured), min(x[-1] for x, _ in measured)
    if not low < high:
        return None
    grid = np.linspace(low, high, _GRID)
    table = np.stack([np.interp(grid, x, y) for x, y in measured])
    mean, deviation = table.mean(axis=0), table.std(axis=0, ddof=1)
    return Band(grid, mean - deviation, mean, mean + deviation)
