"""Making a figure of the paper: the sessions that are there, the runs that are not, the judging."""

from pathlib import Path
from typing import Final, cast

from edgechaos_tui.cli.output import paper_train as paper_training
from edgechaos_tui.cli.output import theory as theory_output
from edgechaos_tui.cli.output.paper_train import Asked
from edgechaos_tui.control import launcher
from edgechaos_tui.paper import evidence, judge
from edgechaos_tui.paper.evidence import FigureSessions
from edgechaos_tui.paper.judge import Reproduction
from edgechaos_tui.paper.recipes import Recipe, Scale, recipe
from edgechaos_tui.presentation.compare.comparison import MOST
from engine.storage.session.session import Session, SessionError, with_references
from engine.theory.phase_diagram.file import cache_path, default_parameters, load

_FULL_N: Final = 10_000
"""Units of the paper's own diagram."""


def reproduce(asked: Asked) -> Reproduction:
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
    return Reproduction(wanted, judge.scorecard(wanted, found), found)


def open_runs(root: Path, reproduction: Reproduction, *, calm: bool = False) -> None:
    """Put at most eight of the runs side by side in the app; a single one opens alone."""
    sessions = _spread([one.session for one in reproduction.sessions])
    if not sessions:
        raise SessionError(f"there is no run of {reproduction.recipe.figure} to open")
    from edgechaos_tui.app import EdgeChaosApp
    from edgechaos_tui.open import open_app

    if len(sessions) == 1:
        open_app(root, session=sessions[0].name, calm=calm)
    else:
        EdgeChaosApp(root, comparison=sessions, axis=reproduction.recipe.axis, calm=calm).run()


def _spread(sessions: list[Session]) -> list[Session]:
    """At most as many as can be compared, evenly over the list."""
    if len(sessions) <= MOST:
        return sessions
    step = (len(sessions) - 1) / (MOST - 1)
    return [sessions[round(i * step)] for i in range(MOST)]


def _diagrams(wanted: Recipe, asked: Asked) -> Reproduction:
    n = _FULL_N if asked.scale == "full" else default_parameters("tanh").n
    computed = []
    for activation in ("tanh", "relu"):
        parameters = default_parameters(activation, n=n)
        path = cache_path(parameters, launcher.diagram_folder())
        if not path.exists() and not asked.no_run:
            theory_output.compute(parameters)
        if path.exists():
            computed.append(load(path))
    return Reproduction(
        wanted, judge.diagram_scorecard(wanted, computed), FigureSessions(), computed
    )
