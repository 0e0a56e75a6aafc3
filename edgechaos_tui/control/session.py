"""Commands to a run, for the command line and for screens."""

from collections.abc import Mapping

from edgechaos_tui.control.launcher import AS_BEFORE, TrainingPlace, start_engine
from edgechaos_tui.control.requests import refuse_elsewhere, request, send
from edgechaos_tui.presentation.run.reading import read_summary
from engine.storage import commands
from engine.storage.errors import HyperparameterError, SessionError
from engine.storage.hyperparameter_edits import check_changes
from engine.storage.hyperparameters import Value
from engine.storage.session.recorded import RecordedHyperparameters
from engine.storage.session.session import Session, refuse_recorded, refuse_reference
from engine.storage.session.status import Status


def pause(session: Session) -> commands.AnyCommand:
    """Ask the engine to pause after the current batch. Raises SessionError without an engine."""
    return request(session, commands.Pause, _status)


def stop(session: Session) -> commands.AnyCommand:
    """Ask the engine to stop after the current batch. Raises SessionError without an engine."""
    return request(session, commands.Stop, _status)


def set_values(session: Session, values: Mapping[str, Value]) -> commands.AnyCommand:
    """Request hyperparameters from the next epoch boundary on.

    Raises HyperparameterError for invalid values, SessionError without an engine.
    """
    _, summary, _ = read_summary(session)
    if not isinstance(summary.hyperparameters, RecordedHyperparameters):
        # Only the loop of a recorded run knows what it lets be changed: it answers.
        check_changes(values, summary.epochs_done, summary.hyperparameters)
    numbers = {name: value for name, value in values.items() if not isinstance(value, str)}
    return request(session, commands.Set, _status, values=numbers)


def resume(
    session: Session, *, force: bool = False, place: TrainingPlace = AS_BEFORE
) -> commands.AnyCommand | None:
    """Resume a paused run, or one that ended early from its last epoch boundary, at `place`.

    Returns the command sent to the engine of a paused run, None when an engine was started. Raises
    SessionError when there is nothing to resume.
    """
    refuse_reference(session)
    info, summary, status = read_summary(session)
    if status is Status.PAUSED and place != AS_BEFORE:
        raise SessionError(
            f"{session.name} is paused and keeps its device and data folder; stop it first "
            "to change them"
        )
    if status is Status.PAUSED:
        return request(session, commands.Resume, _status)
    if status.active:
        raise SessionError(f"{session.name} is {status} already")
    refuse_recorded(session, info, "resumed")
    if status is Status.FINISHED:
        raise SessionError(
            f"{session.name} is finished after {summary.epochs_done} epochs; "
            f"`edgechaos-tui extend {session.name} 100` trains it for longer"
        )
    if status is Status.DIVERGED:
        raise SessionError(
            f"{session.name} diverged and would again; start a new run with a smaller lr"
        )
    refuse_elsewhere(session, status, summary.host, force)
    start_engine(session, place=place)
    return None


def extend(session: Session, epochs: int, *, force: bool = False) -> commands.AnyCommand:
    """Train `epochs` more epochs than planned, with a new engine if none is at work.

    Raises HyperparameterError for an invalid number, SessionError as `resume` does.
    """
    refuse_reference(session)
    info, summary, status = read_summary(session)
    if epochs < 1:
        raise HyperparameterError(f"epochs: {epochs} more is not a whole number from 1")
    check_changes({"epochs": summary.hyperparameters.epochs + epochs}, summary.epochs_done)
    if status.active:
        return request(session, commands.Extend, _status, epochs=epochs)
    refuse_recorded(session, info, "extended")
    if status is Status.DIVERGED:
        raise SessionError(f"{session.name} diverged; there is nothing to extend")
    refuse_elsewhere(session, status, summary.host, force)
    # The command waits for the engine that is started below.
    incarnation = commands.new_id()
    command = commands.Extend(id=commands.new_id(), incarnation=incarnation, epochs=epochs)
    send(session, command)
    start_engine(session, incarnation)
    return command


def _status(session: Session) -> tuple[Status, str]:
    _, summary, status = read_summary(session)
    return status, summary.host
