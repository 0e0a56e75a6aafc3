"""The seeds of one setting among the runs of a figure, read at the epochs that all runs have."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgechaos_tui.paper.evidence import Evidence, FigureSessions
from edgechaos_tui.paper.recipes import Recipe, RecipeRun
from edgechaos_tui.paper.scorecard import ScorecardLine


@dataclass(frozen=True)
class SettingRuns:
    """All seeds of one setting. common: the last epoch that every run of the figure has."""

    run: RecipeRun
    present: Sequence[Evidence]
    common: int

    @property
    def names(self) -> list[str]:
        """Of the sessions."""
        return [one.session.name for one in self.present]

    @property
    def end(self) -> int:
        """The last epoch that all its seeds have."""
        return min(one.epochs for one in self.present)

    def j2(self, epoch: int) -> list[float]:
        """J² after `epoch`, one a seed."""
        return [float(one.j2[epoch]) for one in self.present]

    def final(self, metric: str) -> list[float]:
        """`metric` at the end, one a seed: a mean over a tenth of the epochs, as single ones
        scatter."""
        return [float(one.state.metric(metric)[self._final].mean()) for one in self.present]

    def final_j2(self) -> list[float]:
        """J² over the same epochs, one a seed."""
        return [float(one.j2[self._final].mean()) for one in self.present]

    def best(self, metric: str, best: Callable[[NDArray[np.float64]], float]) -> list[float]:
        """The best value of `metric` up to the last common epoch, one a seed."""
        return [float(best(one.state.metric(metric)[: self.common + 1])) for one in self.present]

    @property
    def final_window(self) -> str:
        """The epochs of `final`, in words."""
        return f"{last_tenth(self.common)}–{self.common}"

    @property
    def _final(self) -> NDArray[np.int64]:
        return np.arange(last_tenth(self.common), self.common + 1)


def last_tenth(end: int) -> int:
    """The first of the last tenth of the epochs up to `end`, of five at least."""
    return end - max(5, end // 10)


def runs_and_gaps(
    asked: Recipe, found: FigureSessions
) -> tuple[list[SettingRuns], list[ScorecardLine]]:
    """The settings of `asked` that there are sessions of, and a line for each of the others."""
    firsts = [runs[0] for runs in asked.settings.values()]
    present = [(run, found.of(run)) for run in firsts if found.of(run)]
    absent = [
        ScorecardLine(what=run.label, reason=found.why_not(run, asked))
        for run in firsts
        if not found.of(run)
    ]
    common = min((one.epochs for _, seeds in present for one in seeds), default=0)
    return [SettingRuns(run, seeds, common) for run, seeds in present], absent
