"""trackio's database, in the forms of its versions, and databases that are not trackio's."""

import math
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.importer.source import ImportRefused
from tests.support.other_programs import column, imported, rows_of, write_trackio

_LINES: list[dict[str, Any]] = [
    {"train_loss": 1.0, "grad": {"norm": 2.0}, "epoch": 0.5},
    {"train_loss": "NaN", "grad": {"norm": "Infinity"}, "table": {"_type": "trackio.table"}},
    {"train_loss": 0.5, "word": "abc", "epoch": 1.5},
]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return write_trackio(tmp_path / "project.db", {"brave-fox": _LINES, "second": _LINES[:1]})


def test_each_run_becomes_a_session_with_its_config(database: Path, sessions_root: Path) -> None:
    report = imported(sessions_root, database)
    assert set(report.sessions) == {"project-brave-fox", "project-second"}
    session = report.sessions["project-brave-fox"]
    assert [value for _, value in column(session, "grad/norm")] == [2.0, math.inf]
    rows = rows_of(session)
    assert [(row.epoch, row.at_epoch, row.elapsed) for row in rows] == [
        (0, 0.5, 0.0), (1, None, 1.0), (2, 1.5, 2.0),
    ]  # fmt: skip
    assert math.isnan(rows[1].train_loss or 0.0)
    hyperparameters = session.info().hyperparameters
    assert (hyperparameters.lr, hyperparameters.known("momentum")) == (0.1, None)
    assert hyperparameters.plain()["config"] == {"lr": 0.1, "model.name": "tiny"}
    assert "table is not a number: trackio.table" in report.remarks[0]


def test_runs_of_one_name_are_told_apart_by_their_ids(tmp_path: Path, sessions_root: Path) -> None:
    path = write_trackio(tmp_path / "p.db", {"a": _LINES[:1], "b": _LINES[:1]})
    with sqlite3.connect(path) as database:
        for table in ("metrics", "configs"):
            database.execute(f"ALTER TABLE {table} ADD COLUMN run_id TEXT NOT NULL DEFAULT ''")
            database.execute(f"UPDATE {table} SET run_id = 'id-' || run_name")
        database.execute("UPDATE metrics SET run_name = 'same'")
    database.close()
    imported(sessions_root, path)
    assert {entry.name for entry in sessions_root.iterdir()} == {"p-same", "p-same-2"}


def test_a_file_of_an_old_version_has_no_configs(database: Path, sessions_root: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE configs")
    connection.close()
    assert len(imported(sessions_root, database).sessions) == 2


def test_another_database_is_refused_with_what_it_has(tmp_path: Path, sessions_root: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (name TEXT)")
    connection.close()
    with pytest.raises(ImportRefused, match=r"not trackio's.* it has people"):
        imported(sessions_root, path)


def test_a_locked_database_is_named_so(
    database: Path, sessions_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.importer.trackio._BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(database)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ImportRefused, match=r"project.db is locked by another program"):
        imported(sessions_root, database)
    holder.close()


def test_a_damaged_database_is_named_so(database: Path, sessions_root: Path) -> None:
    data = bytearray(database.read_bytes())
    data[100:] = bytes(len(data) - 100)
    database.write_bytes(data)
    with pytest.raises(ImportRefused, match=r"project\.db"):
        imported(sessions_root, database)
    assert not sessions_root.exists() or not list(sessions_root.iterdir())


def test_an_encrypted_database_is_named_so(tmp_path: Path, sessions_root: Path) -> None:
    path = tmp_path / "secret.db"
    path.write_bytes(bytes(range(256)) * 16)
    with pytest.raises(ImportRefused, match="it is damaged or encrypted"):
        imported(sessions_root, path)
