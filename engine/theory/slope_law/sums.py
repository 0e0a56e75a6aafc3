"""Least squares of the slope law over any window of a run, from sums that grow by a row per epoch.

In rescaled time τ the law is dJ²/dτ = c − κJ² with κ = 4λS (λ = 0: a straight line of slope c).
Its solutions are J² = C·f(τ) + c·g(τ), where f′ = −κf, f(0) = 1 and g′ = 1 − κg, g(0) = 0: linear
in C and c whatever λ was from epoch to epoch. Running sums of products make any window cost one
subtraction.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple


class Basis(NamedTuple):
    """−ln f and g at one moment: J² = C·f + c·g. The logarithm survives where f underflows."""

    decay: float
    g: float

    @property
    def f(self) -> float:
        return math.exp(-self.decay)

    def since(self, earlier: "Basis") -> "Basis":
        """f and g of the stretch from `earlier` to here: J² now = J² then·f + c·g."""
        decay = self.decay - earlier.decay
        return Basis(decay, self.g - earlier.g * math.exp(-decay))


START = Basis(0.0, 0.0)


def advance(basis: Basis, time: float, kappa: float) -> Basis:
    """f and g after a further stretch `time` of τ at constant κ = 4λS ≥ 0."""
    step = kappa * time
    growth = -math.expm1(-step) / kappa if step > 1e-12 else time
    return Basis(basis.decay + step, basis.g * math.exp(-step) + growth)


class Sums(NamedTuple):
    """The number of rows, and their sums of products of f, g and y = J².

    n: the number of epochs that the rows represent, which is their weight in the sums.
    """

    rows: int = 0
    n: int = 0
    ff: float = 0.0
    fg: float = 0.0
    gg: float = 0.0
    fy: float = 0.0
    gy: float = 0.0
    yy: float = 0.0

    def plus(self, basis: Basis, y: float, weight: int = 1) -> "Sums":
        """The sums with one more row, which represents `weight` epochs."""
        f, g = basis.f, basis.g
        wf, wg = weight * f, weight * g
        return Sums(
            self.rows + 1,
            self.n + weight,
            self.ff + wf * f,
            self.fg + wf * g,
            self.gg + wg * g,
            self.fy + wf * y,
            self.gy + wg * y,
            self.yy + weight * y * y,
        )

    def minus(self, before: "Sums") -> "Sums":
        return Sums(
            self.rows - before.rows,
            self.n - before.n,
            self.ff - before.ff,
            self.fg - before.fg,
            self.gg - before.gg,
            self.fy - before.fy,
            self.gy - before.gy,
            self.yy - before.yy,
        )


@dataclass(frozen=True)
class LeastSquaresFit:
    """The fitted law: C (J² at τ = 0), c, the regression's own error of c, the rms residual."""

    C: float
    c: float
    c_error: float
    residual: float


def fit_line(sums: Sums) -> LeastSquaresFit | None:
    """The least-squares law over the rows summed up; None for fewer than three or no spread."""
    if sums.rows < 3:
        return None
    rows, n, ff, fg, gg, fy, gy, yy = sums
    determinant = ff * gg - fg * fg
    if determinant > 1e-10 * ff * gg:
        C = (fy * gg - gy * fg) / determinant
        c = (gy * ff - fy * fg) / determinant
        variance = ff / determinant
    elif gg > 0.0:  # J² has forgotten its start: f is 0, and only c = κJ² can be fitted
        C, c, variance = 0.0, gy / gg, 1.0 / gg
    else:
        return None
    squares = max(yy - C * fy - c * gy, 0.0)
    return LeastSquaresFit(C, c, math.sqrt(squares / (rows - 2) * variance), math.sqrt(squares / n))
