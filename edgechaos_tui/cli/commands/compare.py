"""`edgechaos-tui compare`: sessions side by side, on the screen, as a table or a figure."""

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
    names: Annotated[
        list[str], typer.Argument(metavar="SESSION", help="the names of 2 to 8 sessions")
    ],
    x: Annotated[
        str,
        typer.Option(
            "--x",
            help="horizontal axis: epoch, step (recorded runs), tau (rescaled time "
            "τ = Σ η/((1−α)B)) or time (seconds of training)",
        ),
    ] = "epoch",
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference", metavar="SESSION", help="show the others' differences from this session"
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="show all hyperparameters, not only those that differ")
    ] = False,
    json: JsonOption = False,
    csv: Annotated[
        bool, typer.Option("--csv", help="print CSV: one row per session, in full precision")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="print a Markdown table")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="print a LaTeX tabular")] = False,
    output: FigureOption = None,
    at: AtOption = None,
    speed: SpeedOption = None,
    paused: PausedOption = False,
    sessions: SessionsOption = None,
    calm: CalmOption = False,
) -> None:
    """Compare 2 to 8 sessions: in the app on a terminal, else as a table or a figure.

    With --at, --speed or --paused the app replays all of them together.
    """
    if x not in _AXES:
        raise typer.BadParameter(f"--x: {x!r} is not one of {', '.join(_AXES)}")
    table_form = _table_form(json=json, csv=csv, markdown=markdown, latex=latex)
    if output is not None and output.suffix not in FIGURE_ENDINGS:
        raise typer.BadParameter(f"-o: {output.name} does not end in {', '.join(FIGURE_ENDINGS)}")
    if reference is not None and reference not in names:
        raise typer.BadParameter(f"--reference: {reference} is not among the sessions compared")
    from edgechaos_tui.export import comparison
    from engine.storage.session.session import open_session

    root = root_of(context, sessions)
    targets = [open_session(root, name) for name in names]
    replay = replay_start(targets, at, speed, paused=paused)
    on_screen = table_form is None and output is None and _on_a_terminal()
    if replay is not None and not on_screen:
        raise typer.BadParameter("--at, --speed and --paused: a table or a figure has no replay")
    if on_screen:
        comparison.check(targets)
        from edgechaos_tui.open import open_app

        open_app(root, comparison=targets, axis=x, replay=replay, calm=calm)
        return
    members = comparison.read_members(targets)
    if output is not None:
        comparison.draw(members, x, output)
    if table_form is not None or output is None:
        at = names.index(reference) if reference is not None else None
        print(comparison.rendered(members, x, table_form or "text", reference=at, every=every))


def _on_a_terminal() -> bool:
    # Textual paints on stderr.
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _table_form(**flags: bool) -> str | None:
    names = [name for name, is_set in flags.items() if is_set]
    if len(names) > 1:
        raise typer.BadParameter(f"choose one of {', '.join('--' + form for form in names)}")
    return names[0] if names else None
