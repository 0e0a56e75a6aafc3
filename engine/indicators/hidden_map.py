"""Order and chaos, measured on the actual weights (paper.md, "Indicators of order and chaos").

The hidden layer is iterated as a map, x ← φ(W x), from a small batch of random starts. With every
state x go a finite difference δ to a second copy x + δ and a tangent vector v, so that one product
with W per step serves all three:

    x ← φ(h),   δ ← φ(h + e) − φ(h),   v ← φ′(h) g      where (h, e, g) = W (x, δ, v)

Carrying δ itself instead of the second copy keeps it exact when it is far smaller than x, where
the difference of two rounded copies would be noise.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import torch

# Chosen so that, below the edge, λ_max comes within 0.005 of ln ρ(W) for Gaussian matrices of
# N = 784, whose largest eigenvalues nearly tie: half as many steps are off by up to 0.013.
STARTS: Final = 4
STEPS: Final = 200

_DISTURBANCE: Final = 1e-4
# Far below any relevant value, far above float32's subnormals, which are many times slower.
_NEGLIGIBLE: Final = 1e-30
_RATIO_LIMIT: Final = 1e30
# Above this, float32 overflows in the norms; the run of such weights has diverged.
_LARGEST: Final = 1e15


@dataclass(frozen=True)
class Indicators:
    """The indicators of order and chaos; all NaN for weights that are not finite, or above 1e15.

    `asymptotic_distance`: mean ‖x − x′‖₂ over the last fifth of the steps, from x₀ ~ Normal(0, 1)
    and x₀′ − x₀ ~ Normal(0, 1e-4²) per coordinate; about 0 in order, O(√N) in chaos. For ReLU it
    is exp(growth × steps), 0 or infinite at the extremes.
    `lyapunov`: the maximal Lyapunov exponent, per step; below 0 order, above 0 chaos, -inf when
    perturbations die out in finitely many steps.
    `jacobian_norm`: ‖J*‖_F/√N with J* = diag(φ′(h*)) W; 1 at the edge.
    All three are means over the starts.
    """

    asymptotic_distance: float
    lyapunov: float
    jacobian_norm: float


def measure(
    W: torch.Tensor,
    activation: str,
    seed: int,
    starts: int = STARTS,
    steps: int = STEPS,
) -> Indicators:
    """The indicators of the map x ← φ(W x).

    W: (N, N), W[i, j] is the weight from unit j to unit i; float32 is used whatever its type, on
    its own device. `activation`: "tanh" or "relu". `seed` decides the `starts` starting points,
    which are the same for every W, so that a run's curve is not roughened by the draw. `steps` (at
    least 5): the first half is transient for the Lyapunov exponent, the last fifth is averaged for
    the other two.

    Raises ValueError for a W that is not square and for an unknown activation.
    """
    if W.ndim != 2 or W.shape[0] != W.shape[1]:
        raise ValueError(f"only a square matrix can be iterated, not one of shape {tuple(W.shape)}")
    if activation not in _MAPS:
        raise ValueError(f"activation {activation!r} is none of {', '.join(_MAPS)}")
    W = W.detach().float()
    if not bool(W.abs().max() < _LARGEST):
        return Indicators(float("nan"), float("nan"), float("nan"))
    with torch.no_grad(), _one_thread():
        return _MAPS[activation](W, seed, starts, steps)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Use one thread: a dozen rows are too few to share, and on a busy machine threads wait.

    It also makes the results independent of the number of threads.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class _Averages:
    """Sums over the steps, one tensor of shape (starts,) per step, in float64."""

    def __init__(self, W: torch.Tensor, steps: int) -> None:
        self._row_norms = (W.double() ** 2).sum(dim=1)
        self._transient = steps // 2
        self._last_fifth = steps - max(1, steps // 5)
        self._growths: list[torch.Tensor] = []
        self._distances: list[torch.Tensor] = []
        self._jacobians: list[torch.Tensor] = []

    def add(
        self, step: int, slope: torch.Tensor, growth: torch.Tensor, distance: torch.Tensor
    ) -> None:
        """Add one step: φ′(h) of shape (starts, N), and ‖v‖ and ‖δ‖ after it."""
        if step >= self._transient:
            self._growths.append(growth.double().log())
        if step >= self._last_fifth:
            self._distances.append(distance.double())
            self._jacobians.append((slope.double() ** 2 @ self._row_norms).sqrt())

    def result(self, N: int) -> Indicators:
        return Indicators(
            asymptotic_distance=float(torch.stack(self._distances).mean()),
            lyapunov=float(torch.stack(self._growths).mean()),
            jacobian_norm=float(torch.stack(self._jacobians).mean()) / N**0.5,
        )


def _starting(W: torch.Tensor, seed: int, starts: int) -> torch.Tensor:
    """x, δ and v, each (starts, N), one below the other: the rows that W is applied to."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(3, starts, len(W), generator=generator)
    rows[1] *= _DISTURBANCE
    rows[2] /= rows[2].norm(dim=1, keepdim=True)
    return rows.flatten(0, 1).to(W.device)


def _tanh(W: torch.Tensor, seed: int, starts: int, steps: int) -> Indicators:
    rows = _starting(W, seed, starts)
    averages = _Averages(W, steps)
    for step in range(steps):
        h, e, g = (rows @ W.T).view(3, starts, -1)
        x = h.tanh()
        # tanh(h + e) − tanh(h), without the cancellation.
        delta = e.tanh() * (1 - x * (h + e).tanh())
        slope = 1 - x * x
        v, growth = _normalised(slope * g)
        averages.add(step, slope, growth, delta.norm(dim=1))
        rows = torch.nn.functional.hardshrink(torch.cat((x, delta, v)), _NEGLIGIBLE)
    return averages.result(len(W))


def _relu(W: torch.Tensor, seed: int, starts: int, steps: int) -> Indicators:
    """ReLU is homogeneous of degree one: activity grows or dies out exponentially.

    So x and δ are kept at norm one with the logarithms of their true norms beside them. `ratio` is
    ‖x‖/‖δ‖: with it δ ← φ(h + e) − φ(h) reads, in units of ‖δ‖, as in the loop below.
    """
    rows = _starting(W, seed, starts)
    averages = _Averages(W, steps)
    x, delta, v = rows.view(3, starts, -1)
    x, norm_x = _normalised(x)
    delta, norm_delta = _normalised(delta)
    log_x, log_delta = norm_x.double().log(), norm_delta.double().log()
    for step in range(steps):
        h, e, g = (torch.cat((x, delta, v)) @ W.T).view(3, starts, -1)
        ratio = (log_x - log_delta).exp().clamp(max=_RATIO_LIMIT).float()[:, None]
        slope = (h > 0).to(h.dtype)
        scaled = ratio * h
        delta = torch.where(h > 0, torch.maximum(e, -scaled), (e + scaled).clamp(min=0))
        x, norm_x = _normalised(h.clamp(min=0))
        delta, norm_delta = _normalised(delta)
        v, growth = _normalised(slope * g)
        averages.add(step, slope, growth, norm_delta.double() * log_delta.exp())
        log_x = log_x + norm_x.double().clamp(min=_NEGLIGIBLE).log()
        log_delta = log_delta + norm_delta.double().clamp(min=_NEGLIGIBLE).log()
    return averages.result(len(W))


def _normalised(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The rows at norm one, and their norms before; a row of zeros stays zero."""
    norms = rows.norm(dim=1)
    return rows / norms.clamp(min=_NEGLIGIBLE)[:, None], norms


_MAPS: Final = {"tanh": _tanh, "relu": _relu}
