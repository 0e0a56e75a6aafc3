"""`edgechaos-tui open`, `sessions`, `show` and `import`: existing sessions and imported ones."""

from pathlib import Path
from typing import Annotated

import typer

from edgechaos_tui.cli.options import (
    AtOption,
    CalmOption,
    DiagramOption,
    JsonOption,
    OwnNameOption,
    PausedOption,
    QuietOption,
    SessionArgument,
    SessionsOption,
    SpeedOption,
    find_session,
    replay_start,
    root_of,
)


def open_command(
    context: typer.Context,
    session: SessionArgument,
    sessions: SessionsOption = None,
    at: AtOption = None,
    speed: SpeedOption = None,
    paused: PausedOption = False,
    quiet: QuietOption = False,
    calm: CalmOption = False,
    no_diagram: DiagramOption = False,
) -> None:
    """Open the app on a session: live while it trains, else at its end.

    With --at, --speed or --paused it opens as a replay.
    """
    from edgechaos_tui.open import open_app
    from engine.storage.session.recovery import info_to_show

    target = find_session(context, sessions, session)
    info_to_show(target)
    replay = replay_start([target], at, speed, paused=paused)
    open_app(
        root_of(context, sessions),
        session=target.name,
        replay=replay,
        quiet=quiet,
        calm=calm,
        diagram=not no_diagram,
    )


def sessions_command(
    context: typer.Context, sessions: SessionsOption = None, json: JsonOption = False
) -> None:
    """List the sessions, newest first."""
    from edgechaos_tui.cli.output import sessions as output

    output.print_sessions(root_of(context, sessions), json=json)


def show(
    context: typer.Context,
    session: SessionArgument,
    sessions: SessionsOption = None,
    json: JsonOption = False,
    plot: Annotated[
        bool, typer.Option("--plot", help="also print loss, accuracy and J² as text plots")
    ] = False,
) -> None:
    """Show the status, hyperparameters and results of a session, and the law's advice."""
    from edgechaos_tui.cli.output import sessions as output

    target = find_session(context, sessions, session)
    output.print_session(target, json=json, plot=plot)


def import_command(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="a session's folder or .zip; a TensorBoard event file or a folder of them; a CSV "
            "file; a JSON lines file; a trackio database",
        ),
    ],
    session: OwnNameOption = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="NAME=COLUMN",
            help="take COLUMN as NAME: step=iteration, epoch=…, time=…, test_loss=val_nll; step=# "
            "counts the lines; may be repeated (default: by the columns' own names)",
        ),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="keep adding what the other program logs, until Ctrl-C; the same command "
            "continues later",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="only print what would be imported, and as what")
    ] = False,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Import a session from elsewhere, or runs that another program logged.

    PATH is not changed, and nothing in it is executed. A folder of event files or a trackio project
    may hold several runs: each becomes a session. All scalars are imported; anything else is
    listed as left out.
    """
    from edgechaos_tui.cli.output import imports

    imports.import_path(
        root_of(context, sessions),
        path,
        session,
        column or [],
        watch=watch,
        dry_run=dry_run,
        json=json,
    )
