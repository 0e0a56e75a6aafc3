"""`edgechaos-tui export …`: sessions as files for other programs.

The signature only: what does the work imports numpy and more, and the first paint must not.
"""

from pathlib import Path
from typing import Annotated

import typer

from edgechaos_tui.cli.options import JsonOption, SessionsOption, root_of
from edgechaos_tui.export.formats import FORMATS


def export(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="SESSION...", help="one or more")],
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help=", ".join(FORMATS))],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="the file (-: stdout); a folder for tensorboard, and for several figures or zips",
        ),
    ],
    json: JsonOption = False,
    sessions: SessionsOption = None,
) -> None:
    """Write sessions for other programs: complete and unsampled.

    csv, parquet: one row per epoch, the columns named as in the log: t (s since 1970), elapsed (s),
    epoch, train_loss and test_loss (nats), train_accuracy and test_accuracy (fractions), j, j0,
    edge_distance, gain, asymptotic_distance, lyapunov (nats per iteration), jacobian_norm, tau,
    seconds, and the hyperparameters in force. An empty (null) cell means "not measured".

    jsonl: every event of the log. tensorboard: event files, a folder a session. svg, png, pdf: the
    paper's figures. zip: the session itself, without checkpoint and lock, to be shared.
    """  # fmt: skip
    if form not in FORMATS:
        raise typer.BadParameter(f"--format: {form!r} is not one of {', '.join(FORMATS)}")
    from edgechaos_tui.export import sessions as export_output
    from engine.storage.session.session import open_session

    root = root_of(context, sessions)
    written = export_output.export([open_session(root, name) for name in names], form, output)
    export_output.report(written, json=json)
