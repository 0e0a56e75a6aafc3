"""`edgechaos-tui verify`: a run trained again and compared with its log."""

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
        typer.Option("--epochs", min=0, help="last epoch to compare (default: the run's last)"),
    ] = None,
    sessions: SessionsOption = None,
    data_dir: DataDirOption = None,
    json: JsonOption = False,
) -> None:
    """Train a run again, as its log says, and compare every metric to the last bit.

    The session is not changed. When the machine, the number of threads or the libraries differ from
    those of the run, it says so and compares within a tolerance that it states. Exits with 1 when a
    metric differs.
    """
    from edgechaos_tui.cli.output import verify as output

    target = find_session(context, sessions, session)
    raise typer.Exit(output.verify(target, epochs, json=json, data_dir=data_dir or ""))
