"""Making the figures of the paper: the sessions at hand, the missing runs, the judging."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

from edgechaos_tui.cli.output import paper_train, theory
from edgechaos_tui.cli.output.paper_train import Asked
from edgechaos_tui.control import launcher
from edgechaos_tui.paper import evidence, judge
from edgechaos_tui.paper.evidence import FigureSessions
from edgechaos_tui.paper.judge import Reproduction
from edgechaos_tui.paper.recipes import FIGURES, Recipe, RecipeRun, Scale, recipe
from edgechaos_tui.presentation.compare.comparison import MOST
from engine.storage.errors import SessionError
from engine.storage.session.session import Session, with_references
from engine.theory.phase_diagram.file import cache_path, default_parameters, load

_FULL_N: Final = 10_000
"""Units of the paper's own diagram."""


def reproduce(asked: Asked) -> list[Reproduction]:
    """Train what is missing of the figure, or of all, if that is wished, and judge each.

    Raises SessionError, and typer.Exit where Ctrl-C ended the waiting; the runs go on.
    """
    figures = FIGURES if asked.figure == "all" else (asked.figure,)
    recipes = [recipe(figure, cast("Scale", asked.scale)) for figure in figures]
    _train_missing(asked, [one for one in recipes if one.figure != "fig1b"])
    return [
        _diagrams(one, asked) if one.figure == "fig1b" else _judged(one, asked) for one in recipes
    ]


def _train_missing(asked: Asked, recipes: Sequence[Recipe]) -> None:
    """Train until nothing is missing, or nobody wants more to be trained."""
    lacking = _missing(asked, recipes)
    while lacking and not asked.no_run and (chosen := paper_train.agreed(asked, lacking)):
        if not paper_train.train(asked, chosen):
            return
        # What an earlier call began has been trained; it need not have been all.
        lacking = _missing(asked, recipes)


def _missing(asked: Asked, recipes: Sequence[Recipe]) -> list[RecipeRun]:
    """What the recipes lack, a run that serves several of them once."""
    sessions = with_references(asked.root)
    runs = [run for one in recipes for run in evidence.missing(one, evidence.find(one, sessions))]
    return list({(run.setting, run.hyperparameters.seed): run for run in reversed(runs)}.values())


def _judged(wanted: Recipe, asked: Asked) -> Reproduction:
    found = evidence.find(wanted, with_references(asked.root))
    return Reproduction(wanted, judge.scorecard(wanted, found), found)


def open_runs(root: Path, reproduction: Reproduction, *, calm: bool = False) -> None:
    """Put at most eight of the runs side by side in the app; a single one opens alone."""
    sessions = _spread([one.session for one in reproduction.sessions])
    if not sessions:
        raise SessionError(f"there is no run of {reproduction.recipe.figure} to open")
    from edgechaos_tui.open import open_app

    if len(sessions) == 1:
        open_app(root, session=sessions[0].name, calm=calm)
    else:
        open_app(root, comparison=sessions, axis=reproduction.recipe.axis, calm=calm)


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
            theory.compute(parameters)
        if path.exists():
            computed.append(load(path))
    return Reproduction(
        wanted, judge.diagram_scorecard(wanted, computed), FigureSessions(), computed
    )
