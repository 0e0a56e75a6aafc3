"""Forks: a new session that goes on from another one's checkpoint, with other hyperparameters."""

import json
import os
import shutil
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, Final

import msgspec

from engine.record import events
from engine.record.events import Changed, Epoch, Started
from engine.record.files import open_to_read, open_to_write, temporary_beside
from engine.record.hyperparameters import (
    CHANGEABLE,
    Hyperparameters,
    Value,
    build,
    check_changes,
)
from engine.record.log import LogReader
from engine.record.session import Parent, Session, SessionError, create

_MAX_HEADER: Final = 1024 * 1024
_MAX_NAME: Final = 48


@dataclass(frozen=True)
class Origin:
    """What a fork of `session` would begin with: the state after `epoch`.

    hyperparameters: what the session trains its next epoch with, its threads included.
    """

    session: Session
    id: str
    epoch: int
    hyperparameters: Hyperparameters


def origin_of(session: Session) -> Origin:
    """Where a fork of `session` begins. Raises SessionError when it has no checkpoint of use."""
    if session.is_reference:
        raise SessionError(
            f"{session.name} is a reference session, shipped without a checkpoint to fork from; "
            "start a new run with its hyperparameters"
        )
    info = session.info()
    with _open(session) as file:
        _, _, event = _read_header(session, info.id, file)
    values: dict[str, Value] = {name: getattr(event, name) for name in CHANGEABLE}
    threads = info.hyperparameters.threads
    if info.parent is not None and info.parent.epoch == event.epoch:
        # A fork that has trained nothing yet: its checkpoint still has its parent's values.
        values = {name: getattr(info.hyperparameters, name) for name in CHANGEABLE}
    for logged in LogReader(session.log).read_all():
        if isinstance(logged, Changed):
            values |= {
                name: value
                for name, value in logged.values.items()
                # The plan may have grown later; the rest is as it was for the epoch after.
                if name == "epochs" or logged.epoch == event.epoch + 1
            }
        elif isinstance(logged, Started):
            threads = logged.threads
    values["threads"] = threads
    return Origin(session, info.id, event.epoch, _with(info.hyperparameters, values))


def fork(
    origin: Origin,
    changes: Mapping[str, Value],
    name: str | None = None,
    *,
    share: bool = False,
) -> Session:
    """A new session beside `origin`'s that goes on after its epoch, with `changes` in force.

    share: as in `create`.

    Raises HyperparameterError, names.BadName and SessionError; then nothing is left behind.
    """
    parent, optimizer = origin.session, origin.hyperparameters.optimizer
    if changes:
        check_changes(changes, origin.epoch, optimizer)
    chosen = _with(origin.hyperparameters, changes)
    with _open(parent) as file:
        # Read again from the very file that is copied: a living parent replaces it.
        header, metadata, event = _read_header(parent, origin.id, file)
        if chosen.epochs <= event.epoch:
            raise SessionError(
                f"{parent.name} has trained {event.epoch} of {chosen.epochs} epochs: give the "
                f"fork more, as in --epochs {event.epoch + 50}"
            )
        root = parent.folder.parent
        begun = Parent(id=origin.id, name=parent.name, epoch=event.epoch)
        name = name or _free_name(origin, event.epoch)
        made = create(root, chosen, name, begun, share=share)
        try:
            header["__metadata__"] = metadata | {"session": made.info().id}
            _write(made, header, file)
        except OSError as error:
            shutil.rmtree(made.folder, ignore_errors=True)
            raise SessionError(f"cannot fork {parent.name}: {error.strerror}") from None
    return made


def _with(base: Hyperparameters, values: Mapping[str, Value]) -> Hyperparameters:
    return build(msgspec.structs.asdict(base) | dict(values))


def _free_name(origin: Origin, epoch: int) -> str:
    """`brave-tern-e37`, or the same with a number."""
    root = origin.session.folder.parent
    stem = f"{origin.session.name[:_MAX_NAME]}-e{epoch}"
    taken = set(os.listdir(root))
    number = 2
    name = stem
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name


def _open(session: Session) -> IO[bytes]:
    try:
        return open(open_to_read(session.checkpoint), "rb")
    except FileNotFoundError:
        raise SessionError(
            f"{session.name} has no checkpoint to fork from; one is there once a run has trained "
            "for some seconds, or was paused or has ended"
        ) from None
    except OSError as error:
        raise SessionError(f"cannot read {session.checkpoint}: {error.strerror}") from None


def _read_header(
    session: Session, id: str, file: IO[bytes]
) -> tuple[dict[str, Any], dict[str, str], Epoch]:
    """The header of a safetensors file, its metadata, and the epoch in it; `file` is left there."""
    try:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > _MAX_HEADER:
            raise ValueError("its header is longer than any")
        header = json.loads(file.read(length))
        metadata = header["__metadata__"]
        event = events.decode(metadata["epoch"].encode())
        owner = metadata["session"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error) as error:
        raise SessionError(f"{session.name}: its checkpoint cannot be read: {error}") from None
    if owner != id or not isinstance(event, Epoch):
        raise SessionError(f"{session.name}: its checkpoint is not its own")
    return header, metadata, event


def _write(made: Session, header: dict[str, Any], file: IO[bytes]) -> None:
    """The checkpoint with another header and the same tensors; on the disk when this returns."""
    data = json.dumps(header).encode()
    data += b" " * (-len(data) % 8)
    temporary = temporary_beside(made.checkpoint)
    fd = open_to_write(temporary, os.O_WRONLY | os.O_EXCL)
    with open(fd, "wb") as target:
        target.write(struct.pack("<Q", len(data)) + data)
        shutil.copyfileobj(file, target, 1024 * 1024)
        target.flush()
        os.fsync(target.fileno())
    os.replace(temporary, made.checkpoint)
