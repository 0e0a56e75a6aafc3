"""`edgechaos-tui twin`: a session trained on with disturbed weights."""

from typing import TYPE_CHECKING, Annotated

import typer

from edgechaos_tui.cli.options import (
    DetachOption,
    ForkAtOption,
    JsonOption,
    NameOption,
    SessionArgument,
    SessionsOption,
    find_session,
)

if TYPE_CHECKING:
    from engine.storage.session.session import Session


def twin(
    context: typer.Context,
    parent: SessionArgument,
    at: ForkAtOption = None,
    epsilon: Annotated[
        float,
        typer.Option(
            "--epsilon",
            min=0,
            max=1,
            help="size ε of the disturbance, relative to ‖w‖; 0: no disturbance",
        ),
    ] = 1e-6,
    epochs: Annotated[
        int | None,
        typer.Option(
            "--epochs", min=1, help="last epoch to train (default: as planned for the session)"
        ),
    ] = None,
    session: NameOption = None,
    sessions: SessionsOption = None,
    json: JsonOption = False,
    detach: DetachOption = False,
) -> None:
    """Train a twin of a session: from an epoch on, once with disturbed weights and once without.

    Each epoch of the twin logs the distance ‖w − w′‖ between the two. λ_train is the slope of its
    logarithm, in nats per epoch: above 0, training amplifies the disturbance; below 0, it forgets
    it. Training is deterministic to the last bit, so that --epsilon 0 gives exactly 0.

    An epoch takes twice as long as in the session. The session's edits after the starting epoch are
    repeated.
    """
    from edgechaos_tui.cli.output import follow
    from edgechaos_tui.control.forks import start_twin
    from engine.storage.fork.fork_points import origin_of

    def start() -> "tuple[Session, str]":
        origin = origin_of(find_session(context, sessions, parent), at)
        changes = {} if epochs is None else {"epochs": epochs}
        return start_twin(origin, epsilon, changes, session)

    follow.start_new(start, detach=detach, json=json)
