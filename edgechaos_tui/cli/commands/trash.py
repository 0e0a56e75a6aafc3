"""`edgechaos-tui trash`: deleted sessions and sweeps."""

import typer

from edgechaos_tui.cli.options import JsonOption, OwnNameOption, SessionsOption, YesOption, root_of

app = typer.Typer(
    help="List, restore or permanently delete sessions and sweeps that were deleted in the app.",
    no_args_is_help=True,
)


@app.command("list")
def list_command(
    context: typer.Context, sessions: SessionsOption = None, json: JsonOption = False
) -> None:
    """List the trash, most recently deleted first."""
    from edgechaos_tui.cli.output import trash

    trash.print_trash(root_of(context, sessions), json=json)


@app.command()
def restore(
    context: typer.Context,
    name: str = typer.Argument(metavar="NAME", help="its name, or its name in the trash"),
    session: OwnNameOption = None,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Restore a session, or the record of a sweep, from the trash."""
    from edgechaos_tui.cli.output import trash

    trash.restore(root_of(context, sessions), name, session, json=json)


@app.command()
def empty(
    context: typer.Context,
    yes: YesOption = False,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Permanently delete everything in the trash, after asking."""
    from edgechaos_tui.cli.output import trash

    trash.empty(root_of(context, sessions), ask=not yes, json=json)
