"""`edgechaos-tui trash list|restore|empty`, after whatever deleted has ended."""

import json
from pathlib import Path

import pytest

from edgechaos_tui.cli.main import _run
from engine.storage.session import edit
from tests.support.library_samples import write_session


def test_the_trash_from_the_command_line(
    sessions_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--sessions", str(sessions_root)]
    assert _run(["trash", "list", *where]) == 0
    assert "is empty" in capsys.readouterr().out
    for name in ("one", "two"):
        edit.trash(write_session(sessions_root, name, 2))
    assert _run(["trash", "list", *where]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in listed[1:]] == [["two", "session"], ["one", "session"]]
    assert _run(["trash", "list", "--json", *where]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [record["session"] for record in records] == ["two", "one"]
    assert all(record["bytes"] > 0 for record in records)
    assert _run(["trash", "restore", "one", "--session", "uno", *where]) == 0
    assert capsys.readouterr().out == "uno is restored\n"
    assert (sessions_root / "uno" / "events.jsonl").exists()
    assert _run(["trash", "restore", "one", *where]) == 1
    assert "there is no one in the trash" in capsys.readouterr().err
    # Nobody can be asked here.
    assert _run(["trash", "empty", *where]) == 1
    assert "trash empty --yes" in capsys.readouterr().err
    assert (sessions_root / ".trash" / "two").exists()
    assert _run(["trash", "empty", "--yes", *where]) == 0
    assert capsys.readouterr().out == "1 permanently deleted\n"
    assert not (sessions_root / ".trash" / "two").exists()
