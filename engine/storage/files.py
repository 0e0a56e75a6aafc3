"""Functions that open a session's files, and replace small ones whole.

They never follow a link at the end of a path or wait at a pipe: a session may come from a stranger.
A file is as private as its folder: 0600, or 0640 where the group may read the folder.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600
_FOR_GROUP: Final = 0o640
_NOT_SUPPORTED: Final = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF)


def file_mode(folder: Path) -> int:
    """The mode of files in `folder`: readable by the group where the folder is.

    Raises OSError when the folder is not there.
    """
    return _FOR_GROUP if folder.stat().st_mode & stat.S_IRGRP else PRIVATE


def open_to_write(path: Path, flags: int) -> int:
    """Open a session's file with `flags` and O_CREAT, as private as its folder, whatever the umask.

    Raises OSError, also for a link.
    """
    mode = file_mode(path.parent)
    fd = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    status = os.fstat(fd)
    if stat.S_IMODE(status.st_mode) != mode and status.st_uid == os.geteuid():
        with _without_modes():
            os.fchmod(fd, mode)
    return fd


def open_to_read(path: Path) -> int:
    """Open a plain file. Raises OSError, also for a pipe or a device."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "it is not a plain file", str(path))
    return fd


def read_start(path: Path, size: int) -> bytes:
    """The first `size` bytes of a plain file, or all where it is shorter. Raises OSError."""
    with open(open_to_read(path), "rb") as file:
        return file.read(size)


def replace_atomically(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Replace the file at `path` by `data` through a temporary file, synced to the disk.

    Raises OSError, and then leaves the old file as it was and no temporary file.
    """
    temporary = temporary_beside(path)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(temporary, flags, mode)
        with open(fd, "wb") as file:
            with _without_modes():
                os.fchmod(fd, mode)
            file.write(data)
            file.flush()
            os.fsync(fd)
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def temporary_beside(path: Path) -> Path:
    """The temporary file from which this process replaces `path`."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def drop_temporaries(path: Path) -> None:
    """Remove temporary files of killed processes beside `path`.

    Only for the one process that may write `path`. Files that cannot be removed stay.
    """
    for temporary in path.parent.glob(f".{path.name}.*.tmp"):
        try:
            temporary.unlink()
        except OSError:
            return


def sync_folder(folder: Path) -> None:
    """Sync `folder`, so that renames and new names in it survive a crash."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError as error:
        # Network and cloud mounts have no fsync of a folder: only a crash of the machine can
        # lose the newest name there.
        if error.errno not in _NOT_SUPPORTED:
            raise
    finally:
        os.close(fd)


def set_folder_mode(folder: Path, mode: int) -> None:
    """Give `folder` the permissions `mode`, and keep its setgid bit.

    Raises OSError.
    """
    with _without_modes():
        folder.chmod(mode | (folder.stat().st_mode & stat.S_ISGID))


@contextmanager
def _without_modes() -> Iterator[None]:
    """Ignore errors of file systems without Unix modes (CIFS, WSL, cloud mounts)."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EPERM, *_NOT_SUPPORTED):
            raise
