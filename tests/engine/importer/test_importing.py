"""Imports as sessions: once, and while another program still trains."""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from edgechaos_tui.control.session import pause, stop
from edgechaos_tui.presentation.run.reading import read_summary
from engine.importer.importing import Import
from engine.importer.source import ImportRefused
from engine.importer.watching import Watch
from engine.runtime.signals import Signals
from engine.storage.errors import SessionError, SessionLocked
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Event, Notice, Rewound, Stopped
from engine.storage.session.info import RecordedInfo
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from tests.support.other_programs import (
    ReportRecord,
    add_to_trackio,
    column,
    imported,
    rows_of,
    scalar_event,
    write_events,
    write_trackio,
)

_EVENTS = "events.out.tfevents.1.host.1.0"


@contextmanager
def _watched(
    root: Path, path: Path, report: ReportRecord
) -> Iterator[Callable[[Callable[[], object]], None]]:
    """A watch in a thread of its own, ended by a signal; yields what waits for something true."""
    signals, failures = Signals(), []

    def run() -> None:
        try:
            Watch(Import(root, path, report), report, signals).run()
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def wait(true: Callable[[], object]) -> None:
        until = time.monotonic() + 20
        while not true():
            if failures:
                raise failures[0]
            assert time.monotonic() < until
            time.sleep(0.02)

    try:
        yield wait
    finally:
        signals.reason = "terminated by SIGINT"
        thread.join(20)
    assert not thread.is_alive()
    if failures:
        raise failures[0]


def _status(session: Session) -> Status:
    return read_summary(session)[2]


Kind = TypeVar("Kind", bound=Event)


def _events(session: Session, kind: type[Kind]) -> list[Kind]:
    return [event for event in LogReader(session.log).read_all() if isinstance(event, kind)]


def _csv(path: Path, steps: range, loss: float = 1.0) -> Path:
    path.write_text("step,loss\n" + "".join(f"{step},{loss}\n" for step in steps))
    return path


def _more(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_a_file_becomes_a_finished_session_that_knows_where_it_is_from(
    tmp_path: Path, sessions_root: Path
) -> None:
    path = _csv(tmp_path / "mine.csv", range(5))
    session = imported(sessions_root, path).sessions["mine"]
    assert _status(session) is Status.FINISHED
    info = session.info()
    assert isinstance(info, RecordedInfo)
    assert info.source == str(path)
    assert column(session, "train_loss") == [(step, 1.0) for step in range(5)]
    assert f"imported from {path} (CSV)" in [notice.text for notice in _events(session, Notice)]
    # Once more, it is another.
    assert imported(sessions_root, path).sessions["mine"].name == "mine-2"
    assert imported(sessions_root, path, name="own").sessions["mine"].name == "own"
    with pytest.raises(SessionError, match="there is a session own already"):
        imported(sessions_root, path, name="own")


def test_a_folder_with_several_runs_becomes_several_sessions(
    tmp_path: Path, sessions_root: Path
) -> None:
    for run in ("version_0", "version_1/deep"):
        write_events(tmp_path / "lightning_logs" / run / _EVENTS, [scalar_event("loss", 1.0, 3)])
    report = imported(sessions_root, tmp_path / "lightning_logs")
    assert {session.name for session in report.sessions.values()} == {
        "lightning_logs-version_0", "lightning_logs-version_1-deep",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("none", None, "No such file"),
        ("pic.npz.gz", b"\x1f\x8b" + bytes(20), "is a gzip file: unpack it"),
        ("t.parquet", b"PAR1" + bytes(20), "is a Parquet file"),
        ("x.bin", bytes(range(200)), "is neither text nor an event file"),
        ("events.out.tfevents.1", bytes(50), "is damaged"),
        ("events.out.tfevents.1", b"", "holds no scalar"),
        ("x.jsonl", b"[1, 2]\n", "no line that is a JSON object"),
        ("x.csv", b"", "x.csv is empty"),
    ],
)
def test_what_cannot_be_imported_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, sessions_root: Path, name: str, data: bytes | None, sentence: str
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ImportRefused, match=sentence):
        imported(sessions_root, path)
    assert not sessions_root.exists()


