"""The runs of one setting, over all its seeds, at the epochs that all runs of a figure have."""

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
        """The names of the sessions."""
        return [evidence.session.name for evidence in self.present]

    @property
    def seeds(self) -> list[int]:
        """The seeds of the sessions, in the same order."""
        return [evidence.seed for evidence in self.present]

    @property
    def end(self) -> int:
        """The last epoch that all its seeds have."""
        return min(evidence.epochs for evidence in self.present)

    def j2(self, epoch: int) -> list[float]:
        """J² after `epoch`, one value per seed."""
        return [float(evidence.j2[epoch]) for evidence in self.present]

    def final(self, metric: str) -> list[float]:
        """`metric` at the end, one value per seed: the mean over the last tenth of the epochs."""
        return [
            float(evidence.state.metric(metric)[self._final].mean()) for evidence in self.present
        ]

    def final_j2(self) -> list[float]:
        """The mean of J² over the same epochs, one value per seed."""
        return [float(evidence.j2[self._final].mean()) for evidence in self.present]

    def best(self, metric: str, best: Callable[[NDArray[np.float64]], float]) -> list[float]:
        """The best value of `metric` up to the last common epoch, one per seed."""
        return [
            float(best(evidence.state.metric(metric)[: self.common + 1]))
            for evidence in self.present
        ]

    @property
    def final_window(self) -> str:
        """The epochs of `final`, in words."""
        return f"{last_tenth(self.common)}–{self.common}"

    @property
    def _final(self) -> NDArray[np.int64]:
        return np.arange(last_tenth(self.common), self.common + 1)


def last_tenth(end: int) -> int:
    """The first epoch of the last tenth of the epochs up to `end`, or of the last five if more."""
    return end - max(5, end // 10)


def runs_and_gaps(
    recipe: Recipe, sessions: FigureSessions
) -> tuple[list[SettingRuns], list[ScorecardLine]]:
    """The settings of `recipe` that have sessions, and a line for each of the others."""
    firsts = [runs[0] for runs in recipe.settings.values()]
    present = [(run, sessions.of(run)) for run in firsts if sessions.of(run)]
    absent = [
        ScorecardLine(what=run.label, reason=sessions.why_not(run, recipe))
        for run in firsts
        if not sessions.of(run)
    ]
    common = min((evidence.epochs for _, seeds in present for evidence in seeds), default=0)
    return [SettingRuns(run, seeds, common) for run, seeds in present], absent
