"""The writer of an append-only file of lines, which survives full disks and intrusions."""

import errno
import os
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from engine.storage.errors import DiskFull
from engine.storage.files import open_to_write
from engine.storage.line_reader import CHUNK

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})


def is_no_room(error: OSError) -> bool:
    """Whether `error` means that the disk is full or read-only, which can pass."""
    return isinstance(error, DiskFull) or error.errno in _NO_ROOM


def why_no_room(error: OSError) -> str:
    """The reason, in a few words, why nothing can be written; for an `is_no_room` error."""
    reasons = {
        errno.EROFS: "the file system is read-only",
        errno.EDQUOT: "the quota is used up",
        errno.EFBIG: "the largest size of a file is reached (ulimit -f)",
    }
    return reasons.get(error.errno or 0, "no space left")


class LineWriter:
    """Appends lines to a file, one `write` per line.

    A file has one writer: the process that holds the folder's lock. A torn last line of a killed
    process is ended by a newline, never cut off. If another program replaces the file (`sed -i`, an
    editor) or cuts it, the lost lines are written again: all of them, or those in the last megabyte
    of this writer.

    intrusion: a sentence on the last such event, which the owner reports and clears.

    Raises OSError when the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.intrusion = ""
        self._pending = b""
        # The last lines written, with their places in the file.
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
            self._restore_lost_lines()
        self._queue(line)
        self.drain(sync=sync)

    def drain(self, *, sync: bool = False) -> None:
        """Write the lines that still wait. Raises DiskFull as `append_line` does."""
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

    def _restore_lost_lines(self) -> None:
        """Restore lost lines if the path leads to another file, or the file was cut.

        Where the folder is gone, or cannot be opened, the writer continues in the open file.
        """
        status = os.fstat(self._fd)
        try:
            current: os.stat_result | None = os.stat(self._path)
        except OSError:
            current = None
        if current is None or not os.path.samestat(status, current):
            self._follow_path()
        elif status.st_size < self._size:
            lost = self._size - status.st_size
            self._size = status.st_size
            self._seal()
            rewritten = self._write_again(
                [line for start, line in self._recent if start + len(line) > status.st_size]
            )
            self.intrusion = (
                f"the log was cut by something else: {lost:,} bytes were lost, {rewritten}"
            )
        else:
            self._size = status.st_size

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
    """The last of `old_lines` that are missing in `new_lines`, a copy that may have been edited.

    These are the lines after the last common one, without as many as follow that in the copy."""
    places = {line: place for place, line in enumerate(old_lines)}
    for edited, line in enumerate(reversed(new_lines)):
        if line in places:
            return old_lines[places[line] + 1 + edited :]
    return old_lines[len(new_lines) :]