def test_a_folder_without_event_files_is_refused(tmp_path: Path, sessions_root: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    _csv(folder / "log.csv", range(3))
    with pytest.raises(ImportRefused, match=r"event files; it has log.csv: give that file"):
        imported(sessions_root, folder)
    with pytest.raises(
        ImportRefused, match=r"there is no column nll in log\.csv; it has step, loss"
    ):
        imported(sessions_root, folder / "log.csv", columns={"test_loss": "nll"})


def test_a_pipe_is_not_waited_for(tmp_path: Path, sessions_root: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ImportRefused, match="it is not a plain file"):
        imported(sessions_root, tmp_path / "pipe")


def test_a_file_that_grows_is_followed_and_taken_up_again(
    tmp_path: Path, sessions_root: Path
) -> None:
    path, report = _csv(tmp_path / "mine.csv", range(3)), ReportRecord()
    session = Session(sessions_root / "mine")
    with _watched(sessions_root, path, report) as wait:
        wait(lambda: report.sessions)
        assert _status(session) is Status.TRAINING
        _more(path, "3,0.5\n4,0.")
        wait(lambda: len(rows_of(session)) == 4)
        with pytest.raises(SessionLocked, match="already watched, as session mine"):
            Watch(Import(sessions_root, path, ReportRecord()), ReportRecord(), Signals()).run()
        _more(path, "25\n")
        wait(lambda: len(rows_of(session)) == 5)
    assert _status(session) is Status.STOPPED
    (stopped,) = _events(session, Stopped)
    assert isinstance(stopped, Stopped)
    assert stopped.reason == "no longer watched: Ctrl-C"
    before = session.log.read_bytes()
    _more(path, "5,0.125\n")
    with _watched(sessions_root, path, report) as wait:
        wait(lambda: len(rows_of(session)) == 6)
    assert report.resumed == ["mine"]
    assert session.log.read_bytes().startswith(before)
    assert column(session, "train_loss")[3:] == [(3, 0.5), (4, 0.25), (5, 0.125)]
    assert _events(session, Rewound) == []


def test_a_run_that_goes_back_rewinds_its_session(tmp_path: Path, sessions_root: Path) -> None:
    path, report = _csv(tmp_path / "mine.csv", range(6)), ReportRecord()
    session = Session(sessions_root / "mine")
    with _watched(sessions_root, path, report) as wait:
        wait(lambda: report.sessions)
        _more(path, "2,0.5\n3,0.25\n")
        wait(lambda: len(rows_of(session)) == 4)
    (rewound,) = _events(session, Rewound)
    assert isinstance(rewound, Rewound)
    assert (rewound.epoch, rewound.reason) == (1, "the run went back to 2")
    # While nobody watched, it went back once more.
    _more(path, "1,0.125\n")
    with _watched(sessions_root, path, report) as wait:
        wait(lambda: len(rows_of(session)) == 2)
    assert column(session, "train_loss") == [(0, 1.0), (1, 0.125)]


def test_values_that_come_late_stand_where_they_belong(tmp_path: Path, sessions_root: Path) -> None:
    folder = tmp_path / "run"
    path = write_events(folder / _EVENTS, [scalar_event("loss", 1.0, k) for k in range(9)])
    report, session = ReportRecord(), Session(sessions_root / "run")
    with _watched(sessions_root, folder, report) as wait:
        wait(lambda: report.sessions)
        more = [scalar_event("val", 0.5, k) for k in (3, 8)] + [scalar_event("loss", 1.0, 9)]
        addition = write_events(tmp_path / "more", more).read_bytes()
        with path.open("ab") as file:
            file.write(addition)
        wait(lambda: len(rows_of(session)) == 10 and column(session, "val"))
    assert column(session, "val") == [(3, 0.5), (8, 0.5)]
    assert column(session, "train_loss") == [(k, 1.0) for k in range(10)]
    elapsed = [row.elapsed for row in rows_of(session)]
    assert elapsed == sorted(elapsed)


def test_a_file_that_is_cut_replaced_or_gone_gets_a_sentence(
    tmp_path: Path, sessions_root: Path
) -> None:
    path, report = _csv(tmp_path / "mine.csv", range(9)), ReportRecord()
    session = Session(sessions_root / "mine")
    with _watched(sessions_root, path, report) as wait:
        wait(lambda: report.sessions)
        _csv(path, range(2), 0.5)
        wait(lambda: column(session, "train_loss") == [(0, 0.5), (1, 0.5)])
        _csv(tmp_path / "new.csv", range(3), 0.25).replace(path)
        wait(lambda: len(rows_of(session)) == 3)
        path.unlink()
        wait(lambda: len(report.remarks) == 3)
    for text, word in zip(report.remarks, ("cut", "replaced", "gone"), strict=True):
        assert word in text
    assert report.remarks[0] in [notice.text for notice in _events(session, Notice)]


def test_the_app_can_end_a_watch_and_nothing_else(tmp_path: Path, sessions_root: Path) -> None:
    path, report = _csv(tmp_path / "mine.csv", range(3)), ReportRecord()
    session = Session(sessions_root / "mine")
    with _watched(sessions_root, path, report) as wait:
        wait(lambda: report.sessions)
        pause(session)
        wait(
            lambda: (
                "refused" in session.log.read_text() or "only watched" in session.log.read_text()
            )
        )
        stop(session)
        wait(lambda: _status(session) is Status.STOPPED)


def test_new_runs_and_lines_of_a_database_are_followed(
    tmp_path: Path, sessions_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.importer.watching._RUNS_SECONDS", 0.1)
    path, report = write_trackio(tmp_path / "p.db", {"a": [{"loss": 1.0}]}), ReportRecord()
    with _watched(sessions_root, path, report) as wait:
        wait(lambda: report.sessions)
        with sqlite3.connect(path) as database:
            add_to_trackio(database, "a", [{"loss": 0.5}], 1)
            add_to_trackio(database, "b", [{"loss": 0.7}])
        database.close()
        wait(lambda: len(report.sessions) == 2)
        wait(lambda: len(rows_of(report.sessions["p-a"])) == 2)
    assert column(report.sessions["p-b"], "train_loss") == [(0, 0.7)]


def test_json_lines_are_followed_from_an_empty_file_on(tmp_path: Path, sessions_root: Path) -> None:
    path, report = tmp_path / "log.jsonl", ReportRecord()
    path.write_text(json.dumps({"config": {"lr": 0.1}}) + "\n")
    with _watched(sessions_root, path, report) as wait:
        wait(lambda: report.remarks)
        _more(path, json.dumps({"step": 1, "loss": 0.5}) + "\n")
        wait(lambda: report.sessions)
    (session,) = report.sessions.values()
    assert session.info().hyperparameters.lr == 0.1
    assert column(session, "train_loss") == [(1, 0.5)]
