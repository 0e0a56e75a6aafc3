"""What a person can ask of a sweep, for the command line, the screens and the recipes alike."""

import time
from collections.abc import Callable

from edgechaos_tui.control.launcher import start_sweep
from engine.storage import commands, lock
from engine.storage.errors import SessionError
from engine.storage.sweep.events import SweepAnswer, SweepLogReader
from engine.storage.sweep.plan import Sweep
from engine.storage.sweep.state import SweepStatus, read_sweep


def pause(sweep: Sweep) -> commands.AnyCommand:
    """Ask that all runs wait. Raises SessionError when no coordinator is at work."""
    return _send(sweep, commands.Pause, "pause")


def stop(sweep: Sweep) -> commands.AnyCommand:
    """Ask that all runs end; they can be resumed. Raises SessionError as `pause` does."""
    return _send(sweep, commands.Stop, "stop")


def resume(sweep: Sweep, *, force: bool = False) -> commands.AnyCommand | None:
    """Let a paused sweep go on, or take an ended one up where it was; failed runs are tried again.

    Returns the command sent to a living coordinator, None when one was started. Raises
    SessionError when there is nothing to resume.
    """
    now = read_sweep(sweep)
    if now.status is SweepStatus.PAUSED:
        return _send(sweep, commands.Resume, "resume")
    if now.status.active and lock.is_held(sweep.lock):
        raise SessionError(f"{sweep.name} is {now.status} already")
    if now.status is SweepStatus.FINISHED and "failed" not in now.state.outcomes():
        raise SessionError(f"{sweep.name} is finished: all its {len(now.plan.runs)} runs ended")
    if now.status is SweepStatus.ELSEWHERE and not force:
        host = now.state.started.host if now.state.started else "another host"
        raise SessionError(
            f"{sweep.name} was started on {host} and has not ended; if it is not running there "
            "any more, take it up here with --force"
        )
    start_sweep(sweep)
    return None


def wait_for_answer(
    sweep: Sweep, command: commands.AnyCommand, seconds: float
) -> SweepAnswer | None:
    """The coordinator's answer to `command`; None when it has not come within `seconds`."""
    reader = SweepLogReader(sweep.log)
    deadline = time.monotonic() + seconds
    while True:
        alive = lock.is_held(sweep.lock)
        for event in reader.read_all():
            if isinstance(event, SweepAnswer) and event.id == command.id:
                return event
        if not alive or time.monotonic() > deadline:
            return None
        time.sleep(0.03)


def _send(sweep: Sweep, kind: Callable[..., commands.AnyCommand], word: str) -> commands.AnyCommand:
    holder = lock.holder(sweep.lock)
    if holder is None:
        raise SessionError(
            f"{sweep.name} is {read_sweep(sweep).status}: no coordinator is at work on it, so "
            f"there is nothing to {word}"
        )
    command = kind(id=commands.new_id(), incarnation=holder.incarnation)
    try:
        commands.send(sweep.commands, command)
    except OSError as error:
        raise SessionError(
            f"cannot write to {sweep.commands}: {error.strerror}; only the account "
            "that started a sweep can command it"
        ) from None
    return command
