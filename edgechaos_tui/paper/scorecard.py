"""The scorecard of a figure: one line for each statement of the paper and each measured value."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

Verdict = Literal["pass", "fail", "open", "measured"]
"""open: the paper states something that the sessions at hand cannot judge. measured: a value of
ours for which the paper states nothing."""
Source = Literal["", "text", "figure", "script"]
"""Where a published value stands: in the paper's text, in one of its figures (read off by eye), or
in the code that its authors published with it."""


class ScorecardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the paper says, and what the runs say of it.

    published: the paper's value or its words; source: where they stand; law: the value by the law,
    c ≈ 11; ours: ours, the mean where several seeds were trained; spread: their standard deviation
    (n − 1); note: words for `ours` where no number says it; window: the epochs it was taken over;
    reason: why nothing is judged, in words; tolerance: what counts as a pass, in words.
    """

    what: str
    published: float | str | None = None
    source: Source = ""
    law: float | None = None
    ours: float | None = None
    spread: float | None = None
    seeds: int = 0
    note: str = ""
    window: str = ""
    tolerance: str = ""
    verdict: Verdict = "open"
    reason: str = ""
    sessions: list[str] = []

    @property
    def difference(self) -> float | None:
        """How far ours lies from the published number, relative to it."""
        if self.ours is None or not isinstance(self.published, float):
            return None
        return self.ours / self.published - 1


class Scorecard(msgspec.Struct, frozen=True, kw_only=True):
    """All lines of a figure at a scale, with what holds for all of them as `notes`."""

    figure: str
    title: str
    scale: str
    lines: list[ScorecardLine]
    notes: list[str] = []

    @property
    def passed(self) -> bool:
        """Whether all that could be judged passed."""
        return not any(line.verdict == "fail" for line in self.lines)

    def count(self, verdict: Verdict) -> int:
        """How many lines have this verdict."""
        return sum(line.verdict == verdict for line in self.lines)


def judged(within: bool) -> Verdict:
    """The verdict of something that could be judged."""
    return "pass" if within else "fail"


def measured(
    what: str,
    values: Sequence[float],
    sessions: Sequence[str],
    within: Callable[[float], bool] | None = None,
    **rest: Any,
) -> ScorecardLine:
    """A line for what was measured in `sessions`, one value a seed; `within` judges their mean."""
    ours, spread = mean_and_spread(values)
    verdict: Verdict = "measured" if rest.get("published") is None else "open"
    return ScorecardLine(
        what=what,
        ours=ours,
        spread=spread,
        seeds=len(values),
        sessions=list(sessions),
        verdict=verdict if within is None else judged(within(ours)),
        **rest,
    )


def mean_and_spread(values: Sequence[float]) -> tuple[float, float | None]:
    """The mean over seeds, and their standard deviation where there are at least two."""
    mean = statistics.fmean(values)
    return mean, statistics.stdev(values) if len(values) > 1 else None
