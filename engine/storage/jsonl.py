"""Append-only files of lines: one writer of whole lines, readers that take only whole ones."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.storage.errors import DiskFull
from engine.storage.files import open_to_read, open_to_write

MAX_LINE: Final = 4 * 1024 * 1024
"""Bytes. A longer line is no event of ours: it is skipped, and never held in memory whole."""
CHUNK: Final = 1024 * 1024


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})


def is_no_room(error: OSError) -> bool:
    """Whether `error` says that the disk is full or may not be written, which can pass."""
    return isinstance(error, DiskFull) or error.errno in _NO_ROOM


def why_no_room(error: OSError) -> str:
    """In a few words, why nothing can be written; for an `is_no_room` error."""
    reasons = {
        errno.EROFS: "the file system is read-only",
        errno.EDQUOT: "the quota is used up",
        errno.EFBIG: "the largest size of a file is reached (ulimit -f)",
    }
    return reasons.get(error.errno or 0, "no space left")


class LineWriter:
    """Appends lines to a file, one `write` a line.

    There is one writer for a file: the process that holds the folder's lock. A torn last line
    left by a killed process is sealed by a newline, never cut off.

    Raises OSError when the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._fd = open_to_write(path, os.O_RDWR | os.O_APPEND)
        self._pending = b""
        size = os.fstat(self._fd).st_size
        if size and os.pread(self._fd, 1, size - 1) != b"\n":
            self._pending = b"\n"

    def append_line(self, line: bytes, *, sync: bool = False) -> None:
        """Write `line`, newline included; with `sync`, return when it is on the disk.

        Raises DiskFull when the disk is full: the line (or its rest) is kept, and `drain` or the
        next line writes it before anything else.
        """
        self._pending += line
        self.drain(sync=sync)

    def drain(self, *, sync: bool = False) -> None:
        """Write what is still waiting. Raises DiskFull as `append_line` does."""
        try:
            while self._pending:
                written = os.write(self._fd, self._pending)
                self._pending = self._pending[written:]
            if sync:
                os.fsync(self._fd)
        except OSError as error:
            if is_no_room(error):
                raise DiskFull(*error.args) from error
            raise

    def close(self) -> None:
        """Close the file; nothing may be appended afterwards."""
        os.close(self._fd)


def whole_lines(path: Path) -> Iterator[bytes]:
    """The complete lines of a file as they stand, newlines included, none longer than MAX_LINE.

    A missing file holds none. Raises OSError.
    """
    try:
        fd = open_to_read(path)
    except FileNotFoundError:
        return
    with open(fd, "rb") as file:
        overlong = False
        while part := file.readline(MAX_LINE):
            ends = part.endswith(b"\n")
            if ends and not overlong:
                yield part
            overlong = not ends


class LineReader:
    """Reads the complete lines of a file that may still grow.

    damaged: lines that are too long to be any; counted, not kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._tail = b""
        self._overlong = False
        self.damaged = 0

    def read_lines(self, limit: int = CHUNK) -> list[bytes]:
        """The next lines, from at most `limit` more bytes; [] when there is nothing new.

        Blank lines are left out. Raises OSError when the file is unreadable. A missing file reads
        as empty: its writer has not begun.
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
        return [line for line in lines if line.strip()]

    @property
    def torn(self) -> bool:
        """Whether the last line read has no end: it is being written, or its writer was killed."""
        return bool(self._tail.strip()) or self._overlong

    @property
    def behind(self) -> bool:
        """Whether the file holds bytes that were not read yet."""
        try:
            return self._path.stat().st_size > self._offset
        except FileNotFoundError:
            return False

    def _fetch(self, limit: int) -> bytes:
        try:
            with open(open_to_read(self._path), "rb", buffering=0) as file:
                file.seek(self._offset)
                data = file.read(limit) or b""
        except FileNotFoundError:
            return b""
        self._offset += len(data)
        return data
