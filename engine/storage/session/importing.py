"""The import of a session from someone else, a folder or a .zip, which is checked and not trusted.

Only session.json, the log and the checkpoint are copied; an engine's other files and snapshots are
skipped, and anything else is refused. The sizes of all files are limited, whatever the archive
claims.
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
from engine.storage.session.info import Info, RecordedInfo, write_info
from engine.storage.session.session import Session, refuse_reference_name

_COPIED: Final = {
    "session.json": 1024**2,
    "events.jsonl": 1024**3,
    "checkpoint.safetensors": 1024**3,
}
"""The files that are copied, and the largest size of each in bytes."""
_SNAPSHOTS: Final = "snapshots"
_SKIPPED: Final = frozenset(
    {"commands.jsonl", "progress.json", "engine.log", "engine.lock", ".reserve", _SNAPSHOTS,
     "checkpoint.unusable", ".DS_Store", ".localized", "Thumbs.db", "desktop.ini", "__MACOSX"}
)  # fmt: skip
_SKIPPED_PREFIXES: Final = ("._", ".nfs", ".fuse_hidden", ".smbdelete")
"""Files of macOS and network file systems beside the files of a folder."""
_MACOS: Final = "__MACOSX"
_MAX_ENTRIES: Final = 64
_SMALL: Final = 16 * 1024**2
_MAX_COMPRESSION: Final = 200
"""The largest ratio of a file of more than _SMALL bytes to its size in an archive."""
_CHUNK: Final = 1024**2
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


class _Refused(EdgeChaosError):
    """The import is refused; the message is the end of a sentence."""


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
        raise _Refused(f"it is not a readable .zip of a session ({error})") from None


def _from_folder(source: Path, folder: Path) -> None:
    file_names = sorted(os.listdir(source))
    for name in file_names:
        if not _is_copied(name):
            continue
        # Neither through a link nor into a pipe without a writer.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        if (source / name).is_symlink():
            raise _Refused(f"{name} is a link")
        with open(os.open(source / name, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise _Refused(f"{name} is not a plain file")
            _refuse_larger(name, status.st_size, _COPIED[name])
            _copy(name, file, folder, _COPIED[name])


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
        if not _is_copied(name):
            continue
        tops.add(parts[:-1])
        if len(parts) > 2 or len(tops) > 1:
            raise _Refused("it holds more than one folder")
        limit = min(_COPIED[name], max(_SMALL, _MAX_COMPRESSION * entry.compress_size))
        _refuse_larger(name, entry.file_size, limit)
        with archive.open(entry) as file:
            _copy(name, file, folder, limit)


def _safe_parts(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    # Older Windows programs separate a path by backslashes.
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
    """Whether the file is in a folder of snapshots; a session may have that name too."""
    inside = len(parts) > 1 and parts[-2] == _SNAPSHOTS
    return inside and parts[-1] not in _COPIED and parts[-1] not in _SKIPPED


def _is_copied(name: str) -> bool:
    if name in _COPIED:
        return True
    if name in _SKIPPED or name.startswith(_SKIPPED_PREFIXES):
        return False
    if name.startswith(".") and name.endswith(".tmp"):
        return False
    raise _Refused(f"{name[:60]!r} is not a file of a session")


def _refuse_larger(name: str, size: int, limit: int) -> None:
    if size > limit:
        raise _Refused(f"{name} is larger than any of a session")


def _copy(name: str, source: IO[bytes], folder: Path, limit: int) -> None:
    fd = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    remaining = limit
    with open(fd, "wb") as target:
        while data := source.read(_CHUNK):
            # The size in an archive may be wrong, and a folder's file may grow.
            remaining -= len(data)
            _refuse_larger(name, limit - remaining, limit)
            target.write(data)
        target.flush()
        os.fsync(target.fileno())


def _checked(session: Session) -> Info:
    """session.json and the log, both read to their ends."""
    if not (session.folder / "session.json").exists():
        raise _Refused("it has no session.json, so it is not a session")
    with _as_refusal(session):
        info = session.info()
        reader = LogReader(session.log)
        count = sum(1 for _ in reader.read_all())
    if not count and (reader.damaged or reader.skipped):
        raise _Refused("its log holds no readable event")
    return info


@contextmanager
def _as_refusal(session: Session) -> Iterator[None]:
    try:
        yield
    except EdgeChaosError as error:
        raise _Refused(str(error).removeprefix(f"{session.name}: ")) from None


def _settle(root: Path, folder: Path, info: Info, name: str | None) -> Session:
    """Give the folder its name. Paths of another machine are removed."""
    hyperparameters = msgspec.structs.replace(info.hyperparameters, data_dir="")
    for candidate in _candidates(info, name):
        refuse_reference_name(root / candidate)
        settled_info = msgspec.structs.replace(
            info, name=candidate, hyperparameters=hyperparameters
        )
        if isinstance(settled_info, RecordedInfo):
            settled_info = msgspec.structs.replace(settled_info, source="")
        write_info(folder, settled_info)
        try:
            move_folder(folder, root / candidate)
        except FileExistsError:
            continue
        return Session(root / candidate)
    raise SessionError(f"there is a session {name or info.name} already; give it --session NAME")


def _candidates(info: Info, name: str | None) -> Iterator[str]:
    if name is not None:
        yield name
        return
    try:
        # A copy of a reference session is an ordinary session.
        stem = names.check_name(info.name.removeprefix(REFERENCE_PREFIX))[:58]
    except InvalidName:
        stem = "imported"
    yield stem
    for number in range(2, 1000):
        yield f"{stem}-{number}"
