"""A run's end has its reason, and a follower that is ended ends its run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgechaos_tui.control import session as control
from engine.storage import lock
from engine.storage.errors import SessionError
from engine.storage.session.events import Epoch, Finished, Stopped
from engine.storage.session.session import Session
from tests.support.engine_process import finish, has, log_of, make_session, start, wait_for


def test_sigterm_to_a_following_run_stops_the_run(sessions_root: Path) -> None:
    follower = subprocess.Popen(
        _run_command(sessions_root), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    session = Session(sessions_root / "run")
    wait_for(session, has(Epoch, 2))
    follower.send_signal(signal.SIGTERM)
    assert "resume run" in follower.communicate(timeout=60)[1].decode()
    assert follower.returncode == 128 + signal.SIGTERM
    last = log_of(session)[-1]
    assert isinstance(last, Stopped)
    assert "SIGTERM" in last.reason


def _run_command(root: Path, name: str = "run") -> list[str]:
    command = [sys.executable, "-m", "edgechaos_tui", "run", "--sessions", str(root)]
    command += ["--session", name, "--dataset", "synthetic", "--train-size", "500"]
    return [*command, "--test-size", "100", "--threads", "1", "--epochs", "100000"]


def _has_ended(session: Session, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not lock.is_held(session.lock):
            return True
        time.sleep(0.05)
    return False


def test_sigterm_before_following_has_begun_leaves_no_engine(sessions_root: Path) -> None:
    follower = subprocess.Popen(
        _run_command(sessions_root), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    session = Session(sessions_root / "run")
    end = time.monotonic() + 60
    while not session.worker_log.exists() and time.monotonic() < end:
        time.sleep(0.002)
    follower.send_signal(signal.SIGTERM)
    follower.communicate(timeout=60)
    assert follower.returncode != -signal.SIGTERM, "the follower took care of its engine"
    assert _has_ended(session)
    assert not session.log.exists() or not isinstance(log_of(session)[-1], Epoch)


def test_timeout_ends_the_run_too(sessions_root: Path) -> None:
    session = Session(sessions_root / "run")
    command = ["timeout", "--signal=TERM", "6", *_run_command(sessions_root)]
    done = subprocess.run(command, capture_output=True, timeout=90, check=False)
    assert done.returncode == 124
    assert _has_ended(session)


def test_as_the_first_process_of_a_container_it_ends_in_order(sessions_root: Path) -> None:
    container = ["unshare", "--pid", "--fork", "--mount-proc"]
    if subprocess.run([*container, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no PID namespace of one's own is allowed here")
    outside = subprocess.Popen(
        [*container, *_run_command(sessions_root)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    session = Session(sessions_root / "run")
    wait_for(session, has(Epoch, 2))
    children = Path(f"/proc/{outside.pid}/task/{outside.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGTERM)
    outside.communicate(timeout=60)
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


IO_ERROR = """
import os, sys

real = os.write

def write(fd, data):
    if b'"epoch":3,' in data or write.broken:
        write.broken = True
        raise OSError(5, "Input/output error")
    return real(fd, data)

write.broken = False
os.write = write
from engine.__main__ import main
sys.exit(main())
"""


def test_a_log_on_a_broken_disk_is_told_where_the_engine_prints(sessions_root: Path) -> None:
    session = make_session(sessions_root, epochs=10)
    engine = subprocess.Popen(
        [sys.executable, "-c", IO_ERROR, str(session.folder)], stderr=subprocess.PIPE, text=True
    )
    status, told = finish(engine)
    assert status == 1
    assert "run: cannot write: [Errno 5] Input/output error" in told
    numbers = [event.epoch for event in log_of(session) if isinstance(event, Epoch)]
    assert numbers == [0, 1, 2]


def test_a_log_of_mode_0400_is_told_to_whoever_extends(sessions_root: Path) -> None:
    session = make_session(sessions_root, epochs=1)
    assert finish(start(session))[0] == 0
    session.log.chmod(0o400)
    command = [sys.executable, "-m", "edgechaos_tui", "extend", "run", "1"]
    if os.geteuid() == 0:
        # Root may write everything, unless it gives that up.
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
        if subprocess.run([*command[:2], "true"], capture_output=True, check=False).returncode:
            pytest.skip("root cannot give up its right to write everything here")
    done = subprocess.run(
        [*command, "--sessions", str(sessions_root)],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "events.jsonl: Permission denied" in done.stderr
    assert "Traceback" not in done.stderr
