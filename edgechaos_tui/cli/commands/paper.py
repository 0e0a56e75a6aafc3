"""`edgechaos-tui paper …`: the paper's figures, reproduced and judged.

The signature only: what does the work imports numpy, and the app's first paint must not.
"""

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
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help=", ".join(_ALL))],
    scale: Annotated[
        str,
        typer.Option("--scale", help="quick: under two hours on two cores; full: the paper's size"),
    ] = "quick",
    output: FigureOption = None,
    no_run: Annotated[
        bool, typer.Option("--no-run", help="judge the sessions at hand; train and compute nothing")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="train without asking")] = False,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget",
            metavar="TIME",
            help="train what fits into this time, the quickest runs first: 3h, 90m, 1h30m",
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="then compare the runs in the app")] = False,
    json: JsonOption = False,
    sessions: SessionsOption = None,
    calm: CalmOption = False,
) -> None:
    """Reproduce a figure of the paper and judge it: published value, the law's, ours.

    hold is no figure of the paper but its question: test loss and accuracy of runs whose J² is held
    below, at and beyond the edge, beside runs of a fixed λ.

    Takes the sessions at hand, the reference sessions among them; trains what is missing as a sweep
    that can be interrupted and resumed by the same command. Exits with 1 when something that could
    be judged fails.
    """
    if figure not in _ALL:
        raise typer.BadParameter(f"{figure!r} is none of {', '.join(_ALL)}")
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
    from edgechaos_tui.cli.output.paper_train import Asked
    from edgechaos_tui.export.figures import paper as paper_figures
    from edgechaos_tui.open import require_terminal

    if output is not None:
        paper_figures.require()
    if show:
        require_terminal()
    root = root_of(context, sessions)
    asked = Asked(root, figure, scale, no_run=no_run, yes=yes, budget=seconds)
    figures = paper_reproduce.reproduce(asked)
    cards = [one.card for one in figures]
    print(output_text.as_json(cards) if json else output_text.as_page(cards))
    if output is not None:
        paper_figures.draw(figures[0], output)
    if show:
        paper_reproduce.open_runs(root, figures[0], calm=calm)
    elif figures[0].sessions and not json:
        output_text.print_hint(figures[0].recipe)
    if not all(card.passed for card in cards):
        raise typer.Exit(1)


def _seconds(budget: str | None) -> float | None:
    """The time that `--budget` says. Raises BadParameter for what is no time."""
    if budget is None:
        return None
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?", budget.strip())
    seconds = (
        sum(int(n or 0) * unit for n, unit in zip(match.groups(), (3600, 60), strict=True))
        if match
        else 0
    )
    if not seconds:
        raise typer.BadParameter(f"--budget: {budget!r} is no time such as 3h, 90m or 1h30m")
    return float(seconds)
