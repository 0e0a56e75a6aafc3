"""`edgechaos-tui paper`: the paper's figures, reproduced and judged."""

import re
from typing import Annotated

import typer

from edgechaos_tui.cli.options import (
    FIGURE_ENDINGS,
    CalmOption,
    FigureOption,
    JsonOption,
    SessionsOption,
    root_of,
)

_FIGURES = ("fig1b", "fig2", "fig3", "fig4", "fig5", "fig6", "relu-adam")
_ALL = (*_FIGURES, "all", "hold")
_SCALES = ("quick", "full")


def paper(
    context: typer.Context,
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help=f"one of {', '.join(_ALL)}")],
    scale: Annotated[
        str,
        typer.Option(
            "--scale",
            metavar="SCALE",
            help="quick: less than two hours a figure on two cores; full: the paper's own size",
        ),
    ] = "quick",
    output: FigureOption = None,
    no_run: Annotated[
        bool, typer.Option("--no-run", help="judge the existing sessions only; train nothing")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="train without asking first")] = False,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget",
            metavar="TIME",
            help="train only what fits into this time, the quickest runs first: 3h, 90m, 1h30m",
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="open the runs in the app at the end")] = (
        False
    ),
    json: JsonOption = False,
    sessions: SessionsOption = None,
    calm: CalmOption = False,
) -> None:
    """Reproduce a figure of the paper, and compare our values with the published ones.

    Prints a scorecard with one line for each statement of the paper: the published value, the slope
    law's, ours, and the verdict. Exits with 1 when a line fails.

    Existing sessions that are runs of the figure count, reference sessions included. Missing runs
    are trained as a sweep; when that is interrupted, the same command resumes it.

    `hold` is no figure of the paper: it compares test loss and accuracy of runs whose J² is held
    below, at and beyond the edge with those of runs of a fixed λ. `all` stands for the paper's own
    figures.
    """
    if figure not in _ALL:
        raise typer.BadParameter(f"{figure!r} is not one of {', '.join(_ALL)}")
    if scale not in _SCALES:
        raise typer.BadParameter(f"--scale: {scale!r} is neither quick nor full")
    if output is not None and output.suffix not in FIGURE_ENDINGS:
        raise typer.BadParameter(f"-o: {output.name} does not end in {', '.join(FIGURE_ENDINGS)}")
    if figure == "all" and (output is not None or show):
        raise typer.BadParameter("-o and --open take one figure, not all")
    seconds = _seconds(budget)
    if show and json:
        raise typer.BadParameter("choose one of --open, --json")
    from edgechaos_tui.cli.output import paper as output_text
    from edgechaos_tui.cli.output import paper_reproduce
    from edgechaos_tui.cli.output.paper_train import PaperRequest
    from edgechaos_tui.export.figures import paper as paper_figures
    from edgechaos_tui.open import require_terminal

    if output is not None:
        paper_figures.require()
    if show:
        require_terminal()
    root = root_of(context, sessions)
    request = PaperRequest(root, figure, scale, no_run=no_run, yes=yes, budget=seconds)
    reproductions = paper_reproduce.reproduce(request)
    cards = [reproduction.card for reproduction in reproductions]
    print(output_text.as_json(cards) if json else output_text.as_page(cards))
    if output is not None:
        paper_figures.draw(reproductions[0], output)
    if show:
        paper_reproduce.open_runs(root, reproductions[0], calm=calm)
    elif reproductions[0].sessions and not json:
        output_text.print_hint(reproductions[0].recipe)
    if not all(card.passed for card in cards):
        raise typer.Exit(1)


def _seconds(budget: str | None) -> float | None:
    """The seconds of `--budget`. Raises typer.BadParameter for an invalid time."""
    if budget is None:
        return None
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?", budget.strip())
    seconds = (
        sum(int(n or 0) * unit for n, unit in zip(match.groups(), (3600, 60), strict=True))
        if match
        else 0
    )
    if not seconds:
        raise typer.BadParameter(f"--budget: {budget!r} is not a time such as 3h, 90m or 1h30m")
    return float(seconds)
