"""A session from someone else, a folder or a .zip: checked, then added, and trusted in nothing.

Only session.json, the log and the checkpoint are taken over; what an engine left beside them, and
snapshots, are passed over, and anything else is refused. No file is larger than it may be,
whatever it says.
"""

import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

import msgspec

from engine.storage import names
from engine.storage.errors import EdgeChaosError, InvalidName, SessionError
from engine.storage.session.edit import move_folder
from engine.storage.session.event_log import LogReader
from engine.storage.session.folder import REFERENCE_PREFIX
from engine.storage.session.session import (
    Info,
    RecordedInfo,
    Session,
    refuse_reference_name,
    write_info,
)

_TAKEN: Final = {
    "session.json": 1024**2,
    "events.jsonl": 1024**3,
    "checkpoint.safetensors": 1024**3,
}
"""The files that are taken over, and how large each may be, in bytes."""
_SNAPSHOTS: Final = "snapshots"
_PASSED_OVER: Final = frozenset(
    {"commands.jsonl", "progress.json", "engine.log", "engine.lock", ".reserve", _SNAPSHOTS,
     "checkpoint.unusable", ".DS_Store", ".localized", "Thumbs.db", "desktop.ini", "__MACOSX"}
)  # fmt: skip
_PASSED_OVER_PREFIXES: Final = ("._", ".nfs", ".fuse_hidden", ".smbdelete")
"""What macOS and network file systems leave beside the files of a folder."""
_MACOS: Final = "__MACOSX"
_MAX_ENTRIES: Final = 64
_SMALL: Final = 16 * 1024**2
_MOST_SHRUNK: Final = 200
"""A file of more than _SMALL bytes is never so many times smaller in an archive."""
_CHUNK: Final = 1024**2
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


class _Refused(EdgeChaosError):
    """Why it cannot be taken; the message ends the sentence."""


