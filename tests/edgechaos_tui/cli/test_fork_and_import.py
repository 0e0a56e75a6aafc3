"""The commands about sessions that are there: fork, and import."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.storage.commands import Set, Stop
from engine.storage.session.events import Changed, Epoch
from engine.storage.session.session import Session
from tests.support.engine_process import (
    epochs_of,
    finish,
    has,
    log_of,
    make_session,
    say,
    start,
    wait_for,
)
from tests.support.library_samples import write_session
from tests.support.recorded_runs import record


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


@pytest.mark.slow
def test_fork_goes_on_without_an_edit_and_says_how_to_compare(sessions_root: Path) -> None:
    edited = make_session(sessions_root, "edited", epochs=100_000)
    engine = start(edited)
    wait_for(edited, has(Epoch, 3))
    say(edited, Set, values={"lr": 0.1})
    (change,) = (event for event in log_of(edited) if isinstance(event, Changed))
    wait_for(edited, has(Epoch, change.epoch + 2))
    say(edited, Stop)
    assert finish(engine) == (0, "")
    where = ["--sessions", str(sessions_root)]
    options = ["--without-edit", str(change.epoch), "--session", "what-if", "--json"]
    code, _, said = _say("fork", "edited", *where, *options)
    assert code == 0
    assert f"edited without lr 0.02 → 0.1 from epoch {change.epoch} on" in said
    assert "edgechaos-tui compare edited what-if" in said
    code, out, _ = _say("compare", "edited", "what-if", *where)
    assert code == 0
    assert f"edit at epoch {change.epoch}, lr 0.02 → 0.1: test loss" in out


def test_fork_without_an_edit_that_is_not_there_is_a_sentence(sessions_root: Path) -> None:
    record(sessions_root, "brave")
    where = ["--sessions", str(sessions_root)]
    code, _, said = _say("fork", "brave", *where, "--without-edit", "7")
    assert (code, said) == (
        1,
        "edgechaos-tui: brave has no edit at epoch 7; its edit is in force from epoch 20 on\n",
    )
    code, _, said = _say("fork", "brave", *where, "--without-edit", "7", "--at", "3")
    assert code == 2
    assert "--at and --without-edit: choose one" in said


def test_import_adds_a_folder_or_says_why_not(sessions_root: Path, tmp_path: Path) -> None:
    theirs = write_session(tmp_path / "theirs", "one", 3)
    where = ["--sessions", str(sessions_root)]
    code, out, _ = _say("import", str(theirs.folder), *where, "--session", "mine")
    assert code == 0
    assert "mine: finished, epoch 3 of 3" in out
    code, _, said = _say("import", str(tmp_path), *where)
    assert code == 1
    assert said.count("\n") == 1
