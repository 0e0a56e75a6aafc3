"""Measured figures with their goals, as a table for the terminal and one for the documents."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_HEADS = ("measured", "median", "spread", "goal", "met")


@dataclass(frozen=True)
class Figure:
    """One measurement: its median and the quarters of its samples, in `unit`.

    goal: what the median is held against, None for a figure that only informs; better: which
    side of the goal is good.
    """

    what: str
    unit: str
    median: float
    low: float
    high: float
    goal: float | None = None
    better: Literal["below", "above"] = "below"

    @property
    def met(self) -> str:
        """ "yes", "no", or "" where there is no goal."""
        if self.goal is None:
            return ""
        good = self.median <= self.goal if self.better == "below" else self.median >= self.goal
        return "yes" if good else "no"

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        sign = "≤" if self.better == "below" else "≥"
        goal = "" if self.goal is None else f"{sign} {_brief(self.goal)} {self.unit}".rstrip()
        median = f"{_brief(self.median)} {self.unit}".rstrip()
        return self.what, median, f"{_brief(self.low)}–{_brief(self.high)}", goal, self.met


def figure(
    what: str,
    samples: Sequence[float],
    unit: str = "",
    goal: float | None = None,
    better: Literal["below", "above"] = "below",
) -> Figure:
    """The figure of `samples`: median, and first and third quartile."""
    low, median, high = (
        statistics.quantiles(samples, n=4, method="inclusive")
        if len(samples) > 1
        else [samples[0]] * 3
    )
    return Figure(what, unit, median, low, high, goal, better)


def percentile_95(
    what: str, samples: Sequence[float], unit: str = "", goal: float | None = None
) -> Figure:
    """The 95th percentile of `samples` in the median's place, between the least and the most."""
    value = statistics.quantiles(samples, n=20, method="inclusive")[-1]
    return Figure(f"{what}, 95th percentile", unit, value, min(samples), max(samples), goal)


def ratios(
    what: str,
    upper: Sequence[float],
    lower: Sequence[float],
    goal: float | None = None,
    better: Literal["below", "above"] = "below",
) -> Figure:
    """The ratios of neighbours in an alternation: what disturbs one disturbs the other too."""
    return figure(what, [a / b for a, b in zip(upper, lower, strict=True)], "×", goal, better)


def text(figures: Sequence[Figure]) -> str:
    """A table for the terminal."""
    rows = [_HEADS, *(row.cells() for row in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def markdown(figures: Sequence[Figure]) -> str:
    """A table for the README."""
    rows = [_HEADS, ("---",) * len(_HEADS), *(row.cells() for row in figures)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _brief(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
