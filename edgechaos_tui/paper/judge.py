"""The scorecard of a figure, judged by the sessions at hand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from edgechaos_tui.paper.evidence import Evidence, FigureSessions
from edgechaos_tui.paper.judges import collapse, holding, single_run, slopes, weight_decay
from edgechaos_tui.paper.judges.phase_diagram import judge as judge_diagram
from edgechaos_tui.paper.recipes import Recipe
from edgechaos_tui.paper.scorecard import Scorecard, ScorecardLine
from engine.theory.phase_diagram.file import PhaseDiagram

_JUDGES: Final[dict[str, Callable[[Recipe, FigureSessions], list[ScorecardLine]]]] = {
    "fig2": single_run.judge,
    "fig3": slopes.judge,
    "fig4": collapse.judge,
    "fig5": collapse.judge,
    "fig6": weight_decay.judge,
    "relu-adam": weight_decay.judge,
    "hold": holding.judge,
}
_SEEDS: Final = (
    "where the λ have different seeds, the best is the one of the best mean with each seed's own "
    "effect removed"
)
_NOTES: Final = {
    "fig1b": ["share of the points whose asymptotic distance is below 1e-3 or above 0.1"],
    "fig3": [
        "A: least-squares line through J² of all epochs before the first with J² ≥ 1; window: "
        "these epochs; law: c·η/((1−α)B) at the paper's c = 11; where not varied, η 0.01, α 0, B 32"
    ],
    "fig4": [
        "apart: highest minus lowest curve; of J² relative to the rise of their mean; beyond the "
        "edge: among those of the runs that reach the epoch, at least two"
    ],
    "fig5": ["apart: highest minus lowest J², relative to the rise of their mean"],
    "fig6": [
        "law, for J²: c/(4λS), where it would settle by its early growth; "
        "accuracy: of the test images, mean over the last tenth of the epochs",
        _SEEDS,
    ],
    "relu-adam": [
        "for Adam there is no law; accuracy: of the test images, mean over the last tenth of the "
        "epochs",
        _SEEDS,
    ],
    "hold": [
        f"farthest: from {holding.SETTLED_AFTER} epochs after J² first came within "
        f"{holding.NEAR:g} of its target; loss and accuracy: means over the last tenth of the "
        "epochs that all runs have"
    ],
}


@dataclass(frozen=True)
class Reproduction:
    """A judged figure, with the sessions it is made of; for Fig. 1b, the phase diagrams."""

    recipe: Recipe
    card: Scorecard
    figure_sessions: FigureSessions
    diagrams: Sequence[PhaseDiagram] = ()

    @property
    def sessions(self) -> list[Evidence]:
        """The sessions that serve the recipe's runs, each once, in the recipe's order."""
        served = (
            self.figure_sessions.of(run) for run in (*self.recipe.runs, *self.recipe.left_out)
        )
        return list(
            {evidence.session.name: evidence for seeds in served for evidence in seeds}.values()
        )


def scorecard(recipe: Recipe, figure_sessions: FigureSessions) -> Scorecard:
    """The scorecard of a figure made of runs."""
    return _card(recipe, _JUDGES[recipe.figure](recipe, figure_sessions))


def diagram_scorecard(recipe: Recipe, diagrams: Iterable[PhaseDiagram]) -> Scorecard:
    """The scorecard of Fig. 1b."""
    lines = [line for diagram in diagrams for line in judge_diagram(diagram)]
    return _card(recipe, lines or [ScorecardLine(what="phase diagram", reason="not computed")])


def _card(recipe: Recipe, lines: list[ScorecardLine]) -> Scorecard:
    return Scorecard(
        figure=recipe.figure,
        title=recipe.title,
        scale=recipe.scale,
        lines=lines,
        notes=_NOTES.get(recipe.figure, []),
    )
