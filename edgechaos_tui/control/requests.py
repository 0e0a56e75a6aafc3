"""Commands to the process that works on a session or a sweep, and its answers."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from engine.storage import commands, lock
from engine.storage.errors import SessionError
from engine.storage.logged_folder import LoggedFolder
from engine.storage.session.events import Answer
from engine.storage.sweep.events import SweepAnswer

_Place = TypeVar("_Place", bound=LoggedFolder)
ReadStatus = Callable[[_Place], tuple[StrEnum, str]]
"""Returns the status, and the host on which the last worker was started."""
AnyAnswer = Answer | SweepAnswer


def request(
    place: _Place, kind: type[commands.AnyCommand], read_status: "ReadStatus[_Place]", **fields: Any
) -> commands.AnyCommand:
    """Send a command of `kind` to the worker. Raises SessionError when none is at work."""
    holder = lock.holder(place.lock)
    if holder is None:
        name = str(kind.__struct_config__.tag)
        raise SessionError(_no_worker(place, name, *read_status(place)))
    command = kind(id=commands.new_id(), incarnation=holder.incarnation, **fields)
    send(place, command)
    return command


def send(place: LoggedFolder, command: commands.AnyCommand) -> None:
    """Append `command` to the commands of `place`. Raises SessionError when that fails."""
    try:
        commands.send(place.commands, command)
    except OSError as error:
        raise SessionError(
            f"cannot write to {place.commands}: {error.strerror}; only the account "
            f"that started a {'run' if place.kind == 'session' else place.kind} can command it"
        ) from None


def wait_for_answer(
    place: LoggedFolder, command: commands.AnyCommand, seconds: float
) -> AnyAnswer | None:
    """The worker's answer to `command`; None when none has come within `seconds`.

    Returns None at once when the worker has ended.
    """
    reader = place.reader()
    deadline = time.monotonic() + seconds
    while True:
        alive = lock.is_held(place.lock)
        for event in reader.read_all():
            if isinstance(event, AnyAnswer) and event.id == command.id:
                return event
        if not alive or time.monotonic() > deadline:
            return None
        time.sleep(0.03)


def refuse_elsewhere(place: LoggedFolder, status: StrEnum, host: str, force: bool) -> None:
    """Raise SessionError when another machine may be at work on `place`, unless `force`."""
    if status == "elsewhere" and not force:
        raise SessionError(
            f"{place.name} was started on {host or 'another host'} and has not ended; if it no "
            "longer runs there, resume it here with --force"
        )


def _no_worker(place: LoggedFolder, command: str, status: StrEnum, host: str) -> str:
    if status == "elsewhere":
        return f"{place.name} may be running on {host}; {command} it from there"
    return (
        f"{place.name} is {status}: no {place.worker} is at work on it, so "
        f"there is nothing to {command}"
    )
