"""The reproduction of the paper's figures: missing runs are trained, and all are judged."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

from edgechaos_tui.cli.output import paper_train, theory
from edgechaos_tui.cli.output.paper_train import PaperRequest
from edgechaos_tui.control import launcher
from edgechaos_tui.paper import evidence, judge
from edgechaos_tui.paper.evidence import FigureSessions
from edgechaos_tui.paper.judge import Reproduction
from edgechaos_tui.paper.recipes import FIGURES, Recipe, RecipeRun, Scale, recipe_of
from edgechaos_tui.presentation.compare.comparison import MOST
from edgechaos_tui.presentation.selection import evenly_spread
from engine.storage.errors import SessionError
from engine.storage.session.session import with_references
from engine.theory.phase_diagram.file import cache_path, default_parameters, load

_FULL_N: Final = 10_000
"""The number of units N of the paper's own diagram."""


def reproduce(request: PaperRequest) -> list[Reproduction]:
    """Judge the requested figure, or all, after training its missing runs on request.

    Raises SessionError, and typer.Exit when Ctrl-C ends the waiting; the runs then continue.
    """
    figures = FIGURES if request.figure == "all" else (request.figure,)
    recipes = [recipe_of(figure, cast("Scale", request.scale)) for figure in figures]
    _train_missing(request, [recipe for recipe in recipes if recipe.figure != "fig1b"])
    return [
        _diagrams(recipe, request) if recipe.figure == "fig1b" else _judged(recipe, request)
        for recipe in recipes
    ]


def _train_missing(request: PaperRequest, recipes: Sequence[Recipe]) -> None:
    """Train until no run is missing, or until the user declines."""
    lacking = _missing(request, recipes)
    while lacking and not request.no_run and (chosen := paper_train.agreed(request, lacking)):
        if not paper_train.train(request, chosen):
            return
        # An earlier sweep was resumed, which may not have had all of these runs.
        lacking = _missing(request, recipes)


def _missing(request: PaperRequest, recipes: Sequence[Recipe]) -> list[RecipeRun]:
    """The missing runs of the recipes; one that serves several of them is listed once."""
    sessions = with_references(request.root)
    runs = [
        run
        for recipe in recipes
        for run in evidence.missing(recipe, evidence.find(recipe, sessions))
    ]
    return list({(run.setting, run.hyperparameters.seed): run for run in reversed(runs)}.values())


def _judged(recipe: Recipe, request: PaperRequest) -> Reproduction:
    sessions = evidence.find(recipe, with_references(request.root))
    return Reproduction(recipe, judge.scorecard(recipe, sessions), sessions)


def open_runs(root: Path, reproduction: Reproduction, *, calm: bool = False) -> None:
    """Open the app on a comparison of at most eight of the runs, or on a single one.

    Raises SessionError when there is none.
    """
    sessions = evenly_spread([evidence.session for evidence in reproduction.sessions], MOST)
    if not sessions:
        raise SessionError(f"there is no run of {reproduction.recipe.figure} to open")
    from edgechaos_tui.open import open_app

    if len(sessions) == 1:
        open_app(root, session=sessions[0].name, calm=calm)
    else:
        open_app(root, comparison=sessions, axis=reproduction.recipe.axis, calm=calm)


def _diagrams(recipe: Recipe, request: PaperRequest) -> Reproduction:
    n = _FULL_N if request.scale == "full" else default_parameters("tanh").n
    computed = []
    for activation in ("tanh", "relu"):
        parameters = default_parameters(activation, n=n)
        path = cache_path(parameters, launcher.diagram_folder())
        if not path.exists() and not request.no_run:
            theory.compute(parameters)
        if path.exists():
            computed.append(load(path))
    return Reproduction(
        recipe, judge.diagram_scorecard(recipe, computed), FigureSessions(), computed
    )
