"""`edgechaos-tui fork`: the signature only; what does the work is imported when it is called."""

import sys
from typing import TYPE_CHECKING, Annotated

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
    without_edit: Annotated[
        int | None,
        typer.Option(
            "--without-edit",
            metavar="EPOCH",
            min=1,
            help="as if the edit in force from this epoch on had not been made",
        ),
    ] = None,
    session: NameOption = None,
    sessions: SessionsOption = None,
    share: ShareOption = False,
    json: JsonOption = False,
    detach: DetachOption = False,
) -> None:
    """Start a new run from a session's checkpoint, with other hyperparameters if you like.

    It goes on after the last epoch that is kept, or exactly after the one that --at names: a
    session keeps snapshots on its way when --snapshot-every says so, of about 5 MB each.

    With --without-edit it goes on from the boundary before that edit with the old values, as far as
    the session has been trained, and repeats the session's later edits, so that the two show what
    the edit did. The boundaries before the last 10 edits of a run are kept for this.

    May change: --lr --momentum --batch-size --l2 --hold-j2 --epochs --indicators-every
    --snapshot-every, and where it trains: --device --data-dir.
    """
    if at is not None and without_edit is not None:
        raise typer.BadParameter("--at and --without-edit: choose one; an edit says where it is")
    from edgechaos_tui.cli.output import follow
    from edgechaos_tui.control.forks import start_without
    from edgechaos_tui.control.launcher import start_engine
    from edgechaos_tui.presentation.run.sentences.counterfactual import counterfactual_words
    from engine.storage.fork import fork as forks
    from engine.storage.fork.counterfactual import counterfactual_of
    from engine.storage.fork.fork_points import origin_of

    def start() -> "tuple[Session, str]":
        origin_session = find_session(context, sessions, parent)
        if without_edit is not None:
            undone = counterfactual_of(origin_session, without_edit)
            print(f"{parent} {counterfactual_words(undone)}", file=sys.stderr)
            created, warning = start_without(undone, given, session, share=share)
            compared = f"edgechaos-tui compare {parent} {created.name}"
            print(f"{compared} puts them side by side", file=sys.stderr)
            return created, warning
        origin = origin_of(origin_session, at)
        created = forks.fork(origin, given, session, share=share)
        return created, start_engine(created, fresh=True)

    follow.start_new(start, detach=detach, json=json)
