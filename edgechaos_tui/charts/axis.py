"""Limits, ticks and tick labels of an axis. Pure arithmetic.

Limits are round and change rarely: a change repaints the whole chart, perhaps over a slow line, and
a chart that rescales often is hard to read. So limits stay as long as they contain the data and
the data fill a fair part of them.
"""

import itertools
import math
from collections.abc import Iterable, Sequence

Limits = tuple[float, float]

# Beyond this the difference of two limits is no longer finite.
_HUGE = 1e300
_ROUND = (1.0, 2.0, 5.0, 10.0)
_LOG_ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
# New limits are chosen when the data fill a smaller share of them than this. New limits are always
# filled to more, so that a second choice is the same.
_FILLED = 0.3


def round_step(step: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `step` (> 0)."""
    return _round_up(step, _ROUND)


def reach(value: float) -> float:
    """The first of 10, 20, 50, 100, 200, … that is at least `value`: the end of an x axis."""
    if not math.isfinite(value):
        return 10.0
    return max(10.0, _round_up(min(value, _HUGE), _ROUND)) if value > 10 else 10.0


def linear_limits(low: float, high: float, previous: Limits | None = None) -> Limits:
    """Round limits that contain [low, high]; `previous` if they still fit.

    When the data grow out of `previous`, the new limits leave room on that side.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        return previous or (0.0, 1.0)
    low, high = (min(max(v, -_HUGE), _HUGE) for v in (low, high))
    span = high - low
    if previous is not None:
        if previous[0] <= low and high <= previous[1]:
            if span >= _FILLED * (previous[1] - previous[0]):
                return previous
        elif span > 0:
            low -= span / 3 * (low < previous[0])
            high += span / 3 * (high > previous[1])
    size = max(abs(low), abs(high))
    if high - low <= 1e-9 * size or size < 1e-290:
        return _around(low, high, size)
    step = round_step((high - low) / 10)
    below, above = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    bottom, top = _multiple(below, step), _multiple(above, step)
    return (
        bottom if bottom <= low else _multiple(below - 1, step),
        top if top >= high else _multiple(above + 1, step),
    )


def log_limits(low: float, high: float, previous: Limits | None = None) -> Limits:
    """Limits of a logarithmic axis that contain [low, high], both positive; else as without data.

    low, high: the smallest and the largest positive value. Without one: `previous` or (0.1, 1).
    """
    if not (math.isfinite(low) and math.isfinite(high)) or not 0 < low <= high:
        return previous or (0.1, 1.0)
    low, high = (min(max(v, 1 / _HUGE), _HUGE) for v in (low, high))
    span = math.log10(high) - math.log10(low)
    if previous is not None and 0 < previous[0] < previous[1]:
        if previous[0] <= low and high <= previous[1]:
            if span >= _FILLED * (math.log10(previous[1]) - math.log10(previous[0])):
                return previous
        else:
            room = 10 ** (min(span, 50.0) / 10)
            low = max(low / room, 1 / _HUGE) if low < previous[0] else low
            high = min(high * room, _HUGE) if high > previous[1] else high
    decades = span > 3
    rounds = (1.0, 10.0) if decades else _LOG_ROUND
    bottom, top = _round_down(low, rounds), _round_up(high, rounds)
    if bottom == top:
        return bottom / 2, top * 2
    return bottom, top


def linear_ticks(low: float, high: float, most: int) -> list[float]:
    """Round values within [low, high], equally spaced, at most `most` + 1 of them (`most` ≥ 1)."""
    span = high - low
    if not math.isfinite(span) or span <= 0:
        return [low] if math.isfinite(low) else []
    step = round_step(span / max(most, 1))
    if not math.isfinite(step):
        return [low, high]
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return list(dict.fromkeys(_multiple(i, step) for i in range(first, last + 1)))


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Round values within [low, high] for a logarithmic axis (0 < low < high), about `most`.

    They are decades with 1, 2, 5, or decades alone, or every second, third, … decade, as many as
    fit; in a range too short for these, equal steps as on a linear axis.
    """
    if not (0 < low < high and math.isfinite(high)):
        return []
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for mantissas in ((1.0, 2.0, 3.0, 5.0), (1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        if (last - first) * len(mantissas) > 4 * most + 8:
            continue
        ticks = [
            t
            for e in range(first, last + 1)
            for m in mantissas
            if low <= (t := _scale(m, e)) <= high
        ]
        if 2 <= len(ticks) <= most:
            return ticks
    stride = max(1, -(-(last - first) // max(most, 1)))
    start = -(-first // stride) * stride
    ticks = [t for e in range(start, last + 1, stride) if low <= (t := _scale(1.0, e)) <= high]
    return ticks if len(ticks) >= 2 else linear_ticks(low, high, most)


def tick_labels(ticks: Sequence[float]) -> list[str]:
    """The ticks in a short form, as precise as their spacing needs: `.25`, `1`, `1e-4`."""
    gaps = [b - a for a, b in itertools.pairwise(ticks) if b > a]
    exact = min(gaps, default=max((abs(t) for t in ticks), default=1.0)) or 1.0
    if not math.isfinite(exact):
        exact = max(abs(t) for t in ticks)
    return [_label(tick, min(exact, abs(tick) or exact)) for tick in ticks]


def short(value: float, digits: int = 3) -> str:
    """A number in `digits` significant digits, without a leading zero: `.336`, `1.68`, `1.2e-4`."""
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if -3 <= exponent <= 5:
        text = f"{value:.{max(digits - 1 - exponent, 0)}f}"
        return _bare(text) if exponent < 5 or digits > 5 else _scientific(value, digits - 1)
    return _scientific(value, digits - 1)


def extent(values: Iterable[float]) -> Limits | None:
    """The smallest and the largest finite value; None when there is none."""
    finite = [v for v in values if math.isfinite(v)]
    return (min(finite), max(finite)) if finite else None


def _label(value: float, exact: float) -> str:
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    decimals = max(0, -math.floor(math.log10(exact) + 1e-9))
    if exponent >= 5 or decimals > 4 or (exponent <= -4):
        return _scientific(value, min(max(exponent + decimals, 0), 6))
    text = f"{value:.{decimals}f}"
    return _bare(text.rstrip("0").rstrip(".") if "." in text else text)


def _bare(text: str) -> str:
    if text.startswith("0."):
        return text[1:]
    return "-" + text[2:] if text.startswith("-0.") else text


def _scientific(value: float, decimals: int) -> str:
    mantissa, _, exponent = f"{value:.{max(decimals, 0)}e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def _around(low: float, high: float, size: float) -> Limits:
    """Limits around a constant, or around values too close or too small to tell apart."""
    if size < 1e-290:
        return (-1.0, 1.0) if low < 0 else (0.0, 1.0)
    step = round_step(size / 5)
    return math.floor(low / step) * step - step, math.ceil(high / step) * step + step


def _round_up(value: float, rounds: tuple[float, ...]) -> float:
    exponent = math.floor(math.log10(value))
    for mantissa in rounds:
        candidate = _scale(mantissa, exponent)
        if candidate >= value:
            return candidate
    return _scale(rounds[1], exponent + 1)


def _round_down(value: float, rounds: tuple[float, ...]) -> float:
    exponent = math.floor(math.log10(value))
    for mantissa in reversed(rounds):
        candidate = _scale(mantissa, exponent)
        if candidate <= value:
            return candidate
    return _scale(rounds[-2], exponent - 1)


def _multiple(count: int, step: float) -> float:
    """count × step, rounded like a literal: 3 / 10 is 0.3, but 3 × 0.1 is not."""
    return count / round(1 / step) if 1e-15 < step < 1 else count * step


def _scale(mantissa: float, exponent: int) -> float:
    """mantissa × 10^exponent, rounded like a literal: 2e-1 is 0.2, but 2 × 10**-1 need not be."""
    return float(f"{mantissa}e{exponent}")
