"""The kind of a file or folder to import, by its content and not by its name."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from engine.importer.columns import Columns
from engine.importer.csv_file import CsvFile
from engine.importer.json_lines import JsonLines
from engine.importer.source import ImportRefused, OneRun, RunsPlace, run_name
from engine.importer.tensorboard import EventFiles, EventFolders
from engine.importer.tfrecord import is_record
from engine.importer.trackio import TrackioDatabase
from engine.storage.files import read_start

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_SQLITE: Final = b"SQLite format 3\0"
_COMPRESSED: Final = {
    b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PAR1": "Parquet", b"\x89HDF": "HDF5",
}  # fmt: skip
_START: Final = 4096
_SESSION_FILES: Final = ("session.json", "events.jsonl")


def is_own(path: Path) -> bool:
    """Whether `path` is a session of the product: its folder, or a .zip."""
    if path.is_dir():
        return any((path / name).exists() for name in _SESSION_FILES)
    return path.is_file() and _start(path).startswith(_ZIP)


def open_place(path: Path, chosen: Mapping[str, str]) -> RunsPlace:
    """The runs in `path`; `chosen` maps targets to columns, the rest go by their names.

    Raises ImportRefused, with a sentence, for a path without runs.
    """
    if path.is_dir():
        return EventFolders(path, chosen)
    start = _start(path)
    columns = Columns(chosen)
    if is_record(start) or ("tfevents" in path.name and not start):
        return OneRun(EventFiles(path, run_name(path.parent), columns))
    if start.startswith(_SQLITE):
        return TrackioDatabase(path, chosen)
    for mark, kind in _COMPRESSED.items():
        if start.startswith(mark):
            raise ImportRefused(f"{path.name} is a {kind} file: unpack it, or export it as CSV")
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        description = "damaged" if "tfevents" in path.name else "neither text nor an event file"
        if path.suffix in (".db", ".sqlite", ".sqlite3"):
            description = "not a readable database: it is damaged or encrypted"
        raise ImportRefused(f"{path.name} is {description}")
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return OneRun(JsonLines(path, columns))
    return OneRun(CsvFile(path, columns))


def _start(path: Path) -> bytes:
    try:
        return read_start(path, _START)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        if error.errno == errno.EINVAL:
            reason = "it is not a plain file"
        raise ImportRefused(f"cannot read {path}: {reason}") from None
