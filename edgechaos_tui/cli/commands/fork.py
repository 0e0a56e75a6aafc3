"""`edgechaos-tui fork`: the signature only; what does the work is imported when it is called."""

from typing import TYPE_CHECKING

import typer

from edgechaos_tui.cli.options import (
    DetachOption,
    ForkAtOption,
    JsonOption,
    NameOption,
    SessionArgument,
    SessionsOption,
    ShareOption,
    find_session,
    hyperparameter_options,
)
from engine.storage.hyperparameters import Value

if TYPE_CHECKING:
    from engine.storage.session.session import Session


@hyperparameter_options
def fork(
    given: dict[str, Value],
    context: typer.Context,
    parent: SessionArgument,
    at: ForkAtOption = None,
    session: NameOption = None,
    sessions: SessionsOption = None,
    share: ShareOption = False,
    json: JsonOption = False,
    detach: DetachOption = False,
) -> None:
    """Start a new run from a session's checkpoint, with other hyperparameters if you like.

    It goes on after the last epoch that is kept, or exactly after the one that --at names: a
    session keeps snapshots on its way when --snapshot-every says so, of about 5 MB each.

    May change: --lr --momentum --batch-size --l2 --hold-j2 --epochs --indicators-every
    --snapshot-every, and where it trains: --device --data-dir.
    """
    from edgechaos_tui.cli.output import follow
    from edgechaos_tui.control.launcher import start_engine
    from engine.storage.fork import fork as forks
    from engine.storage.fork.fork_points import origin_of

    def start() -> "tuple[Session, str]":
        origin = origin_of(find_session(context, sessions, parent), at)
        created = forks.fork(origin, given, session, share=share)
        return created, start_engine(created, fresh=True)

    follow.start_new(start, detach=detach, json=json)
