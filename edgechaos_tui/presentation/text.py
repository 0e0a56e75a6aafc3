"""Numbers, times and strings as a person reads them: rounded, and safe to print."""

import math
import re
import time
import unicodedata
from typing import Final

# A part of a version, as 0.10.2, is no decimal number.
_NUMBER: Final = re.compile(r"(?<![A-Za-z0-9.])0\.[0-9]+(?![0-9.])|[0-9]+")
_LONGEST_NUMBER: Final = 20
_AGES = 1e10
"""Seconds, about three centuries: a longer duration is a damaged record."""


def natural_order(name: str) -> str:
    """The sort key of `name` that puts run-2 before run-10, and lr-0.02 before lr-0.1."""
    return _NUMBER.sub(_as_long, name)


def _as_long(digits: re.Match[str]) -> str:
    """A number whose text is sorted as its value: its whole part has leading zeros."""
    whole, point, decimals = digits[0].partition(".")
    return f"{whole.zfill(_LONGEST_NUMBER)}{point}{decimals}"


def clean(text: str) -> str:
    """`text` without control characters, so that nothing from a session drives the terminal.

    Newlines and tabs become spaces; format characters such as bidirectional overrides go too.
    """
    spaced = text.replace("\n", " ").replace("\t", " ")
    return "".join(c for c in spaced if not drives_terminal(c))


def number(value: float | None, digits: int = 3) -> str:
    """`value` to `digits` significant digits: `0.336`, `1.25e-3`, `−0.12`; `–` for None."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    if not 1e-3 <= abs(value) < 10**6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        trimmed = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{trimmed}e{int(exponent)}".replace("-", "−", 1 if value < 0 else 0)
    # Rounded first: 0.9999 is 1.00, not 1.000.
    rounded = float(f"{value:.{digits - 1}e}")
    places = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{value:.{places}f}".replace("-", "−")


def brief(value: float | None) -> str:
    """`value` for a chart's title: `.231`, `1.23`, `.0137`."""
    if value is not None and 0.01 <= abs(value) < 1:
        return f"{value:.3f}".replace("-", "−").replace("0.", ".", 1)
    return number(value).replace("0.", ".", 1) if value and abs(value) < 1 else number(value)


def setting(value: str | float) -> str:
    """A hyperparameter's value as one would type it: `0.02`, `32`, `5e-5`, `tanh`."""
    if isinstance(value, float):
        return (
            repr(int(value))
            if value.is_integer() and abs(value) < 1e6
            else f"{value:g}".replace("e-0", "e-")
        )
    return str(value)


def signed(value: float | None, places: int = 2) -> str:
    """`value` with its sign: `+0.30`, `−0.12`; `–` for None."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return number(value)
    return f"{value:+.{places}f}".replace("-", "−")


def duration(seconds: float) -> str:
    """`45 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`; `–` beyond three centuries."""
    if not -_AGES < seconds < _AGES:
        return "–"
    total = max(0, round(seconds))
    if total < 60:
        return f"{total} s"
    minutes, secs = divmod(total, 60)
    if minutes < 60:
        return f"{minutes} min {secs:02d} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def brief_duration(seconds: float) -> str:
    """`2:12`, `1:02:03`: a duration for places without room for units."""
    if not -_AGES < seconds < _AGES:
        return "–"
    total = max(0, round(seconds))
    hours, remainder = divmod(total, 3600)
    minutes, secs = divmod(remainder, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def clock_time(t: float, now: float | None = None) -> str:
    """The local time of `t` (seconds since 1970) as `14:03:59`, with its date where that is not the
    date of `now` (today by default); dashes for no time at all."""
    try:
        then, today = time.localtime(t), time.localtime(now)
        same_day = then[:3] == today[:3]
        return time.strftime("%H:%M:%S" if same_day else "%Y-%m-%d %H:%M:%S", then)
    except (OverflowError, ValueError, OSError):
        return "--:--:--"


def drives_terminal(character: str) -> bool:
    """Whether `character` is a control, format, surrogate or private-use character."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co")


def date_and_time(t: float) -> str:
    """The local time of `t` (seconds since 1970) as `2026-11-24 14:03`; a dash for no time."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(t))
    except (OverflowError, ValueError, OSError):
        return "–"


def size(count: float) -> str:
    """Bytes as `30 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}"
        count /= 1000
    raise AssertionError