def add(root: Path, path: Path, name: str | None = None) -> Session:
    """Add the session at `path` to `root`, under `name`, its own name, or that with a number.

    Raises SessionError and InvalidName with one sentence; then nothing is left behind.
    """
    if name is not None:
        names.check_name(name)
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = Path(tempfile.mkdtemp(prefix=".import-", dir=root))
    except OSError as error:
        raise SessionError(f"cannot write to {root}: {error.strerror}") from None
    try:
        _fetch(path, folder)
        info = _checked(Session(folder))
        return _settle(root, folder, info, name)
    except _Refused as refused:
        raise SessionError(f"cannot import {path.name}: {refused}") from None
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise SessionError(f"cannot import {path.name}: {error.strerror}{where}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fetch(path: Path, folder: Path) -> None:
    if path.is_dir():
        _from_folder(path, folder)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            _from_archive(archive, folder)
    except _BROKEN as error:
        raise _Refused(f"it is no .zip of a session that can be read ({error})") from None


def _from_folder(source: Path, folder: Path) -> None:
    found = sorted(os.listdir(source))
    for name in found:
        if not _wanted(name):
            continue
        # Neither through a link nor into a pipe that nobody writes to.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        if (source / name).is_symlink():
            raise _Refused(f"{name} is a link")
        with open(os.open(source / name, flags), "rb") as file:
            what = os.fstat(file.fileno())
            if not stat.S_ISREG(what.st_mode):
                raise _Refused(f"{name} is no plain file")
            _refuse_larger(name, what.st_size, _TAKEN[name])
            _copy(name, file, folder, _TAKEN[name])


def _from_archive(archive: zipfile.ZipFile, folder: Path) -> None:
    entries = [(entry, _safe_parts(entry)) for entry in archive.infolist()]
    entries = [(e, p) for e, p in entries if p[0] != _MACOS and not _is_snapshot(p)]
    if len(entries) > _MAX_ENTRIES:
        raise _Refused(f"it holds {len(entries)} files, and a session has a handful")
    tops = set()
    for entry, parts in entries:
        if entry.is_dir():
            continue
        name = parts[-1]
        if not _wanted(name):
            continue
        tops.add(parts[:-1])
        if len(parts) > 2 or len(tops) > 1:
            raise _Refused("it holds more than one folder")
        limit = min(_TAKEN[name], max(_SMALL, _MOST_SHRUNK * entry.compress_size))
        _refuse_larger(name, entry.file_size, limit)
        with archive.open(entry) as file:
            _copy(name, file, folder, limit)


def _safe_parts(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    # Older Windows programs part a path by backslashes.
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    drive = bool(path.parts) and path.parts[0].endswith(":")
    plain = not path.is_absolute() and ".." not in path.parts and not drive
    if not plain or not path.parts or not entry.filename.isprintable():
        raise _Refused("a path in it leads out of it")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _Refused("it holds a link")
    if entry.flag_bits & 1:
        raise _Refused("it is encrypted")
    return path.parts


def _is_snapshot(parts: tuple[str, ...]) -> bool:
    """Whether it lies among the snapshots; a session may be called so, too."""
    inside = len(parts) > 1 and parts[-2] == _SNAPSHOTS
    return inside and parts[-1] not in _TAKEN and parts[-1] not in _PASSED_OVER


def _wanted(name: str) -> bool:
    if name in _TAKEN:
        return True
    if name in _PASSED_OVER or name.startswith(_PASSED_OVER_PREFIXES):
        return False
    if name.startswith(".") and name.endswith(".tmp"):
        return False
    raise _Refused(f"{name[:60]!r} is no file of a session")


def _refuse_larger(name: str, size: int, limit: int) -> None:
    if size > limit:
        raise _Refused(f"{name} is larger than any of a session")


def _copy(name: str, source: IO[bytes], folder: Path, limit: int) -> None:
    fd = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    left = limit
    with open(fd, "wb") as target:
        while data := source.read(_CHUNK):
            # An archive may say another size than it has, and a folder's file may grow.
            left -= len(data)
            _refuse_larger(name, limit - left, limit)
            target.write(data)
        target.flush()
        os.fsync(target.fileno())


def _checked(session: Session) -> Info:
    """session.json and the log, both read to their ends."""
    if not (session.folder / "session.json").exists():
        raise _Refused("there is no session.json in it, so it is no session")
    with _as_refusal(session):
        info = session.info()
        reader = LogReader(session.log)
        count = sum(1 for _ in reader.read_all())
    if not count and (reader.damaged or reader.skipped):
        raise _Refused("its log holds no event that can be read")
    return info


@contextmanager
def _as_refusal(session: Session) -> Iterator[None]:
    try:
        yield
    except EdgeChaosError as error:
        raise _Refused(str(error).removeprefix(f"{session.name}: ")) from None


def _settle(root: Path, folder: Path, info: Info, name: str | None) -> Session:
    """Give the folder its name. Paths of another machine mean nothing here and are left out."""
    hyperparameters = msgspec.structs.replace(info.hyperparameters, data_dir="")
    for chosen in _candidates(info, name):
        refuse_reference_name(root / chosen)
        made = msgspec.structs.replace(info, name=chosen, hyperparameters=hyperparameters)
        if isinstance(made, RecordedInfo):
            made = msgspec.structs.replace(made, source="")
        write_info(folder, made)
        try:
            move_folder(folder, root / chosen)
        except FileExistsError:
            continue
        return Session(root / chosen)
    raise SessionError(f"there is a session {name or info.name} already; give it --session NAME")


def _candidates(info: Info, name: str | None) -> Iterator[str]:
    if name is not None:
        yield name
        return
    try:
        # A copy of a reference session is one's own.
        stem = names.check_name(info.name.removeprefix(REFERENCE_PREFIX))[:58]
    except InvalidName:
        stem = "imported"
    yield stem
    for number in range(2, 1000):
        yield f"{stem}-{number}"
