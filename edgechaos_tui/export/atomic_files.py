"""Atomic output at a path that a person named: a regular file appears whole or not at all.

Anything else, such as a device or a pipe, is written to as by a shell's `>`. A link is followed,
and a replaced file keeps its mode and owner. `-` is stdout.
"""

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from engine.storage.errors import SessionError
from engine.storage.files import set_folder_mode

STDOUT: Final = Path("-")
_PREFIX: Final = ".edgechaos-"


@contextmanager
def whole_file(output: Path, *, suffix: str | None = None) -> Iterator[Path]:
    """A temporary path to write to; it becomes `output` when the block ends without an error.

    suffix: the ending of the path, from which some writers take the format; default: that of
    `output`. Raises SessionError with one sentence when `output` cannot be written.
    """
    suffix = output.suffix if suffix is None else suffix
    with _reporting_errors(output):
        stream = _stream_at(output)
        if stream is not None or not _is_replaced(output):
            with _elsewhere(suffix) as temporary:
                yield temporary
                _copy(temporary, output, stream)
            return
        target = Path(os.path.realpath(output))
        with _beside(target, suffix) as temporary:
            yield temporary
            _put(temporary, target)


@contextmanager
def whole_folder(output: Path) -> Iterator[Path]:
    """A temporary folder to fill; its content moves to `output` when the block ends without error.

    An existing empty folder keeps its mode. Raises SessionError when `output` cannot be written or
    is not empty.
    """
    with _reporting_errors(output):
        target = Path(os.path.realpath(output))
        existing = target.exists()
        if existing and (not target.is_dir() or any(target.iterdir())):
            raise SessionError(f"{output} exists already; name a new or an empty folder")
        temporary = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=target.parent))
        try:
            yield temporary
            if existing:
                for entry in sorted(temporary.iterdir()):
                    shutil.move(entry, target / entry.name)
            else:
                set_folder_mode(temporary, 0o777 & ~_umask())
                os.replace(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def is_stdout(output: Path) -> bool:
    """Whether `output` is the stdout of this process, by whatever path."""
    return _stream_at(output) == 1


@contextmanager
def _reporting_errors(output: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise SessionError(f"cannot write {output}: {error.strerror or error}") from None


def _stream_at(output: Path) -> int | None:
    """The standard stream (1 or 2) that `output` names, by whatever path; None for another file."""
    if output == STDOUT:
        return 1
    with contextlib.suppress(OSError):
        existing = os.stat(output)
        for stream in (1, 2):
            with contextlib.suppress(OSError):
                if os.path.samestat(existing, os.fstat(stream)):
                    return stream
    return None


def _is_replaced(output: Path) -> bool:
    """Whether `output` is a regular file or nothing yet. Raises OSError for a folder."""
    try:
        mode = os.stat(output).st_mode
    except FileNotFoundError:
        return True
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(None, "it is a folder")
    return stat.S_ISREG(mode)


@contextmanager
def _beside(target: Path, suffix: str) -> Iterator[Path]:
    try:
        handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=suffix, dir=target.parent)
    except OSError:
        # A file may be writable in a folder that is not: it is then overwritten in place.
        if not target.exists():
            raise
        with _elsewhere(suffix) as temporary:
            yield temporary
        return
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _elsewhere(suffix: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="edgechaos-") as folder:
        yield Path(folder) / f"output{suffix}"


def _put(temporary: Path, target: Path) -> None:
    """Replace `target` by `temporary`; where it cannot be renamed over (a mount), overwrite it."""
    replaced: os.stat_result | None = None
    with contextlib.suppress(FileNotFoundError):
        replaced = os.stat(target)
    # mkstemp makes files that only their owner can read; a new file follows the umask instead.
    temporary.chmod(stat.S_IMODE(replaced.st_mode) if replaced else 0o666 & ~_umask())
    if replaced is not None and not _give_ownership(temporary, replaced):
        _copy(temporary, target, None)
        return
    try:
        os.replace(temporary, target)
    except OSError:
        if replaced is None:
            raise
        _copy(temporary, target, None)


def _give_ownership(temporary: Path, replaced: os.stat_result) -> bool:
    """Give `temporary` the owner and group of the file it replaces; returns whether it has them."""
    current = os.stat(temporary)
    if (current.st_uid, current.st_gid) == (replaced.st_uid, replaced.st_gid):
        return True
    try:
        os.chown(temporary, replaced.st_uid, replaced.st_gid)
    except OSError:
        return False
    # A change of owner clears set-id bits.
    os.chmod(temporary, stat.S_IMODE(replaced.st_mode))
    return True


def _copy(temporary: Path, output: Path, stream: int | None) -> None:
    with temporary.open("rb") as source:
        if stream is None:
            with output.open("wb") as target:
                shutil.copyfileobj(source, target)
            return
        (sys.stdout if stream == 1 else sys.stderr).flush()
        with open(os.dup(stream), "wb") as target:
            shutil.copyfileobj(source, target)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
