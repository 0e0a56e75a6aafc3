"""Append-only files of lines: one writer of whole lines, readers that take only whole ones."""

import errno
import os
from collections import deque
from collections.abc import Iterator, Sequence
from io import FileIO
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
    left by a killed process is sealed by a newline, never cut off. Where something else put another
    file in its place (`sed -i`, an editor), or cut it, what that took away is written again, as far
    as it is known: all of it, or the last megabyte of what this writer wrote.

    intrusion: the last time that happened, in words, for the owner to tell and to set back.

    Raises OSError when the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.intrusion = ""
        self._pending = b""
        # Where each of the lines written last begins.
        self._recent: deque[tuple[int, bytes]] = deque()
        self._recent_size = 0
        self._open()

    def _open(self) -> None:
        self._fd = open_to_write(self._path, os.O_RDWR | os.O_APPEND)
        self._size = os.fstat(self._fd).st_size
        self._seal()

    def _seal(self) -> None:
        if self._size and os.pread(self._fd, 1, self._size - 1) != b"\n":
            self._pending = b"\n" + self._pending

    def append_line(self, line: bytes, *, sync: bool = False) -> None:
        """Write `line`, newline included; with `sync`, return when it is on the disk.

        Raises DiskFull when the disk is full: the line (or its rest) is kept, and `drain` or the
        next line writes it before anything else.
        """
        if not self._pending:
            self._look_at_file()
        self._queue(line)
        self.drain(sync=sync)

    def drain(self, *, sync: bool = False) -> None:
        """Write what is still waiting. Raises DiskFull as `append_line` does."""
        try:
            while self._pending:
                written = os.write(self._fd, self._pending)
                self._pending = self._pending[written:]
                self._size += written
            if sync:
                os.fsync(self._fd)
        except OSError as error:
            if is_no_room(error):
                raise DiskFull(*error.args) from error
            raise

    def close(self) -> None:
        """Close the file; nothing may be appended afterwards."""
        os.close(self._fd)

    def _queue(self, line: bytes) -> None:
        self._recent.append((self._size + len(self._pending), line))
        self._recent_size += len(line)
        while self._recent_size > CHUNK and len(self._recent) > 1:
            self._recent_size -= len(self._recent.popleft()[1])
        self._pending += line

    def _look_at_file(self) -> None:
        """See whether the path still leads to the file that was written, as long as it was.

        Where the folder is gone, or nothing can be opened there, the file at hand is written on.
        """
        mine = os.fstat(self._fd)
        try:
            current: os.stat_result | None = os.stat(self._path)
        except OSError:
            current = None
        if current is None or not os.path.samestat(mine, current):
            self._follow_path()
        elif mine.st_size < self._size:
            lost = self._size - mine.st_size
            self._size = mine.st_size
            self._seal()
            rewritten = self._write_again(
                [line for start, line in self._recent if start + len(line) > mine.st_size]
            )
            self.intrusion = (
                f"the log was cut by something else: {lost:,} bytes were lost, {rewritten}"
            )
        else:
            self._size = mine.st_size

    def _follow_path(self) -> None:
        old = self._fd
        try:
            self._open()
        except OSError:
            return
        with open(old, "rb") as file:
            file.seek(0)
            old_lines = file.readlines()
        with open(os.dup(self._fd), "rb") as file:
            file.seek(0)
            rewritten = self._write_again(missing_lines(old_lines, file.readlines()))
        self.intrusion = f"the log was replaced by something else: {rewritten}"

    def _write_again(self, lines: Sequence[bytes]) -> str:
        self._recent.clear()
        self._recent_size = 0
        for line in lines:
            self._queue(line)
        return f"{len(lines)} lines are written again"


def missing_lines(old_lines: Sequence[bytes], new_lines: Sequence[bytes]) -> Sequence[bytes]:
    """The last of `old_lines` that are not in the copy `new_lines`, which somebody may
    have edited: those after the last one that both have, but for as many as follow it there."""
    places = {line: place for place, line in enumerate(old_lines)}
    for edited, line in enumerate(reversed(new_lines)):
        if line in places:
            return old_lines[places[line] + 1 + edited :]
    return old_lines[len(new_lines) :]


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

    newest: of a file with more bytes only the lines within these last ones. damaged: lines that
    are too long to be any; counted, not kept.
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
        """Whether the file holds bytes that were not read yet."""
        try:
            return self._is_other(found := self._path.stat()) or found.st_size > self._offset
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
                    # The first of them is read from its middle on.
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
        """Where in another file what follows the last line read begins: behind that line, or, where
        it is not there, at the beginning, since whoever reads an epoch twice takes it once."""
        last_line, place, after = self._last, 0, 0
        with open(os.dup(file.fileno()), "rb") as lines:
            lines.seek(0)
            while line := lines.readline(MAX_LINE):
                place += len(line)
                if last_line and line == last_line + b"\n":
                    after = place
        return after
