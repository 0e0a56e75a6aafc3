"""The commands about sessions that are there: fork, and import."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.storage.session.session import Session
from tests.support.engine_process import epochs_of, finish, make_session, start
from tests.support.library_samples import write_session


def _say(*arguments: str) -> tuple[int, str, str]:
    """The command in a process of its own: it leaves an engine behind."""
    command = [sys.executable, "-m", "edgechaos_tui", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_fork_trains_on_and_names_its_parent(sessions_root: Path) -> None:
    parent = make_session(sessions_root, "parent", epochs=2, snapshot_every=1)
    assert finish(start(parent)) == (0, "")
    where = ["--sessions", str(sessions_root)]
    code, _, said = _say("fork", "parent", *where)
    assert code == 1
    assert "give the fork more" in said
    code, _, said = _say("fork", "parent", *where, "--seed", "3")
    assert code == 2
    assert "fixed when a run is made" in said
    code, _, said = _say("fork", "parent", *where, "--at", "3", "--epochs", "9")
    assert code == 1
    assert "epoch 3 of parent; it can be forked at epochs 1 and 2\n" in said
    code, out, _ = _say("fork", "parent", *where, "--at", "1", "--session", "early", "--json")
    assert code == 0
    early = Session(sessions_root / "early")
    assert epochs_of(early)[2] == epochs_of(parent)[2]
    options = ["--epochs", "3", "--lr", "0.05", "--session", "child", "--json"]
    code, out, _ = _say("fork", "parent", *where, *options)
    assert code == 0
    assert '"epoch":3' in out
    info = Session(sessions_root / "child").info()
    assert info.parent is not None
    assert (info.parent.name, info.parent.epoch) == ("parent", 2)


def test_import_adds_a_folder_or_says_why_not(sessions_root: Path, tmp_path: Path) -> None:
    theirs = write_session(tmp_path / "theirs", "one", 3)
    where = ["--sessions", str(sessions_root)]
    code, out, _ = _say("import", str(theirs.folder), *where, "--session", "mine")
    assert code == 0
    assert "mine: finished, epoch 3 of 3" in out
    code, _, said = _say("import", str(tmp_path), *where)
    assert code == 1
    assert said.count("\n") == 1
