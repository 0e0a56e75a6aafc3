"""`edgechaos-tui verify`: the signature only; what does the work is imported when it is called."""

from typing import Annotated

import typer

from edgechaos_tui.cli.options import (
    DataDirOption,
    JsonOption,
    SessionArgument,
    SessionsOption,
    find_session,
)


def verify(
    context: typer.Context,
    session: SessionArgument,
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", min=0, help="the last epoch to compare (default: all of them)"),
    ] = None,
    sessions: SessionsOption = None,
    data_dir: DataDirOption = None,
    json: JsonOption = False,
) -> None:
    """Train a run again from its log and compare every metric, to the last bit.

    Nothing in the session is touched. Where the machine, the threads or the libraries are not
    those of the run, it says so and judges within a tolerance that it states.
    """
    from edgechaos_tui.cli.output import verify as output

    target = find_session(context, sessions, session)
    raise typer.Exit(output.verify(target, epochs, json=json, data_dir=data_dir or ""))
