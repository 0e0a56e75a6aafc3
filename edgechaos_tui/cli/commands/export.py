"""`edgechaos-tui export`: sessions as files for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from edgechaos_tui.cli.options import JsonOption, SessionsOption, root_of
from edgechaos_tui.export.formats import FORMATS


def export(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="SESSION", help="the sessions' names")],
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help=f"one of {', '.join(FORMATS)}")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="the file to write (-: stdout); for tensorboard, and for several figures or "
            "zips, a folder",
        ),
    ],
    json: JsonOption = False,
    sessions: SessionsOption = None,
) -> None:
    """Write whole sessions, every epoch of them, as files for other programs.

    csv, parquet: one row per epoch with the columns of the log: t (s since 1970), elapsed (s),
    epoch, train_loss and test_loss (nats), train_accuracy and test_accuracy (fractions), all other
    metrics, values of layers, and the hyperparameters in force. An empty (null) cell: not measured.

    jsonl: every event of the logs. tensorboard: event files, one folder per session. svg, png, pdf:
    one figure per session, with J², loss, accuracy and the phase plane. zip: the session itself, to
    be shared and imported elsewhere, without checkpoints.
    """
    if form not in FORMATS:
        raise typer.BadParameter(f"--format: {form!r} is not one of {', '.join(FORMATS)}")
    from edgechaos_tui.export import sessions as export_output
    from engine.storage.session.session import open_session

    root = root_of(context, sessions)
    paths = export_output.export([open_session(root, name) for name in names], form, output)
    export_output.report(paths, json=json)
