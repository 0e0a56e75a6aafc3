"""The kind of a file or folder that is to be imported, by what it holds and not by its name."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from engine.importer.columns import Columns
from engine.importer.source import ImportRefused, OneRun, RunsPlace, run_name
from engine.importer.tensorboard import EventFiles, EventFolders
from engine.importer.text_file import CsvFile, JsonLines
from engine.importer.tfrecord import is_record
from engine.importer.trackio import TrackioDatabase
from engine.storage.files import read_start

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_SQLITE: Final = b"SQLite format 3\0"
_PACKED: Final = {
    b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PAR1": "Parquet", b"\x89HDF": "HDF5",
}  # fmt: skip
_START: Final = 4096
_OF_A_SESSION: Final = ("session.json", "events.jsonl")


def is_own(path: Path) -> bool:
    """Whether `path` is a session of the product: its folder, or a .zip."""
    if path.is_dir():
        return any((path / name).exists() for name in _OF_A_SESSION)
    return path.is_file() and _start(path).startswith(_ZIP)


def open_place(path: Path, chosen: Mapping[str, str]) -> RunsPlace:
    """Where the runs in `path` are, each column being what was `chosen` or what its name says.

    Raises ImportRefused for what holds none, with a sentence.
    """
    if path.is_dir():
        return EventFolders(path, chosen)
    start = _start(path)
    columns = Columns(chosen)
    if is_record(start) or ("tfevents" in path.name and not start):
        return OneRun(EventFiles(path, run_name(path.parent), columns))
    if start.startswith(_SQLITE):
        return TrackioDatabase(path, chosen)
    for mark, kind in _PACKED.items():
        if start.startswith(mark):
            raise ImportRefused(f"{path.name} is a {kind} file: unpack it, or export it as CSV")
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        what = "damaged" if "tfevents" in path.name else "neither text nor an event file"
        if path.suffix in (".db", ".sqlite", ".sqlite3"):
            what = "no database that can be read: it is damaged or encrypted"
        raise ImportRefused(f"{path.name} is {what}")
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return OneRun(JsonLines(path, columns))
    return OneRun(CsvFile(path, columns))


def _start(path: Path) -> bytes:
    try:
        return read_start(path, _START)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        if error.errno == errno.EINVAL:
            reason = "it is no plain file"
        raise ImportRefused(f"cannot read {path}: {reason}") from None
