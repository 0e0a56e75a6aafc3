"""The lock that an engine holds while it works, and the test whether it is held.

fcntl locks belong to a process and end with it, however it dies. Testing uses F_GETLK and never
takes the lock, so that a test cannot keep an engine from starting.

Such a lock also ends when its own process closes any descriptor of the file. So that a program that
trains and reads its own session (a notebook) keeps it, a process remembers the locks that it holds
and does not open their files.
"""

import fcntl
import os
import struct
import sys
from pathlib import Path
from typing import Final

import msgspec

from engine.storage.errors import SessionError, SessionLocked
from engine.storage.files import open_to_read, open_to_write, read_start

# struct flock: Linux orders type, whence, start, len, pid; macOS start, len, pid, type, whence.
_LINUX: Final = "hhqqi4x"
_DARWIN: Final = "qqihh"
_MAX_SIZE: Final = 4096


class Holder(msgspec.Struct, frozen=True):
    """The process that wrote the lock file last; valid while the lock is held."""

    incarnation: str
    pid: int
    host: str
    boot_id: str


_Place = tuple[int, int, int]
_held_here: dict[_Place, Holder] = {}
"""The locks that this process holds, by process, device and inode: a forked child holds none."""


def _place(status: os.stat_result) -> _Place:
    return os.getpid(), status.st_dev, status.st_ino


def _own_holder(path: Path) -> Holder | None:
    """The holder of the lock if it is this process. Opens no file."""
    if not _held_here:
        return None
    try:
        return _held_here.get(_place(path.stat()))
    except OSError:
        return None


class EngineLock:
    """The lock of an engine, held from before torch is imported until the process ends in any way.

    Raises SessionLocked when another process, or this one, holds it already; OSError when the file
    cannot be opened.
    """

    def __init__(self, path: Path, holder: Holder) -> None:
        if _own_holder(path) is not None:
            raise SessionLocked(f"this program already works on {path.parent.name}")
        self._fd = open_to_write(path, os.O_RDWR)
        try:
            fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            os.close(self._fd)
            raise SessionLocked(f"another engine is at work on {path.parent.name}") from None
        except OSError as error:
            os.close(self._fd)
            raise SessionError(
                f"the file system of {path.parent} cannot lock files ({error.strerror}), so "
                "two engines could train one session: keep sessions elsewhere (--sessions DIR)"
            ) from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, msgspec.json.encode(holder), 0)
        self._place = _place(os.fstat(self._fd))
        _held_here[self._place] = holder

    def release(self) -> None:
        """Release the lock before the process ends."""
        _held_here.pop(self._place, None)
        os.close(self._fd)


def is_held(path: Path) -> bool:
    """Whether an engine of this machine holds the lock at `path`."""
    if _own_holder(path) is not None:
        return True
    try:
        fd = open_to_read(path)
    except OSError:
        return False
    try:
        return _is_locked(fd, fcntl.F_WRLCK)
    except OSError:
        # A file system without locks: no engine trains there.
        return False
    finally:
        os.close(fd)


def _is_locked(fd: int, kind: int) -> bool:
    if sys.platform == "darwin":
        answer = fcntl.fcntl(fd, fcntl.F_GETLK, struct.pack(_DARWIN, 0, 0, 0, kind, os.SEEK_SET))
        return bool(struct.unpack(_DARWIN, answer)[3] != fcntl.F_UNLCK)
    answer = fcntl.fcntl(fd, fcntl.F_GETLK, struct.pack(_LINUX, kind, os.SEEK_SET, 0, 0, 0))
    return bool(struct.unpack(_LINUX, answer)[0] != fcntl.F_UNLCK)


def holder(path: Path) -> Holder | None:
    """The holder of the lock at `path`; None without one, or before it can be read."""
    own = _own_holder(path)
    if own is not None:
        return own
    if not is_held(path):
        return None
    try:
        return msgspec.json.decode(read_start(path, _MAX_SIZE), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None
