"""Mean-field theory of the map x ← φ(W x), W_ij ~ Normal(J₀/N, J²/N): state, gain and edge.

With Dz the standard Gaussian measure, the state (u, q) solves (arXiv 2107.09437, Eq. 3)

    u = ∫Dz φ(J₀u + J√q z),   q = ∫Dz φ²(J₀u + J√q z),

and a small perturbation grows where the gain χ = J² ∫Dz φ′(J₀u + J√q z)² exceeds 1. A negative J₀
mirrors a positive one for tanh: the state then alternates between u and −u, with the same q and χ.

J₀ and J are dimensionless. No function raises for any float: the result for undefined arguments
(nan, both infinite) is nan, so that the weights of a diverged run can be passed. Averages are
resolved down to about 1e-17, absolute.

scipy is imported inside functions, since the import takes a fifth of an engine's start, and a tanh
run in order with |J₀| ≤ J, as all runs begin, does not need it.
"""

import math
from dataclasses import dataclass

import numpy as np

from engine.theory.edge import relu as relu_edge
from engine.theory.edge import tanh as tanh_edge
from engine.theory.edge.quadrature import Floats, QuadratureGrid
from engine.theory.edge.relu import relu_gain_edge, relu_growth_edge

__all__ = [
    "State",
    "boundary",
    "edge_distance",
    "edge_j",
    "gain",
    "relu_gain_edge",
    "relu_growth_edge",
    "state",
]

# Below this J counts as 0: it keeps Δ = J√q away from a division by zero.
_TINY = 1e-150


@dataclass(frozen=True)
class State:
    """The stable state: mean activity u and mean square activity q, both dimensionless.

    For ReLU, which is homogeneous, activity dies out (0, 0) or grows without bound (inf, inf).
    """

    u: float
    q: float


def state(j0: float, j: float, activation: str) -> State:
    """(u, q) at (J₀, J), u ≥ 0; nan where the arguments are not both finite."""
    if not (math.isfinite(j0) and math.isfinite(j)):
        return State(math.nan, math.nan)
    if _is_relu(activation):
        grows = relu_edge.distance(j0, abs(j)) > 0
        return State(math.inf, math.inf) if grows else State(0.0, 0.0)
    m, delta = _tanh_state(abs(j0), max(abs(j), _TINY))
    if delta == 0.0:
        return State(0.0, 0.0)
    grid = QuadratureGrid.at(m, delta)
    return State(float(grid.tanh()[0]), float(grid.tanh2_and_sech4()[0][0]))


def gain(j0: float, j: float, activation: str) -> float:
    """χ at (J₀, J): below 1 perturbations shrink, above 1 they grow. inf at infinite J."""
    j = abs(j)
    if math.isnan(j0) or math.isnan(j) or (math.isinf(j0) and math.isinf(j)):
        return math.nan
    if math.isinf(j):
        return math.inf
    if j < _TINY:
        return 0.0
    if _is_relu(activation):
        return j * (j * relu_edge.gain_per_j2(j0, j))
    if math.isinf(j0):
        return 0.0
    m, delta = _tanh_state(abs(j0), j)
    if delta == 0.0:
        return j * j
    return j * (j * float(QuadratureGrid.at(m, delta).tanh2_and_sech4()[1][0]))


def edge_j(r: float, activation: str) -> float:
    """J at the edge in the direction r = J₀/J.

    tanh: where the gain is 1. ReLU: where activity stops dying out (the *growth* edge), because
    the simulated asymptotic distance turns there and not where the gain is 1.
    """
    if _is_relu(activation):
        return relu_growth_edge(r)
    return float(tanh_edge.edge_j(np.array([r]))[0])


def edge_distance(j0: float, j: float, activation: str) -> float:
    """d = J/J_edge(J₀/J) − 1: negative in order, 0 on the edge, positive in chaos.

    −1 at J = 0, except for ReLU with J₀ > 0, where it is the limit J₀ − 1.
    """
    j = abs(j)
    if math.isnan(j0) or math.isnan(j) or (math.isinf(j0) and math.isinf(j)):
        return math.nan
    if _is_relu(activation):
        return relu_edge.distance(j0, j)
    if j == 0.0 or math.isinf(j0):
        return -1.0
    return j / edge_j(j0 / j, activation) - 1.0


def boundary(activation: str, r: Floats) -> dict[str, Floats]:
    """1/J on the edge for each direction r = J₀/J, by the name of the curve.

    r: any shape; each curve has that shape. tanh: {"edge"}. ReLU: {"gain", "growth"}.
    """
    r = np.asarray(r, dtype=np.float64)
    if _is_relu(activation):
        a = relu_edge.direction(r)
        return {"gain": relu_edge.gain_curve(a), "growth": relu_edge.growth_curve(a)}
    return {"edge": 1.0 / tanh_edge.edge_j(r)}


def _is_relu(activation: str) -> bool:
    if activation not in ("tanh", "relu"):
        raise ValueError(f"activation must be tanh or relu, not {activation!r}")
    return activation == "relu"


def _tanh_state(j0: float, j: float) -> tuple[float, float]:
    """The stable (m, Δ) = (J₀u, J√q) for J₀ ≥ 0 and J > 0; (0, 0) in the quiet phase.

    At given m there is one Δ(m), since J²q/Δ² falls with Δ. u(m)/m falls with m, so the state with
    u > 0 is one root too, which exists exactly when u = 0 is unstable.
    """
    quiet = j <= 1.0 + 1e-9  # at m = 0 only Δ = 0 is left, to rounding
    if quiet and j0 <= 1.0:
        return 0.0, 0.0
    from scipy.optimize import brentq

    def delta_at(m: float) -> float:
        def excess(s: float) -> float:
            q = float(QuadratureGrid.at(m, math.exp(s)).tanh2_and_sech4()[0][0])
            return 2.0 * (math.log(j) - s) + math.log(q)

        top = math.log(j)
        if excess(top) >= 0.0:  # q is 1 to rounding
            return j
        step = 0.5
        while excess(top - step) < 0.0 and step < 64.0:
            step *= 3.0
        return math.exp(float(brentq(excess, top - step, top, xtol=1e-12)))

    def pull(m: float) -> float:
        return j0 * (float(QuadratureGrid.at(m, delta_at(m)).tanh()[0]) / m) - 1.0

    with np.errstate(over="ignore"):
        smallest = 1e-7
        if j0 <= 1.0 or (not quiet and pull(smallest) <= 0.0):
            return (0.0, 0.0) if quiet else (0.0, delta_at(0.0))
        if pull(smallest) <= 0.0:
            return 0.0, 0.0
        m = float(brentq(pull, smallest, max(j0, 2 * smallest) * 1.0000001, xtol=1e-12, rtol=1e-12))
        return m, delta_at(m)
