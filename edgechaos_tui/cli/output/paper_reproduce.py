"""Making a figure of the paper: the sessions that are there, the runs that are not, the judging."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from edgechaos_tui.cli.output import paper_train as paper_training
from edgechaos_tui.cli.output import theory as theory_output
from edgechaos_tui.cli.output.paper_train import Asked
from edgechaos_tui.paper import evidence
from edgechaos_tui.paper import judge as figure
from edgechaos_tui.paper.evidence import Evidence, FigureSessions
from edgechaos_tui.paper.recipes import Recipe, Scale, recipe
from edgechaos_tui.paper.scorecard import Scorecard
from edgechaos_tui.presentation.compare.comparison import MOST
from edgechaos_tui.workers import phase_diagram as diagrams
from engine.storage.session.session import Session, SessionError, with_references
from engine.theory.phase_diagram.file import PhaseDiagram, cache_path, default_parameters, load

_FULL_N: Final = 10_000
"""Units of the paper's own diagram."""


@dataclass(frozen=True)
class Made:
    """A figure with what it is made of: sessions, or for Fig. 1b diagrams."""

    recipe: Recipe
    card: Scorecard
    found: FigureSessions
    diagrams: Sequence[PhaseDiagram] = ()

    @property
    def sessions(self) -> list[Evidence]:
        """One session for each run that is there, each once, in the recipe's order."""
        served = (self.found.of(run) for run in (*self.recipe.runs, *self.recipe.left_out))
        return list({one.session.name: one for seeds in served for one in seeds}.values())


def reproduce(asked: Asked) -> Made:
    """Train what is missing, if that is wished, and judge the whole. Raises SessionError.

    Raises typer.Exit where Ctrl-C ended the waiting; the runs go on.
    """
    wanted = recipe(asked.figure, cast("Scale", asked.scale))
    if asked.figure == "fig1b":
        return _diagrams(wanted, asked)
    found = evidence.find(wanted, with_references(asked.root))
    lacking = evidence.missing(wanted, found)
    while lacking and not asked.no_run and paper_training.agreed(asked, lacking):
        taken_up = paper_training.train(asked, lacking)
        found = evidence.find(wanted, with_references(asked.root))
        lacking = evidence.missing(wanted, found)
        if not taken_up:
            break
    return Made(wanted, figure.scorecard(wanted, found), found)


def open_runs(root: Path, made: Made, *, calm: bool = False) -> None:
    """Put at most eight of the runs side by side in the app; a single one opens alone."""
    sessions = _spread([one.session for one in made.sessions])
    if not sessions:
        raise SessionError(f"there is no run of {made.recipe.figure} to open")
    from edgechaos_tui.app import EdgeChaosApp
    from edgechaos_tui.open import open_app

    if len(sessions) == 1:
        open_app(root, session=sessions[0].name, calm=calm)
    else:
        EdgeChaosApp(root, comparison=sessions, axis=made.recipe.axis, calm=calm).run()


def _spread(sessions: list[Session]) -> list[Session]:
    """At most as many as can be compared, evenly over the list."""
    if len(sessions) <= MOST:
        return sessions
    step = (len(sessions) - 1) / (MOST - 1)
    return [sessions[round(i * step)] for i in range(MOST)]


def _diagrams(wanted: Recipe, asked: Asked) -> Made:
    n = _FULL_N if asked.scale == "full" else default_parameters("tanh").n
    computed = []
    for activation in ("tanh", "relu"):
        parameters = default_parameters(activation, n=n)
        path = cache_path(parameters, diagrams.cache_folder())
        if not path.exists() and not asked.no_run:
            theory_output.compute(parameters)
        if path.exists():
            computed.append(load(path))
    return Made(wanted, figure.diagram_scorecard(wanted, computed), FigureSessions(), computed)
