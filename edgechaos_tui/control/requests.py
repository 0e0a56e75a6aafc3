"""Commands to the process at work on a session or a sweep: sending one, and its answer."""

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
Look = Callable[[_Place], tuple[StrEnum, str]]
"""Tells the status, and the host on which the last worker began."""
AnyAnswer = Answer | SweepAnswer


def ask(
    place: _Place, kind: type[commands.AnyCommand], look: "Look[_Place]", **fields: Any
) -> commands.AnyCommand:
    """Send a command of `kind` to the worker. Raises SessionError when none is at work."""
    holder = lock.holder(place.lock)
    if holder is None:
        raise SessionError(_nobody_to_ask(place, str(kind.__struct_config__.tag), *look(place)))
    command = kind(id=commands.new_id(), incarnation=holder.incarnation, **fields)
    send(place, command)
    return command


def send(place: LoggedFolder, command: commands.AnyCommand) -> None:
    """Put `command` where the worker finds it. Raises SessionError where that cannot be written."""
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
    """The worker's answer to `command`; None when it has not come within `seconds`.

    Returns early with None when the worker is gone.
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
    """Raise SessionError where another machine may be at work on it, unless `force` is meant."""
    if status == "elsewhere" and not force:
        raise SessionError(
            f"{place.name} was started on {host or 'another host'} and has not ended; if it is not "
            "running there any more, take it up here with --force"
        )


def _nobody_to_ask(place: LoggedFolder, word: str, status: StrEnum, host: str) -> str:
    if status == "elsewhere":
        return f"{place.name} may be running on {host}; {word} it from there"
    return (
        f"{place.name} is {status}: no {place.worker} is at work on it, so "
        f"there is nothing to {word}"
    )
