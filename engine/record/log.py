"""The append-only log: one writer that writes whole lines, readers that take only whole lines."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.record import events
from engine.record.events import AnyEvent

MAX_LINE: Final = 4 * 1024 * 1024
"""Bytes. A longer line is no event of ours: it is skipped, and never held in memory whole."""
_CHUNK: Final = 1024 * 1024


class NoRoom(OSError):
    """The file system has no room for what was appended; it is kept and written by `drain`."""


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})


class LogWriter:
    """Appends events to a log, one `write` a line.

    There is one writer for a log: the engine that holds the session's lock. A torn last line
    left by a killed engine is sealed by a newline, never cut off.

    Raises OSError when the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._pending = b""
        size = os.fstat(self._fd).st_size
        if size and os.pread(self._fd, 1, size - 1) != b"\n":
            self._pending = b"\n"

    def append(self, event: AnyEvent, *, sync: bool = False) -> None:
        """Write `event` as one line; with `sync`, return when it is on the disk.

        Raises NoRoom when the disk is full: the line (or its rest) is kept, and `drain` or the
        next `append` writes it before anything else.
        """
        self._pending += events.encode(event)
        self.drain(sync=sync)

    def drain(self, *, sync: bool = False) -> None:
        """Write what is still waiting. Raises NoRoom as `append` does."""
        try:
            while self._pending:
                written = os.write(self._fd, self._pending)
                self._pending = self._pending[written:]
            if sync:
                os.fsync(self._fd)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise NoRoom(*error.args) from error
            raise

    def close(self) -> None:
        """Close the file; nothing may be appended afterwards."""
        os.close(self._fd)


class LogReader:
    """Reads the complete lines of a log that may still grow.

    skipped: lines of unknown type; damaged: lines that are no events. Both are counted, not kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._tail = b""
        self._overlong = False
        self.skipped = 0
        self.damaged = 0

    def read(self, limit: int = _CHUNK) -> list[AnyEvent]:
        """The next events, from at most `limit` more bytes; [] when there is nothing new.

        Raises events.NewerSchema for a log this version cannot read, OSError when it is
        unreadable. A missing file reads as empty: the engine has not begun.
        """
        data = self._fetch(limit)
        if not data:
            return []
        lines = (self._tail + data).split(b"\n")
        self._tail = lines.pop()
        if self._overlong:
            self._overlong = not lines
            lines = lines[1:]
        if len(self._tail) > MAX_LINE:
            self._tail = b""
            if not self._overlong:
                self.damaged += 1
            self._overlong = True
        return list(self._decode(lines))

    def read_all(self) -> Iterator[AnyEvent]:
        """Every event that is complete by now, in bounded batches."""
        while self.behind:
            yield from self.read()

    @property
    def behind(self) -> bool:
        """Whether the file holds bytes that were not read yet."""
        try:
            return self._path.stat().st_size > self._offset
        except FileNotFoundError:
            return False

    def _fetch(self, limit: int) -> bytes:
        try:
            with self._path.open("rb", buffering=0) as file:
                file.seek(self._offset)
                data = file.read(limit) or b""
        except FileNotFoundError:
            return b""
        self._offset += len(data)
        return data

    def _decode(self, lines: list[bytes]) -> Iterator[AnyEvent]:
        for line in lines:
            if not line.strip():
                continue
            try:
                yield events.decode(line)
            except events.UnknownEvent:
                self.skipped += 1
            except events.DamagedLine:
                self.damaged += 1
