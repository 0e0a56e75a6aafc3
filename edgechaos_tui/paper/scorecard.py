"""The scorecard of a figure: one line for each statement of the paper and each measured value."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

Verdict = Literal["pass", "fail", "open", "measured"]
"""open: a statement of the paper that the sessions at hand cannot judge. measured: a value of ours
without a statement of the paper."""
Source = Literal["", "text", "figure", "script"]
"""The source of a published value: the paper's text, one of its figures (read off by eye), or the
script that its authors published with it."""


class ScorecardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One statement of the paper, with our value and the verdict.

    published: the paper's value or its words; source: their source; law: the value by the slope law
    with c = 11; ours: our value, the mean over seeds; spread: their standard deviation (n − 1);
    note: words instead of `ours` when it is no number; window: the epochs of the measurement;
    reason: why nothing is judged; tolerance: the condition of a pass, in words.
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
        """Our value's deviation from the published number, relative to it; None without one."""
        if self.ours is None or not isinstance(self.published, float):
            return None
        return self.ours / self.published - 1


class Scorecard(msgspec.Struct, frozen=True, kw_only=True):
    """All lines of a figure at one scale. notes: sentences that concern several lines."""

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
        """The number of lines with this verdict."""
        return sum(line.verdict == verdict for line in self.lines)


def judged(within: bool) -> Verdict:
    """The verdict of a line that could be judged."""
    return "pass" if within else "fail"


def measured(
    what: str,
    values: Sequence[float],
    sessions: Sequence[str],
    within: Callable[[float], bool] | None = None,
    **fields: Any,
) -> ScorecardLine:
    """A line for `values`, one per seed, measured in `sessions`; `within` judges their mean.

    fields: other fields of `ScorecardLine`.
    """
    ours, spread = mean_and_spread(values)
    verdict: Verdict = "measured" if fields.get("published") is None else "open"
    return ScorecardLine(
        what=what,
        ours=ours,
        spread=spread,
        seeds=len(values),
        sessions=list(sessions),
        verdict=verdict if within is None else judged(within(ours)),
        **fields,
    )


def mean_and_spread(values: Sequence[float]) -> tuple[float, float | None]:
    """The mean over seeds, and their standard deviation where there are at least two."""
    mean = statistics.fmean(values)
    return mean, statistics.stdev(values) if len(values) > 1 else None
