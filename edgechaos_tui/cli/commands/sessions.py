"""`open`, `sessions`, `show`, `import`: look at sessions, and take some in."""

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
    """Open the app on a session: live while it runs, else as it ended.

    With --at, --speed or --paused it opens as a replay, from the first epoch on.
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
    plot: Annotated[bool, typer.Option("--plot", help="loss, accuracy, J² as text plots")] = False,
) -> None:
    """Describe a session: its hyperparameters, its results and its state."""
    from edgechaos_tui.cli.output import sessions as output

    target = find_session(context, sessions, session)
    output.print_session(target, json=json, plot=plot)


def import_command(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="a session's folder or .zip; TensorBoard's event file or a folder of them; a CSV "
            "file; JSON lines; trackio's database",
        ),
    ],
    session: OwnNameOption = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="NAME=COLUMN",
            help="what a column is, where its name does not say it: step=iteration, epoch=…, "
            "time=…, test_loss=val_nll; step=# counts the lines; may be repeated",
        ),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="stay until Ctrl-C, and add what another program logs meanwhile; called again, it "
            "continues where it stopped",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="only say what would be imported, and as what")
    ] = False,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Add a session from someone else, or runs that other programs logged.

    Nothing in PATH is trusted or changed. A folder of event files and a trackio project may hold
    several runs: each becomes a session. All scalars are taken, and what is not is named.
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
