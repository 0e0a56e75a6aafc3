"""A run's end has its reason, and a follower that is ended ends its run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edgechaos_tui.control import session as control
from engine.storage.errors import SessionError
from engine.storage.session.events import Epoch, Finished, Stopped
from engine.storage.session.session import Session
from tests.support.engine_process import finish, has, log_of, make_session, start, wait_for


def test_sigterm_to_a_following_run_stops_the_run(sessions_root: Path) -> None:
    command = [sys.executable, "-m", "edgechaos_tui", "run", "--sessions", str(sessions_root)]
    command += ["--session", "run", "--dataset", "synthetic", "--train-size", "500"]
    command += ["--test-size", "100", "--threads", "1", "--epochs", "100000"]
    follower = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    session = Session(sessions_root / "run")
    wait_for(session, has(Epoch, 2))
    follower.send_signal(signal.SIGTERM)
    assert "resume run" in follower.communicate(timeout=60)[1].decode()
    assert follower.returncode == 128 + signal.SIGTERM
    last = log_of(session)[-1]
    assert isinstance(last, Stopped)
    assert "SIGTERM" in last.reason


def test_a_checkpoint_that_cannot_be_written_hides_no_end(sessions_root: Path) -> None:
    session = make_session(sessions_root, epochs=100_000)
    engine = start(session)
    wait_for(session, has(Epoch, 2))
    moved = Session(session.folder.rename(sessions_root / "moved"))
    engine.terminate()
    status, told = finish(engine)
    assert status == 1
    assert "run: cannot write" in told
    assert isinstance(log_of(moved)[-1], Stopped)


def test_a_log_that_cannot_be_written_is_told_to_whoever_resumes(sessions_root: Path) -> None:
    session = make_session(sessions_root, epochs=2)
    assert finish(start(session))[0] == 0
    wait_for(session, has(Finished))
    real = session.log.rename(sessions_root / "elsewhere.jsonl")
    os.symlink(real, session.log)
    with pytest.raises(SessionError, match=r"cannot use .*events\.jsonl"):
        control.extend(session, 1)
