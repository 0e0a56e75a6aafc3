"""`edgechaos-tui paper …`: the paper's figures, reproduced and judged.

The signature only: what does the work imports numpy, and the app's first paint must not.
"""

from pathlib import Path
from typing import Annotated

import typer

from edgechaos_tui.cli.options import CalmOption

_FIGURES = ("fig1b", "fig2", "fig3", "fig4", "fig5", "fig6", "relu-adam")
_SCALES = ("quick", "full")
_ENDINGS = (".svg", ".png", ".pdf")


def paper(
    context: typer.Context,
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help=", ".join(_FIGURES))],
    scale: Annotated[
        str,
        typer.Option("--scale", help="quick: under two hours on two cores; full: the paper's size"),
    ] = "quick",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="draw to FILE.svg, .png or .pdf")
    ] = None,
    no_run: Annotated[
        bool, typer.Option("--no-run", help="judge what is there; train and compute nothing")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="train without asking")] = False,
    show: Annotated[
        bool, typer.Option("--open", help="then put the runs side by side in the app")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="print JSON and nothing else")] = False,
    sessions: Annotated[str | None, typer.Option("--sessions", metavar="DIR")] = None,
    calm: CalmOption = False,
) -> None:
    """Reproduce a figure of the paper and judge it: published value, the law's, ours.

    Takes the sessions that are there, the reference sessions among them; trains what is missing as
    a sweep that can be interrupted and taken up again by the same command. Exits with 1 when
    something that could be judged fails.
    """
    if figure not in _FIGURES:
        raise typer.BadParameter(f"{figure!r} is none of {', '.join(_FIGURES)}")
    if scale not in _SCALES:
        raise typer.BadParameter(f"--scale: {scale!r} is neither quick nor full")
    if output is not None and output.suffix not in _ENDINGS:
        raise typer.BadParameter(f"-o: {output.name} does not end in {', '.join(_ENDINGS)}")
    if show and json:
        raise typer.BadParameter("choose one of --open, --json")
    from edgechaos_tui.cli.output import paper as paper_output
    from edgechaos_tui.cli.output import paper_reproduce as paper_runs
    from edgechaos_tui.cli.output.paper_train import Asked
    from edgechaos_tui.export.figures import paper as paper_figures
    from edgechaos_tui.open import require_terminal
    from engine.storage.session.session import sessions_folder

    if output is not None:
        paper_figures.require()
    if show:
        require_terminal()
    root = sessions_folder(sessions or context.obj)
    asked = Asked(root, figure, scale, no_run=no_run, yes=yes)
    made = paper_runs.reproduce(asked)
    print(paper_output.as_json(made.card) if json else paper_output.as_text(made.card))
    if output is not None:
        paper_figures.draw(made, output)
    if show:
        paper_runs.open_runs(root, made, calm=calm)
    elif made.sessions and not json:
        paper_output.print_hint(made.recipe)
    if not made.card.passed:
        raise typer.Exit(1)
