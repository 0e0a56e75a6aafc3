"""The command channel: requests to a running engine, appended to commands.jsonl by its account.

The engine answers every line in the log (`events.Answer`), lines it cannot read too.
"""

import errno
import fcntl
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

import msgspec

from engine.storage.errors import ForeignFile
from engine.storage.files import open_to_write
from engine.storage.line_codec import UNREADABLE

MAX_LINE: Final = 64 * 1024
"""Bytes. A longer line is answered as unreadable, and is never held in memory whole."""


class Command(msgspec.Struct, tag_field="command", kw_only=True, frozen=True):
    """A request: `id` is its own, `incarnation` is that of the engine addressed."""

    id: str
    incarnation: str


class Address(TypedDict):
    """The fields that every command has: `Pause(**address)`."""

    id: str
    incarnation: str


class Pause(Command, tag="pause", frozen=True, kw_only=True):
    """Pause after the current batch."""


class Resume(Command, tag="resume", frozen=True, kw_only=True):
    """Resume after a pause."""


class Stop(Command, tag="stop", frozen=True, kw_only=True):
    """Stop after the current batch; the run can be resumed from its last whole epoch.

    reason: what the log will say, "" for "stopped on request".
    """

    reason: str = ""


class Set(Command, tag="set", frozen=True, kw_only=True):
    """Put these hyperparameters in force from the next epoch boundary on."""

    values: dict[str, int | float]


class Extend(Command, tag="extend", frozen=True, kw_only=True):
    """Train `epochs` more epochs than planned."""

    epochs: int


AnyCommand = Pause | Resume | Stop | Set | Extend
_decoder = msgspec.json.Decoder(AnyCommand)


@dataclass(frozen=True)
class CommandLine:
    """One line of the channel: its command, or None when unreadable; `offset` is its end."""

    offset: int
    command: AnyCommand | None
    problem: str = ""


class AnswerFields(TypedDict):
    """The fields that every answer has beside its times: `Answer(**times, **fields)`."""

    id: str
    command: str
    applied: bool
    text: str
    offset: int


def answer_fields(line: CommandLine, applied: bool, text: str) -> AnswerFields:
    """The fields of the answer to `line`: whether it was applied, and a sentence."""
    command = line.command
    return AnswerFields(
        id=command.id if command else "",
        command=name_of(command) if command else "",
        applied=applied,
        text=text,
        offset=line.offset,
    )


def name_of(command: AnyCommand) -> str:
    """The name of a command: `pause`, `set`, …"""
    return str(command.__struct_config__.tag)


def new_id() -> str:
    """A new random id for a command or an incarnation."""
    return secrets.token_hex(6)


def send(path: Path, command: AnyCommand) -> None:
    """Append `command` as one line, under a lock that other senders honour.

    Raises OSError when the file cannot be written.
    """
    fd = open_to_write(path, os.O_RDWR | os.O_APPEND)
    try:
        fcntl.lockf(fd, fcntl.LOCK_EX)
        size = os.fstat(fd).st_size
        torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        data = (b"\n" if torn else b"") + msgspec.json.encode(command) + b"\n"
        while data:
            data = data[os.write(fd, data) :]
    finally:
        os.close(fd)


class CommandReader:
    """Reads the commands beyond byte `offset` (the last one answered, see `events.Answer`)."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self._offset = offset
        self._tail = b""
        self._offset_read = offset
        self._fd: int | None = None

    def read(self) -> list[CommandLine]:
        """The new complete lines. Fast when there are none: one `fstat`.

        Raises ForeignFile, and OSError when the file cannot be read.
        """
        if self._fd is None:
            try:
                self._fd = _open_own(self._path)
            except FileNotFoundError:
                return []
        size = os.fstat(self._fd).st_size
        if size <= self._offset_read:
            return []
        return self._split(
            os.pread(self._fd, min(size - self._offset_read, 1024 * 1024), self._offset_read)
        )

    def _split(self, data: bytes) -> list[CommandLine]:
        self._offset_read += len(data)
        lines = (self._tail + data).split(b"\n")
        self._tail = lines.pop()
        received = []
        for line in lines:
            self._offset += len(line) + 1
            if line.strip():
                received.append(_parse(line, self._offset))
        if len(self._tail) > MAX_LINE:
            # Cut: it is answered as unreadable when its newline arrives.
            self._offset += len(self._tail) - MAX_LINE
            self._tail = self._tail[-MAX_LINE:]
        return received


def _open_own(path: Path) -> int:
    """Open a plain file of this account; a link, a pipe or another account's file is refused."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        raise ForeignFile(f"{path.name} may not be read, so its commands are ignored") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ForeignFile(f"{path.name} is a link, so its commands are ignored") from None
        raise
    status = os.fstat(fd)
    problem = ""
    if not stat.S_ISREG(status.st_mode):
        problem = "is not a plain file"
    elif status.st_uid != os.geteuid():
        problem = f"belongs to another account (user {status.st_uid})"
    if problem:
        os.close(fd)
        raise ForeignFile(f"{path.name} {problem}, so its commands are ignored")
    return fd


def _parse(line: bytes, offset: int) -> CommandLine:
    if len(line) >= MAX_LINE:
        return CommandLine(offset, None, "longer than any command")
    try:
        return CommandLine(offset, _decoder.decode(line))
    except UNREADABLE as error:
        return CommandLine(offset, None, str(error))
