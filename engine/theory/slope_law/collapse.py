"""A measure of how well the curves of several runs fall on one another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_GRID = 200


@dataclass(frozen=True)
class Collapse:
    """The spread of several curves, and the range of x over which it is computed.

    spread: the gap between the highest and the lowest curve, averaged over the range, divided by
    the range of their mean over it: 0 for identical curves. low, high: the common range of x.
    """

    spread: float
    low: float
    high: float


def collapse(
    curves: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
    limit: float = np.inf,
) -> Collapse | None:
    """The collapse of curves (x, y), each pair of shape (n,) with x rising.

    Only points up to the first y ≥ `limit` count (1 for J² of tanh: the ordered phase, where the
    collapse is claimed). Points with x or y not finite are left out. None for fewer than two
    curves, no common range, or a mean that does not vary over it.
    """
    cut = [_usable(np.asarray(x, float), np.asarray(y, float), limit) for x, y in curves]
    if len(cut) < 2 or any(x.size < 2 for x, _ in cut):
        return None
    low, high = max(x[0] for x, _ in cut), min(x[-1] for x, _ in cut)
    if not low < high:
        return None
    axis = np.linspace(low, high, _GRID)
    table = np.stack([np.interp(axis, x, y) for x, y in cut])
    size = float(np.ptp(table.mean(axis=0)))
    if size == 0.0:
        return None
    return Collapse(float(np.ptp(table, axis=0).mean()) / size, float(low), float(high))


def _usable(
    x: NDArray[np.float64], y: NDArray[np.float64], limit: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    keep = np.isfinite(x) & np.isfinite(y)
    x, y = x[keep], y[keep]
    reached = np.flatnonzero(y >= limit)
    end = reached[0] + 1 if reached.size else y.size
    return x[:end], y[:end]
