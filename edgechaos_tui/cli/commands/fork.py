"""`edgechaos-tui fork`: a new run from a session's checkpoint."""

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
    fork_options,
)
from engine.storage.hyperparameters import Value

if TYPE_CHECKING:
    from engine.storage.session.session import Session


@fork_options
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
            help="start before the edit in force from this epoch on, and leave it out",
        ),
    ] = None,
    session: NameOption = None,
    sessions: SessionsOption = None,
    share: ShareOption = False,
    json: JsonOption = False,
    detach: DetachOption = False,
) -> None:
    """Start a new run from a session's checkpoint, with other hyperparameters on request.

    The fork continues after the session's last checkpoint, or exactly after the epoch of --at, if
    that has a snapshot: a session trained with --snapshot-every has several.

    With --without-edit the fork starts just before that edit, keeps the old values, and repeats the
    session's later edits up to the same epoch: comparing the two shows what the edit did. A run
    keeps the checkpoints before its last 10 edits for this.
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
            command = f"edgechaos-tui compare {parent} {created.name}"
            print(f"`{command}` compares the two", file=sys.stderr)
            return created, warning
        origin = origin_of(origin_session, at)
        created = forks.fork(origin, given, session, share=share)
        return created, start_engine(created, fresh=True)

    follow.start_new(start, detach=detach, json=json)
