"""`edgechaos-tui fork`: the signature only; what does the work is imported when it is called."""

from typing import Annotated

import typer

from edgechaos_tui.cli.options import hyperparameter_options
from engine.storage.hyperparameters import Value


@hyperparameter_options
def fork(
    given: dict[str, Value],
    context: typer.Context,
    parent: Annotated[str, typer.Argument(metavar="SESSION", help="the session's name")],
    at: Annotated[
        int | None,
        typer.Option("--at", metavar="EPOCH", min=0, help="after which epoch (default: the last)"),
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", metavar="NAME", help="its name (default: made up)")
    ] = None,
    sessions: Annotated[
        str | None, typer.Option("--sessions", metavar="DIR", help="where sessions live")
    ] = None,
    share: Annotated[
        bool, typer.Option("--share", help="let the group read the session (default: only you)")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="print JSON and nothing else")] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="start it, print its name, and leave it running")
    ] = False,
) -> None:
    """Make a new run that goes on from a session's checkpoint, with what may change changed.

    It goes on after the last epoch that is kept, or exactly after the one that --at names: a
    session keeps snapshots on its way when --snapshot-every says so, of about 5 MB each.

    May change: --lr --momentum --batch-size --l2 --epochs --indicators-every --snapshot-every.
    """
    from edgechaos_tui.cli.output import follow as headless
    from edgechaos_tui.control.launcher import start_engine
    from engine.storage.fork import fork as forks
    from engine.storage.fork.fork_points import origin_of
    from engine.storage.session.session import open_session, sessions_folder

    origin = origin_of(open_session(sessions_folder(sessions or context.obj), parent), at)
    made = forks.fork(origin, given, session, share=share)
    warning = start_engine(made)
    if detach:
        headless.report_detached(made, warning, json=json)
        return
    raise typer.Exit(headless.follow(made, json=json))
