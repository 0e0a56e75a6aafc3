"""Limits of charts: the range worth looking at, and where an axis of epochs ends. Pure arithmetic.

The one place that chooses them, for the charts of the screens, printed plots and exported figures.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from edgechaos_tui.presentation.fences import FEWEST, within_fences

Floats = NDArray[np.float64]
Scaling = Literal["focus", "all", "log"]
"""focus: the range where most values lie; all: every value; log: every value, logarithmic."""
SCALINGS: Final[tuple[Scaling, ...]] = get_args(Scaling)

_OUTER: Final = (5.0, 95.0)
"""Percentiles of a curve that a focused axis holds."""
_STEPS: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, slots=True)
class Beyond:
    """How many points lie above the limits, below them, and have no place on a logarithmic axis."""

    above: int = 0
    below: int = 0
    not_positive: int = 0

    @property
    def words(self) -> str:
        """`1 above, 2 below`, or nothing."""
        counts = ((self.above, "above"), (self.below, "below"))
        return ", ".join(f"{count} {word}" for count, word in counts if count)


def next_scaling(scaling: Scaling) -> Scaling:
    """The scaling that the key chooses after this one."""
    return SCALINGS[(SCALINGS.index(scaling) + 1) % len(SCALINGS)]


def focus_range(curves: Iterable[Floats], kept: Sequence[float] = ()) -> tuple[float, float] | None:
    """The range where most of each curve lies: its 5th to 95th percentile and its last value.

    Of fewer than 20 values those within Tukey's fences count. `kept`: values that always lie
    inside, such as the best. Not finite values count nowhere; None where there is no other.
    """
    ends = [value for value in kept if math.isfinite(value)]
    for curve in curves:
        finite = curve[np.isfinite(curve)]
        if len(finite):
            ends += [*_most(finite), float(finite[-1])]
    return (min(ends), max(ends)) if ends else None


def full_range(curves: Iterable[Floats], kept: Sequence[float] = ()) -> tuple[float, float] | None:
    """The smallest and the largest finite value of all curves and of `kept`; None without one."""
    ends = [value for value in kept if math.isfinite(value)]
    for curve in curves:
        finite = curve[np.isfinite(curve)]
        if len(finite):
            ends += [float(finite.min()), float(finite.max())]
    return (min(ends), max(ends)) if ends else None


def outside(curves: Iterable[Floats], limits: tuple[float, float], *, log: bool = False) -> Beyond:
    """The values of the curves, infinite ones too, that the limits do not show."""
    every = list(curves)
    return Beyond(
        above=sum(int((values > limits[1]).sum()) for values in every),
        below=0 if log else sum(int((values < limits[0]).sum()) for values in every),
        not_positive=sum(int((values <= 0).sum()) for values in every) if log else 0,
    )


def epoch_end(last: float, *, grows: bool) -> float:
    """Where an axis of epochs ends whose data end at `last`: there, or, for a run that `grows`, at
    the next of 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150 …, so that the axis moves rarely."""
    if not math.isfinite(last) or last < 1:
        return 10.0 if grows else 1.0
    if not grows:
        return float(last)
    if last <= 10:
        return 10.0
    scale = 10.0 ** math.floor(math.log10(last))
    return next(step * scale for step in _STEPS if step * scale >= last * (1 - 1e-12))


def smoothed(values: Floats, window: int) -> Floats:
    """The moving average of `values` over `window` of them, centred, shape as `values`.

    At the ends the window is what is there of it. A value that is not finite is left out of the
    averages, and stays a gap.
    """
    if window < 2 or not len(values):
        return values
    finite = np.isfinite(values)
    half = window // 2
    sums = np.concatenate(([0.0], np.cumsum(np.where(finite, values, 0.0))))
    counts = np.concatenate(([0], np.cumsum(finite)))
    places = np.arange(len(values))
    first, after = np.maximum(places - half, 0), np.minimum(places + half + 1, len(values))
    with np.errstate(invalid="ignore", divide="ignore"):
        average = (sums[after] - sums[first]) / (counts[after] - counts[first])
    return np.where(finite, average, np.nan)


def _most(finite: Floats) -> tuple[float, float]:
    if len(finite) >= FEWEST:
        low, high = np.percentile(finite, _OUTER)
        return float(low), float(high)
    return within_fences(finite.tolist())
