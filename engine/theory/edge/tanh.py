"""The edge of chaos for tanh as a curve over r = J₀/J.

For |r| ≤ 1 it is J = 1. Beyond, with m = J₀u and Δ = J√q, the edge is
Δ² E sech⁴(m + Δz) = E tanh²(m + Δz); then J = Δ/√q and J₀ = m/u. The curve is traced once, one
root m for each of a series of widths Δ, and interpolated by a spline in √(|r| − 1), in which log J
is smooth: it leaves J = 1 like a square root. r < −1 mirrors r > 1.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from engine.theory.edge.quadrature import Floats, QuadratureGrid
from engine.theory.edge.roots import rising_roots

if TYPE_CHECKING:
    from scipy.interpolate import CubicSpline

_POINTS = 240
_R_LAST = 7.0


def edge_j(r: Floats) -> Floats:
    """J on the edge for each direction r, shape of r; inf where it exceeds the range of floats."""
    r = np.abs(np.asarray(r, dtype=np.float64))
    if (r <= 1.0).all():
        return np.ones_like(r)
    beyond = np.sqrt(np.maximum(r, 1.0) - 1.0)
    traced = _trace()(np.minimum(beyond, np.sqrt(_R_LAST - 1.0)))
    with np.errstate(over="ignore"):
        # There u = erf(r/√2) and q = 1 to rounding, and the edge is (4/3)·ϕ(r) = 1/J.
        far = np.log(0.75 * np.sqrt(2.0 * np.pi)) + 0.5 * r * r
        return np.asarray(np.exp(np.where(r > _R_LAST, far, traced)))


@lru_cache(maxsize=1)
def _trace() -> "CubicSpline":
    """log J over √(r − 1), from r = 1 to beyond _R_LAST."""
    from scipy.interpolate import CubicSpline  # imported late: see `mean_field`

    t = np.linspace(0.0, np.sqrt(_R_LAST + 0.5), _POINTS + 1)[1:]
    log_j = 0.6 * t + 0.5 * t**2 * (2.0 + t**2)  # roughly log J at √(r − 1) = t: spaces the widths
    delta = np.sqrt(np.expm1(2.0 * log_j))
    m = _root_m(delta)
    grid = QuadratureGrid.at(m, delta)
    q, _ = grid.tanh2_and_sech4()
    r = m / grid.tanh() * np.sqrt(q) / delta
    beyond = np.concatenate([[0.0], np.sqrt(r - 1.0)])
    return CubicSpline(beyond, np.concatenate([[0.0], np.log(delta / np.sqrt(q))]))


def _root_m(delta: Floats) -> Floats:
    """The m > 0 at which Δ² E sech⁴ = E tanh², for each Δ.

    At m = 0 the left side is larger; far out it is 0.
    """

    def excess(m: Floats) -> Floats:
        q, slope = QuadratureGrid.at(m, delta).tanh2_and_sech4()
        return np.asarray(np.log(q) - np.log(delta * delta * slope))

    # Narrow widths need m ≈ 1.1 Δ³, wide ones (4/3)·ϕ(m/Δ)·Δ = 1: both lie below these bounds.
    high = np.minimum(1.2 * delta**3, delta * np.sqrt(2.0 * np.log1p(delta)))
    return rising_roots(excess, np.zeros_like(delta), high)
