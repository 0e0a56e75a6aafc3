"""The reader of an append-only file of lines, which yields only whole lines."""

import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Final

from engine.storage.files import open_to_read

MAX_LINE: Final = 4 * 1024 * 1024
"""Bytes. A longer line is not an event: it is skipped, and never held in memory whole."""
CHUNK: Final = 1024 * 1024


def whole_lines(path: Path) -> Iterator[bytes]:
    """Yield the complete lines of a file, newlines included, except those longer than MAX_LINE.

    A missing file has none. Raises OSError.
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

    newest: the bytes at the end of a longer file that are read. damaged: the number of lines that
    are too long for an event.
    """

    def __init__(self, path: Path, newest: int | None = None) -> None:
        self._path = path
        self._newest = newest
        self._offset = 0
        self._tail = b""
        self._last = b""
        self._file: tuple[int, int] | None = None
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
        self._last = lines[-1] if lines else self._last
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
        """Whether the file has unread bytes."""
        try:
            return self._is_other(status := self._path.stat()) or status.st_size > self._offset
        except FileNotFoundError:
            return False

    def _is_other(self, status: os.stat_result) -> bool:
        """Whether this is another file than the one that was read, or was cut since."""
        identity = (status.st_dev, status.st_ino)
        return status.st_size < self._offset or self._file not in (None, identity)

    def _fetch(self, limit: int) -> bytes:
        try:
            with open(open_to_read(self._path), "rb", buffering=0) as file:
                status = os.fstat(file.fileno())
                if self._newest is not None and self._file is None:
                    self._offset = max(status.st_size - self._newest, 0)
                    # The first line is read from its middle on.
                    self._overlong = self._offset > 0
                if self._is_other(status):
                    self._offset = self._place_in(file)
                    self._tail, self._overlong = b"", False
                self._file = status.st_dev, status.st_ino
                file.seek(self._offset)
                data = file.read(limit) or b""
        except FileNotFoundError:
            return b""
        self._offset += len(data)
        return data

    def _place_in(self, file: FileIO) -> int:
        """The place in a new file after the last line read; the beginning where it lacks that line,
        since an epoch that is read twice counts once."""
        last_line, place, after = self._last, 0, 0
        with open(os.dup(file.fileno()), "rb") as lines:
            lines.seek(0)
            while line := lines.readline(MAX_LINE):
                place += len(line)
                if last_line and line == last_line + b"\n":
                    after = place
        return after
