"""`edgechaos-tui pause`, `stop`, `set`, `resume` and `extend`: commands to a run."""

from typing import TYPE_CHECKING, Annotated

import typer

from edgechaos_tui.cli.options import (
    DataDirOption,
    DeviceOption,
    ForceOption,
    JsonOption,
    SessionArgument,
    SessionsOption,
    WaitOption,
    find_session,
    parse_assignments,
)
from engine.storage.hyperparameters import CHANGEABLE

if TYPE_CHECKING:
    from engine.storage.session.session import Session


def pause(
    context: typer.Context,
    session: SessionArgument,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Pause a run after the current batch."""
    from edgechaos_tui.cli.output.answer import report_answer
    from edgechaos_tui.control import session as session_control

    target = find_session(context, sessions, session)
    report_answer(target, session_control.pause(target), json=json)


def stop(
    context: typer.Context,
    session: SessionArgument,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Stop a run after the current batch; `edgechaos-tui resume` continues it."""
    from edgechaos_tui.cli.output.answer import report_answer
    from edgechaos_tui.control import session as session_control

    target = find_session(context, sessions, session)
    report_answer(target, session_control.stop(target), json=json)


def set_command(
    context: typer.Context,
    session: SessionArgument,
    assignments: Annotated[
        list[str],
        typer.Argument(metavar="NAME=VALUE", help=f"the new values of {', '.join(CHANGEABLE)}"),
    ],
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Change hyperparameters of a run from its next epoch on: `set SESSION lr=0.01 l2=5e-5`."""
    from edgechaos_tui.cli.output.answer import report_answer
    from edgechaos_tui.control import session as session_control

    values = parse_assignments(assignments)
    target = find_session(context, sessions, session)
    report_answer(target, session_control.set_values(target, values), json=json)


def resume(
    context: typer.Context,
    session: SessionArgument,
    sessions: SessionsOption = None,
    force: ForceOption = False,
    wait: WaitOption = False,
    data_dir: DataDirOption = None,
    device: DeviceOption = None,
    json: JsonOption = False,
) -> None:
    """Resume a paused run, or continue a stopped or interrupted one after its last epoch."""
    from edgechaos_tui.cli.output import follow
    from edgechaos_tui.cli.output.answer import report_answer, report_detached
    from edgechaos_tui.control import session as session_control
    from edgechaos_tui.control.launcher import TrainingPlace

    place = TrainingPlace(data_dir or "", device or "")
    target = find_session(context, sessions, session)
    if wait:

        def start() -> "Session":
            session_control.resume(target, force=force, place=place)
            return target

        raise typer.Exit(follow.follow(start, json=json, from_now=True))
    command = session_control.resume(target, force=force, place=place)
    if command is None:
        report_detached(target, "", json=json)
        return
    report_answer(target, command, json=json)


def extend(
    context: typer.Context,
    session: SessionArgument,
    epochs: Annotated[
        int, typer.Argument(metavar="EPOCHS", help="the number of epochs to add", min=1)
    ],
    sessions: SessionsOption = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Train a run, even a finished one, for more epochs than planned."""
    from edgechaos_tui.cli.output.answer import report_answer
    from edgechaos_tui.control import session as session_control

    target = find_session(context, sessions, session)
    command = session_control.extend(target, epochs, force=force)
    report_answer(target, command, json=json)
