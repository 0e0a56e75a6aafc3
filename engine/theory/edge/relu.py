"""The two edges of ReLU. It is homogeneous, so only the direction a = J₀u/(J√q) has a fixed point.

With r = J₀/J, Φ and ϕ the normal distribution and density, a = r·s(a) where
s(a) = (aΦ + ϕ)/√((1 + a²)Φ + aϕ). In that direction perturbations grow by J²Φ(a) a step (the gain)
and the mean square activity by J²((1 + a²)Φ(a) + aϕ(a)) (the growth).
"""

import math

import numpy as np

from engine.theory.edge.quadrature import Floats
from engine.theory.edge.roots import rising_roots

# Φ(a) underflows beyond −37; r is then below −1e150.
_LOWEST = -37.0
_LARGEST = 1e150


def direction(r: Floats) -> Floats:
    """a for each r (any shape); r is taken as at most ±1e150, nan stays nan."""
    r = np.clip(np.asarray(r, dtype=np.float64), -_LARGEST, _LARGEST)
    size = np.where(r == 0.0, 1.0, np.abs(r))
    sign = np.where(r < 0.0, -1.0, 1.0)
    # s(a) rises from 0 to 1 through s(−1) = 0.42 and s(0) = 0.56, which bounds |a| = |r| s(a).
    low = np.where(sign > 0.0, 0.5 * size, 0.3 * np.minimum(size, 1.0))
    high = np.where(sign > 0.0, size, np.minimum(size, -_LOWEST))

    def excess(a: Floats) -> Floats:
        return np.asarray(np.log(a / size) + np.log(_spread(sign * a) / _mean(sign * a)))

    return np.where(r == 0.0, 0.0, sign * rising_roots(excess, low, high))


def gain_curve(a: Floats) -> Floats:
    """1/J where the gain is 1."""
    return np.asarray(np.sqrt(_distribution(a)))


def growth_curve(a: Floats) -> Floats:
    """1/J where activity neither dies out nor grows."""
    return _spread(a)


def relu_gain_edge(r: float) -> float:
    """J at the gain edge in the direction r = J₀/J (perturbations begin to grow)."""
    return float(1.0 / gain_curve(direction(np.array([r])))[0])


def relu_growth_edge(r: float) -> float:
    """J at the growth edge in the direction r = J₀/J (activity itself stops dying out)."""
    return float(1.0 / growth_curve(direction(np.array([r])))[0])


def gain_per_j2(j0: float, j: float) -> float:
    """Φ(a) in the direction J₀/J, for J > 0."""
    return float(_distribution(direction(np.array([_ratio(j0, j)])))[0])


def distance(j0: float, j: float) -> float:
    """J/J_growth − 1 for J ≥ 0; at J = 0 its limit, max(J₀, 0) − 1."""
    r = _ratio(j0, j)
    if abs(r) > 1e8:  # a = r there: J·√(1 + a²) is J₀
        return max(j0, 0.0) - 1.0
    return j * float(growth_curve(direction(np.array([r])))[0]) - 1.0


def _ratio(j0: float, j: float) -> float:
    if j == 0.0:
        return math.copysign(math.inf, j0) if j0 else 0.0
    return j0 / j


def _mean(a: Floats) -> Floats:
    """E relu(a + z)."""
    return np.asarray(a * _distribution(a) + _density(a))


def _spread(a: Floats) -> Floats:
    """√E relu(a + z)²."""
    h = np.hypot(1.0, a)
    return np.asarray(h * np.sqrt(_distribution(a) + _density(a) * (a / h) / h))


def _distribution(a: Floats) -> Floats:
    """Φ(a)."""
    from scipy.special import ndtr  # imported late: see `mean_field`

    return np.asarray(ndtr(a))


def _density(a: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * np.minimum(np.abs(a), 100.0) ** 2) / math.sqrt(2.0 * math.pi))
