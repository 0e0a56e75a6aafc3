"""`edgechaos-tui twin`: the signature only; what does the work is imported when it is called."""

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
            "--epsilon", min=0, max=1, help="size of the disturbance, relative to ‖w‖; 0: none"
        ),
    ] = 1e-6,
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", min=1, help="epochs in all (default: as planned for the parent)"),
    ] = None,
    session: NameOption = None,
    sessions: SessionsOption = None,
    json: JsonOption = False,
    detach: DetachOption = False,
) -> None:
    """Train a session on with its weights disturbed, beside itself undisturbed.

    Each epoch has the distance ‖w − w′‖ of the two; λ_train is the slope of its logarithm, in nats
    an epoch: above 0 training amplifies the disturbance, below 0 it forgets it. Runs are
    deterministic to the last bit, so that --epsilon 0 gives exactly 0. An epoch takes twice as
    long as of the run alone. Edits that the session has had after that epoch are repeated.
    """
    from edgechaos_tui.cli.output import follow
    from edgechaos_tui.control.forks import start_twin
    from engine.storage.fork.fork_points import origin_of

    def start() -> "tuple[Session, str]":
        origin = origin_of(find_session(context, sessions, parent), at)
        changes = {} if epochs is None else {"epochs": epochs}
        return start_twin(origin, epsilon, changes, session)

    follow.start_new(start, detach=detach, json=json)
