"""The lock that says an engine is at work: taken by the engine, asked about by everyone else.

fcntl locks belong to a process and vanish with it, however it dies. A prober asks with F_GETLK
and never takes the lock, so that asking can never keep an engine from starting.
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
    """Who wrote the lock file last; only meaningful while the lock is held."""

    incarnation: str
    pid: int
    host: str
    boot_id: str


class EngineLock:
    """Held from before torch is imported until the process ends, in whatever way.

    Raises SessionLocked when another process holds it, OSError when the file cannot be opened. The
    holder must not open and close the file again: that would drop its own lock.
    """

    def __init__(self, path: Path, holder: Holder) -> None:
        self._fd = open_to_write(path, os.O_RDWR)
        try:
            fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            os.close(self._fd)
            raise SessionLocked(f"another engine is at work on {path.parent.name}") from None
        except OSError as error:
            os.close(self._fd)
            raise SessionError(
                f"the file system of {path.parent} cannot lock files ({error.strerror}), so that "
                "two engines could train one session: keep sessions elsewhere (--sessions DIR)"
            ) from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, msgspec.json.encode(holder), 0)

    def release(self) -> None:
        """Give the lock back while the process lives on."""
        os.close(self._fd)


def is_held(path: Path) -> bool:
    """Whether an engine of this machine holds the lock at `path`."""
    try:
        fd = open_to_read(path)
    except OSError:
        return False
    try:
        return _ask(fd, fcntl.F_WRLCK)
    except OSError:
        # A file system without locks: no engine trains there.
        return False
    finally:
        os.close(fd)


def _ask(fd: int, kind: int) -> bool:
    if sys.platform == "darwin":
        answer = fcntl.fcntl(fd, fcntl.F_GETLK, struct.pack(_DARWIN, 0, 0, 0, kind, os.SEEK_SET))
        return bool(struct.unpack(_DARWIN, answer)[3] != fcntl.F_UNLCK)
    answer = fcntl.fcntl(fd, fcntl.F_GETLK, struct.pack(_LINUX, kind, os.SEEK_SET, 0, 0, 0))
    return bool(struct.unpack(_LINUX, answer)[0] != fcntl.F_UNLCK)


def holder(path: Path) -> Holder | None:
    """Who holds the lock at `path`; None when nobody does or nothing readable stands there yet."""
    if not is_held(path):
        return None
    try:
        return msgspec.json.decode(read_start(path, _MAX_SIZE), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None
