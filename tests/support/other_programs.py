"""Files as other programs write them, and imports of them, for tests of importing."""

import json
import sqlite3
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.importer.importing import Import
from engine.importer.source import RunSource
from engine.importer.tfrecord import crc32c, masked
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Rewound
from engine.storage.session.recorded_epochs import RecordedEpoch
from engine.storage.session.session import Session


class ReportRecord:
    """A report that keeps all that it receives."""

    def __init__(self) -> None:
        self.planned: list[RunSource] = []
        self.sessions: dict[str, Session] = {}
        self.resumed: list[str] = []
        self.remarks: list[str] = []

    def plan(self, sources: list[RunSource]) -> None:
        self.planned += sources

    def session(self, session: Session, source: RunSource, *, resumed: bool) -> None:
        self.sessions[source.name] = session
        if resumed:
            self.resumed.append(session.name)

    def remark(self, sentence: str) -> None:
        self.remarks.append(sentence)


def imported(root: Path, path: Path, **options: Any) -> ReportRecord:
    """All runs at `path`, imported once."""
    report = ReportRecord()
    Import(root, path, report, **options).once()
    return report


def rows_of(session: Session) -> list[RecordedEpoch]:
    """The epochs of the session that count, as every screen reads them."""
    rows: list[RecordedEpoch] = []
    for event in LogReader(session.log).read_all():
        if isinstance(event, Rewound):
            rows = [row for row in rows if row.epoch <= event.epoch]
        elif isinstance(event, RecordedEpoch):
            rows.append(event)
    return rows


def column(session: Session, name: str) -> list[tuple[int, float | None]]:
    """A metric at its places, by the name of its field or as it was given."""
    return [
        (row.epoch, row.metrics[name] if name in row.metrics else getattr(row, name))
        for row in rows_of(session)
        if name in row.metrics or getattr(row, name, None) is not None
    ]


def event_record(data: bytes) -> bytes:
    """`data` as one record of an event file."""
    length = struct.pack("<Q", len(data))
    return (
        length
        + struct.pack("<I", masked(crc32c(length)))
        + data
        + struct.pack("<I", masked(crc32c(data)))
    )


def scalar_event(tag: str, value: float, step: int, wall: float = 1.7e9) -> bytes:
    """A scalar as tensorboardX and PyTorch write it: a `simple_value` of its own event."""
    name = tag.encode()
    inner = b"\x0a" + bytes([len(name)]) + name + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(inner)]) + inner
    return (
        b"\x09" + struct.pack("<d", wall) + b"\x10" + _varint(step)
        + b"\x2a" + bytes([len(summary)]) + summary
    )  # fmt: skip


def write_events(path: Path, events: Sequence[bytes]) -> Path:
    """An event file with these events."""
    path.parent.mkdir(parents=True, exist_ok=True)
    version = b"\x09" + struct.pack("<d", 1.7e9) + b"\x1a\x0dbrain.Event:2"
    path.write_bytes(b"".join(map(event_record, [version, *events])))
    return path


def write_trackio(path: Path, runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    """trackio's database with these runs, a line of metrics a step."""
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, "
            "run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL)"
        )
        database.execute(
            "CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_name TEXT NOT NULL, "
            "config TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE(run_name))"
        )
        for run, lines in runs.items():
            config = json.dumps({"lr": 0.1, "model": {"name": "tiny"}, "_Username": "me"})
            database.execute(
                "INSERT INTO configs (run_name, config, created_at) VALUES (?, ?, ?)",
                (run, config, "2026-01-01T00:00:00"),
            )
            add_to_trackio(database, run, lines)
    database.close()
    return path


def add_to_trackio(
    database: sqlite3.Connection, run: str, lines: Sequence[Mapping[str, Any]], first: int = 0
) -> None:
    """More lines of a run, from step `first` on."""
    database.executemany(
        "INSERT INTO metrics (timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?)",
        [
            (f"2026-01-01T00:{step // 60:02}:{step % 60:02}+00:00", run, step, json.dumps(line))
            for step, line in enumerate(lines, first)
        ],
    )


def _varint(number: int) -> bytes:
    number &= 2**64 - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])
