"""The estimate of c with its error from a fit of the slope law, and the time to the edge."""

import math
from dataclasses import dataclass

Z_90 = 1.645

_EARLY_ERROR = 0.02
_LAW_ERROR = 0.10
_PRIOR_APPLIES_WITHIN = 3.0
# exp of more is no float: such a wide interval has no upper end.
_LARGEST_EXPONENT = 700.0


@dataclass(frozen=True)
class Prior:
    """The prior of c: its value (of order 11) and relative standard error."""

    c: float
    error: float


# From the slopes published for N = 784, tanh, Fashion-MNIST and SGD (paper, Figs. 3-4).
FASHION_MNIST_TANH = Prior(11.0, 0.06)


@dataclass(frozen=True)
class SlopeEstimate:
    """c for the rest of the ordered phase, its relative standard error, the prior's share."""

    c: float
    error: float
    prior_share: float

    @property
    def low(self) -> float:
        """The lower end of the 90 % interval of c."""
        return self.c * math.exp(-Z_90 * self.error)

    @property
    def high(self) -> float:
        """The upper end of the 90 % interval of c."""
        exponent = Z_90 * self.error
        return self.c * math.exp(exponent) if exponent < _LARGEST_EXPONENT else math.inf


def early_error(progress: float) -> float:
    """The relative error from the fast start of J², at the fraction `progress` of the way."""
    return _EARLY_ERROR / progress if progress > 0.0 else math.inf


def estimate(c: float, error: float, prior: Prior | None) -> SlopeEstimate:
    """A fitted c > 0 of relative error `error` joined with the prior, and the law's own error.

    Both enter as ln c weighted by 1/error². A prior that disagrees with the fit by more than three
    of their errors does not apply to this run, and is left out.
    """
    share, mean, variance = 0.0, math.log(c), error * error
    if prior is not None:
        apart = math.log(prior.c) - mean
        total = variance + prior.error**2
        if apart * apart <= _PRIOR_APPLIES_WITHIN**2 * total:
            share = variance / total if math.isfinite(variance) else 1.0
            mean += share * apart
            variance = share * prior.error**2 if share else variance
    return SlopeEstimate(math.exp(mean), math.hypot(math.sqrt(variance), _LAW_ERROR), share)


def time_to_reach(j2_edge: float, j2: float, c: float, kappa: float) -> float:
    """The τ that dJ²/dτ = c − κJ² takes from `j2` up to `j2_edge`; inf if it never gets there."""
    gap, net = j2_edge - j2, c - kappa * j2
    if gap <= 0.0:
        return 0.0
    if net <= 0.0 or kappa * gap >= net:
        return math.inf
    lost = kappa * gap / net
    return gap / net if lost < 1e-9 else -math.log1p(-lost) / kappa
