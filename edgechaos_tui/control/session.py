"""What a person can ask of a run, for the command line and the screens alike."""

import time
from collections.abc import Mapping

from edgechaos_tui.control.launcher import AS_BEFORE, TrainingPlace, start_engine
from edgechaos_tui.presentation.run.reading import read_summary
from edgechaos_tui.presentation.run.summary import Summary
from engine.storage import commands, lock
from engine.storage.errors import HyperparameterError, SessionError
from engine.storage.hyperparameters import Value, check_changes
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Answer, Started
from engine.storage.session.session import Session, refuse_reference
from engine.storage.session.status import Status


def pause(session: Session) -> commands.AnyCommand:
    """Ask the engine to wait. Raises SessionError when none is at work."""
    return _send(session, commands.Pause(**_address(session, "pause")))


def stop(session: Session) -> commands.AnyCommand:
    """Ask the engine to end after the batch under way. Raises SessionError when none is at work."""
    return _send(session, commands.Stop(**_address(session, "stop")))


def set_values(session: Session, values: Mapping[str, Value]) -> commands.AnyCommand:
    """Ask for hyperparameters from the next epoch boundary on.

    Raises HyperparameterError for values that cannot be, SessionError when no engine is at work.
    """
    _, summary, _ = read_summary(session)
    check_changes(values, summary.epochs_done, summary.hyperparameters)
    numbers = {name: value for name, value in values.items() if not isinstance(value, str)}
    return _send(session, commands.Set(**_address(session, "set"), values=numbers))


def resume(
    session: Session, *, force: bool = False, place: TrainingPlace = AS_BEFORE
) -> commands.AnyCommand | None:
    """Let a paused run go on, or take an ended one up at its last epoch boundary, at `place`.

    Returns the command sent to a living engine, None when an engine was started. Raises
    SessionError when there is nothing to resume.
    """
    refuse_reference(session)
    _, summary, status = read_summary(session)
    if status is Status.PAUSED and place != AS_BEFORE:
        raise SessionError(
            f"{session.name} is paused, and its engine stays where it is; stop it first to go on "
            "with another device or another folder of data"
        )
    if status is Status.PAUSED:
        return _send(session, commands.Resume(**_address(session, "resume")))
    if status.active:
        raise SessionError(f"{session.name} is {status} already")
    if status is Status.FINISHED:
        raise SessionError(
            f"{session.name} is finished after {summary.epochs_done} epochs; "
            f"`edgechaos-tui extend {session.name} 100` trains on"
        )
    if status is Status.DIVERGED:
        raise SessionError(
            f"{session.name} diverged and would again; start a new run with a smaller lr"
        )
    _refuse_elsewhere(session, summary, status, force)
    start_engine(session, place=place)
    return None


def extend(session: Session, epochs: int, *, force: bool = False) -> commands.AnyCommand:
    """Train `epochs` more epochs than planned, with a new engine where none is at work.

    Raises HyperparameterError for a number that cannot be, SessionError as `resume` does.
    """
    refuse_reference(session)
    _, summary, status = read_summary(session)
    if epochs < 1:
        raise HyperparameterError(f"epochs: {epochs} more is not a whole number from 1")
    check_changes({"epochs": summary.hyperparameters.epochs + epochs}, summary.epochs_done)
    if status.active:
        return _send(session, commands.Extend(**_address(session, "extend"), epochs=epochs))
    if status is Status.DIVERGED:
        raise SessionError(f"{session.name} diverged; there is nothing to extend")
    _refuse_elsewhere(session, summary, status, force)
    # The wish waits in the channel for the engine that is about to be started.
    incarnation = commands.new_id()
    command = commands.Extend(id=commands.new_id(), incarnation=incarnation, epochs=epochs)
    _send(session, command)
    start_engine(session, incarnation)
    return command


def wait_for_answer(
    session: Session, command: commands.AnyCommand, seconds: float
) -> Answer | None:
    """The engine's answer to `command`; None when it has not come within `seconds`.

    Returns early with None when the engine is gone.
    """
    reader = LogReader(session.log)
    deadline = time.monotonic() + seconds
    while True:
        alive = lock.is_held(session.lock)
        for event in reader.read_all():
            if isinstance(event, Answer) and event.id == command.id:
                return event
        if not alive or time.monotonic() > deadline:
            return None
        time.sleep(0.03)


def _address(session: Session, word: str) -> dict[str, str]:
    """A new command's id and the incarnation it speaks to; `word` says the wish in an error."""
    return {"id": commands.new_id(), "incarnation": _living_incarnation(session, word)}


def _living_incarnation(session: Session, word: str) -> str:
    holder = lock.holder(session.lock)
    if holder is not None:
        return holder.incarnation
    _, summary, status = read_summary(session)
    if status is Status.ELSEWHERE and isinstance(summary.started, Started):
        raise SessionError(
            f"{session.name} may be running on {summary.started.host}; {word} it from there"
        )
    raise SessionError(
        f"{session.name} is {status}: no engine is at work on it, so there is nothing to {word}"
    )


def _send(session: Session, command: commands.AnyCommand) -> commands.AnyCommand:
    try:
        commands.send(session.commands, command)
    except OSError as error:
        raise SessionError(
            f"cannot write to {session.commands}: {error.strerror}; only the account "
            "that started a run can command it"
        ) from None
    return command


def _refuse_elsewhere(session: Session, summary: Summary, status: Status, force: bool) -> None:
    if status is Status.ELSEWHERE and not force:
        host = summary.started.host if summary.started else "another host"
        raise SessionError(
            f"{session.name} was started on {host} and has not ended; if it is not running there "
            "any more, take it up here with --force"
        )
