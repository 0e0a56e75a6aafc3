"""Limits of charts: the range to show, and the end of an axis of epochs. Pure arithmetic.

Charts of the screens, printed plots and exported figures all take their limits from here.
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
"""The percentiles of a curve between which a focused axis reaches."""
_STEPS: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, slots=True)
class Beyond:
    """Numbers of points above the limits, below them, and not positive on a logarithmic axis."""

    above: int = 0
    below: int = 0
    not_positive: int = 0

    @property
    def words(self) -> str:
        """`1 above, 2 below`; "" for none. Points that are not positive are counted elsewhere."""
        counts = ((self.above, "above"), (self.below, "below"))
        return ", ".join(f"{count} {word}" for count, word in counts if count)


def next_scaling(scaling: Scaling) -> Scaling:
    """The scaling that the key chooses after this one."""
    return SCALINGS[(SCALINGS.index(scaling) + 1) % len(SCALINGS)]


def focus_range(
    curves: Iterable[Floats], included: Sequence[float] = ()
) -> tuple[float, float] | None:
    """The range where most of each curve lies: its 5th to 95th percentile and its last value.

    With fewer than 20 values it is the range within Tukey's fences. kept: values that always lie
    inside, such as the best. Values that are not finite are ignored; None when no other is left.
    """
    ends = [value for value in included if math.isfinite(value)]
    for curve in curves:
        finite = curve[np.isfinite(curve)]
        if len(finite):
            ends += [*_central_range(finite), float(finite[-1])]
    return (min(ends), max(ends)) if ends else None


def full_range(
    curves: Iterable[Floats], included: Sequence[float] = ()
) -> tuple[float, float] | None:
    """The smallest and the largest finite value of all curves and of `kept`; None without one."""
    ends = [value for value in included if math.isfinite(value)]
    for curve in curves:
        finite = curve[np.isfinite(curve)]
        if len(finite):
            ends += [float(finite.min()), float(finite.max())]
    return (min(ends), max(ends)) if ends else None


def outside(curves: Iterable[Floats], limits: tuple[float, float], *, log: bool = False) -> Beyond:
    """The values of the curves, infinite ones included, that lie outside the limits."""
    all_curves = list(curves)
    return Beyond(
        above=sum(int((values > limits[1]).sum()) for values in all_curves),
        below=0 if log else sum(int((values < limits[0]).sum()) for values in all_curves),
        not_positive=sum(int((values <= 0).sum()) for values in all_curves) if log else 0,
    )


def epoch_end(last: float, *, grows: bool) -> float:
    """The end of an axis of epochs whose data end at `last`.

    For a run that `grows` it is the next of 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150 …, so that
    the axis moves rarely.
    """
    if not math.isfinite(last) or last < 1:
        return 10.0 if grows else 1.0
    if not grows:
        return float(last)
    if last <= 10:
        return 10.0
    scale = 10.0 ** math.floor(math.log10(last))
    return next(step * scale for step in _STEPS if step * scale >= last * (1 - 1e-12))


def smoothed(values: Floats, window: int) -> Floats:
    """The centred moving average of `values` over `window` of them; the shape stays the same.

    At the ends the window is shorter. A value that is not finite is left out of the averages and
    stays a gap.
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


def _central_range(finite: Floats) -> tuple[float, float]:
    if len(finite) >= FEWEST:
        low, high = np.percentile(finite, _OUTER)
        return float(low), float(high)
    return within_fences(finite.tolist())
