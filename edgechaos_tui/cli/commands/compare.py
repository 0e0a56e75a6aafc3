"""`edgechaos-tui compare …`: sessions side by side, on the screen, as a table or a figure.

The signature only: what does the work imports numpy, and the app's first paint must not.
"""

import sys
from typing import Annotated

import typer

from edgechaos_tui.cli.options import (
    FIGURE_ENDINGS,
    AtOption,
    CalmOption,
    FigureOption,
    JsonOption,
    PausedOption,
    SessionsOption,
    SpeedOption,
    replay_start,
    root_of,
)

_AXES = ("epoch", "step", "tau", "time")


def compare(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="SESSION...", help="2 to 8 sessions")],
    x: Annotated[
        str,
        typer.Option(
            "--x",
            help="horizontal axis: epoch, step (of recorded runs), tau (τ = Σ η/((1−α)B)) or time "
            "(s of training)",
        ),
    ] = "epoch",
    reference: Annotated[
        str | None,
        typer.Option("--reference", help="the session with which the others are compared"),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="show all hyperparameters, not only those that differ")
    ] = False,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="one row per session, full precision")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="a Markdown table")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="a LaTeX tabular")] = False,
    output: FigureOption = None,
    at: AtOption = None,
    speed: SpeedOption = None,
    paused: PausedOption = False,
    sessions: SessionsOption = None,
    calm: CalmOption = False,
) -> None:
    """Put 2 to 8 sessions side by side: on the screen, or as a table or a figure.

    With --at, --speed or --paused the screen begins with a replay of all of them together.
    """
    if x not in _AXES:
        raise typer.BadParameter(f"--x: {x!r} is not one of {', '.join(_AXES)}")
    form = _one_of(json=json, csv=csv, markdown=markdown, latex=latex)
    if output is not None and output.suffix not in FIGURE_ENDINGS:
        raise typer.BadParameter(f"-o: {output.name} does not end in {', '.join(FIGURE_ENDINGS)}")
    if reference is not None and reference not in names:
        raise typer.BadParameter(f"--reference: {reference} is not among the sessions compared")
    from edgechaos_tui.export import comparison
    from engine.storage.session.session import open_session

    root = root_of(context, sessions)
    compared = [open_session(root, name) for name in names]
    replay = replay_start(compared, at, speed, paused=paused)
    on_screen = form is None and output is None and _on_a_terminal()
    if replay is not None and not on_screen:
        raise typer.BadParameter("--at, --speed and --paused: a table or a figure has no replay")
    if on_screen:
        comparison.check(compared)
        from edgechaos_tui.open import open_app

        open_app(root, comparison=compared, axis=x, replay=replay, calm=calm)
        return
    members = comparison.read_members(compared)
    if output is not None:
        comparison.draw(members, x, output)
    if form is not None or output is None:
        at = names.index(reference) if reference is not None else None
        print(comparison.rendered(members, x, form or "text", reference=at, every=every))


def _on_a_terminal() -> bool:
    # Textual paints on stderr.
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _one_of(**chosen: bool) -> str | None:
    forms = [name for name, wanted in chosen.items() if wanted]
    if len(forms) > 1:
        raise typer.BadParameter(f"choose one of {', '.join('--' + form for form in forms)}")
    return forms[0] if forms else None
