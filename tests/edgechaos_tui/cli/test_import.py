"""`import` of what other programs logged, as a person types it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import pytest

from edgechaos_tui.cli.main import main
from engine.storage.session.session import Session
from tests.support.other_programs import rows_of, scalar_event, write_events


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text("iteration,nll,note\n0,1.5,a\n10,0.5,b\n")
    return path


def _run(root: Path, *arguments: str) -> int:
    command = ["edgechaos-tui", *arguments, "--sessions", str(root)]
    with patch.object(sys, "argv", command), pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_what_each_column_is_and_what_is_not_used_is_told(
    log: Path, sessions_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(sessions_root, "import", str(log), "--dry-run", "--column", "test_loss=nll") == 0
    lines_printed = capsys.readouterr().out.splitlines()
    assert lines_printed == [
        f"{log.parent.name}-log: CSV, up to step 10",
        "  step           iteration",
        "  test loss      nll",
        "not used: note is not a number: 'a' in line 2",
    ]
    assert not sessions_root.exists()


def test_an_import_says_where_it_is_and_show_where_it_is_from(
    log: Path, sessions_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(sessions_root, "import", str(log), "--session", "mine", "--json") == 0
    out, err = capsys.readouterr()
    (record,) = json.loads(out)
    assert (record["session"], record["metrics"], record["axis"]) == ("mine", ["nll"], "step")
    assert "note" in record["unused"]
    assert "not used: note" in err
    assert _run(sessions_root, "show", "mine") == 0
    assert f"imported from {log}" in capsys.readouterr().out


def test_several_runs_are_named_after_the_name_that_was_given(
    tmp_path: Path, sessions_root: Path
) -> None:
    for run in ("a", "b"):
        write_events(tmp_path / "runs" / run / "tfevents.1", [scalar_event("loss", 1.0, 0)])
    assert _run(sessions_root, "import", str(tmp_path / "runs"), "--session", "x") == 0
    assert {session.name for session in sessions_root.iterdir()} == {"x-a", "x-b"}


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["nowhere.csv"], 1, "cannot read nowhere.csv: No such file or directory"),
        (["{log}", "--column", "loss"], 2, "--column: loss: write NAME=COLUMN"),
        (["{log}", "--column", "loss=nil"], 1, "there is no column nil in log.csv; it has"),
        (["{log}", "--session", "a/b"], 2, "is not a valid name"),
    ],
)
def test_a_wrong_call_is_one_sentence(
    log: Path,
    sessions_root: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    sentence: str,
) -> None:
    arguments_given = [word.format(log=log) for word in arguments]
    assert _run(sessions_root, "import", *arguments_given) == status
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert not sessions_root.exists()


def test_a_session_has_no_columns_to_choose(
    log: Path, sessions_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(sessions_root, "import", str(log), "--session", "mine") == 0
    assert _run(sessions_root, "import", str(sessions_root / "mine"), "--watch") == 2
    assert "--watch is for runs of other programs" in capsys.readouterr().err
    # As a session it is still taken in, and no longer is that file's.
    assert _run(sessions_root, "import", str(sessions_root / "mine"), "--session", "copy") == 0
    assert getattr(Session(sessions_root / "copy").info(), "source", None) == ""


@pytest.mark.process
def test_sigterm_ends_a_watch_and_the_same_command_takes_it_up(
    log: Path, sessions_root: Path
) -> None:
    command = [sys.executable, "-m", "edgechaos_tui", "import", str(log), "--watch"]
    session = Session(sessions_root / f"{log.parent.name}-log")
    for lines in (2, 3):
        watch = subprocess.Popen(
            [*command, "--sessions", str(sessions_root)], stdout=subprocess.PIPE, text=True
        )
        try:
            until = time.monotonic() + 60
            while not session.log.exists() or len(rows_of(session)) < lines:
                assert time.monotonic() < until
                time.sleep(0.05)
            if lines == 2:
                watch.send_signal(signal.SIGTERM)
            else:
                watch.send_signal(signal.SIGINT)
            out, _ = watch.communicate(timeout=60)
        finally:
            watch.kill()
        assert watch.returncode == 0
        assert ("continues as" if lines == 3 else "is now") in out
        with log.open("a") as file:
            file.write("20,0.25,c\n")
    assert [row.epoch for row in rows_of(session)] == [0, 10, 20]
    assert session.log.read_text().count('"type":"stopped"') == 2
