"""`edgechaos-tui trash …`: what was deleted, its way back, and its end."""

import typer

from edgechaos_tui.cli.options import JsonOption, OwnNameOption, SessionsOption, YesOption, root_of

app = typer.Typer(
    help="What was deleted in the app: list it, bring it back, or delete it for good.",
    no_args_is_help=True,
)


@app.command("list")
def list_command(
    context: typer.Context, sessions: SessionsOption = None, json: JsonOption = False
) -> None:
    """List what lies in the trash, deleted last first."""
    from edgechaos_tui.cli.output import trash

    trash.print_trash(root_of(context, sessions), json=json)


@app.command()
def restore(
    context: typer.Context,
    name: str = typer.Argument(metavar="NAME", help="the name that it had, or has in the trash"),
    session: OwnNameOption = None,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Bring a session, or the record of a sweep, back from the trash."""
    from edgechaos_tui.cli.output import trash

    trash.restore(root_of(context, sessions), name, session, json=json)


@app.command()
def empty(
    context: typer.Context,
    yes: YesOption = False,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Delete for good all that lies in the trash (asks first)."""
    from edgechaos_tui.cli.output import trash

    trash.empty(root_of(context, sessions), ask=not yes, json=json)
