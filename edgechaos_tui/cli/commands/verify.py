"""`edgechaos-tui verify`: the signature only; what does the work is imported when it is called."""

from typing import Annotated

import typer


def verify(
    context: typer.Context,
    session: Annotated[str, typer.Argument(metavar="SESSION", help="the session's name")],
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", min=0, help="the last epoch to compare (default: all of them)"),
    ] = None,
    sessions: Annotated[
        str | None, typer.Option("--sessions", metavar="DIR", help="where sessions live")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print JSON and nothing else")] = False,
) -> None:
    """Train a run again from its log and compare every metric, to the last bit.

    Nothing in the session is touched. Where the machine, the threads or the libraries are not
    those of the run, it says so and judges within a tolerance that it states.
    """
    from edgechaos_tui.cli.output import verify as verification
    from engine.storage.session.session import open_session, sessions_folder

    found = open_session(sessions_folder(sessions or context.obj), session)
    raise typer.Exit(verification.verify(found, epochs, json=json))
