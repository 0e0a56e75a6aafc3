"""`edgechaos-tui verify` as a person types it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.storage.session.session import Session
from tests.support.engine_process import finish, make_session, start
from tests.support.terminal import Terminal


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    session = make_session(tmp_path_factory.mktemp("sessions"), "run", epochs=2)
    assert finish(start(session)) == (0, "")
    return session


def _verify(session: Session, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edgechaos_tui", "verify", session.name, *options]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=90, env=_environment(session)
    )


def _environment(session: Session) -> dict[str, str]:
    return os.environ | {"EDGECHAOS_SESSIONS": str(session.folder.parent)}


def test_it_agrees_in_words(session: Session) -> None:
    done = _verify(session)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "run: every metric of epochs 0–2 agrees to the last bit\n"


def test_it_disagrees_with_both_values_in_one_line(session: Session) -> None:
    log = session.log.read_text()
    session.log.write_text(log.replace('"epoch":1,"train_loss":', '"epoch":1,"train_loss":1'))
    try:
        done = _verify(session, "--epochs", "1", "--json")
    finally:
        session.log.write_text(log)
    record = json.loads(done.stdout)
    assert (record["session"], record["through"], record["agrees"]) == ("run", 1, False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    first = record["first"]
    assert f"the log has {first['recorded']!r}" in done.stderr
    assert f"training again gives {first['again']!r}" in done.stderr
    assert f"epoch {first['epoch']}, {first['metric']}" in done.stderr


def test_a_wrong_call_is_told_at_once(session: Session) -> None:
    done = _verify(session, "--epochs", "-1")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


@pytest.fixture
def endless(tmp_path: Path, session: Session) -> Session:
    """A session whose log speaks of so many epochs that there is no end to training them again."""
    long = make_session(tmp_path, "long", epochs=100_000)
    log = session.log.read_text()
    last = next(line for line in log.splitlines() if '"epoch":2,' in line)
    long.log.write_text(log + last.replace('"epoch":2,', '"epoch":99999,') + "\n")
    return long


def test_progress_is_shown_and_ctrl_c_cancels(endless: Session) -> None:
    app = Terminal(["verify", "long"], environment=_environment(endless))
    app.wait_for(lambda text: "/99999, " in text and " left" in text, 60)
    child = _child_of(app.child.pid)
    app.press("\x03")
    app.wait_for("cancelled, nothing was changed")
    assert app.child.wait() == 130
    _wait_for_the_end_of(child)


@pytest.mark.slow
def test_killed_it_leaves_no_training_behind(endless: Session) -> None:
    app = Terminal(["verify", "long"], environment=_environment(endless))
    app.wait_for(" left", 60)
    child = _child_of(app.child.pid)
    os.kill(app.child.pid, signal.SIGKILL)
    app.close()
    _wait_for_the_end_of(child)


def _child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _wait_for_the_end_of(pid: int) -> None:
    end = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.slow
def test_a_reference_session_is_what_training_again_gives(
    fashion_mnist: Path, tmp_path: Path
) -> None:
    """On the real data; on another machine to within the tolerance that verify states."""
    command = [sys.executable, "-m", "edgechaos_tui", "verify", "reference-fig4-batch-64"]
    places = {"EDGECHAOS_SESSIONS": str(tmp_path), "EDGECHAOS_DATA": str(fashion_mnist)}
    done = subprocess.run(
        [*command, "--epochs", "2", "--json"],
        capture_output=True, text=True, timeout=300, env=os.environ | places,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    verdict = json.loads(done.stdout)
    assert (verdict["through"], verdict["agrees"]) == (2, True)
