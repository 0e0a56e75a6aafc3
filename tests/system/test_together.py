"""Several sessions trained by one real engine process."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.storage import lock
from engine.storage.commands import Pause, Resume
from engine.storage.session.events import Diverged, Epoch, Finished, Paused, Started, Stopped
from engine.storage.session.session import Session
from tests.support.engine_process import (
    PATIENCE,
    epochs_of,
    finish,
    has,
    log_of,
    make_session,
    say,
    start,
    wait_for,
)


def start_together(*sessions: Session) -> subprocess.Popen[str]:
    folders = [str(session.folder) for session in sessions]
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "engine", *folders],
        stderr=subprocess.PIPE,
        text=True,
    )


def test_each_run_is_the_one_it_would_be_alone_but_for_rounding(tmp_path: Path) -> None:
    root = tmp_path / "sessions"
    alike = [make_session(root, f"seed-{seed}", seed=seed, l2=1e-4 * seed) for seed in range(2)]
    other = make_session(root, "other", batch_size=16)
    broken = make_session(root, "broken", lr=100.0, l2=1.0)
    outputs = finish(start_together(*alike, other, broken))
    assert outputs == (0, "")
    for session in (*alike, other):
        alone = make_session(tmp_path / "alone", session.name)
        alone.folder.joinpath("session.json").write_bytes(
            session.folder.joinpath("session.json").read_bytes()
        )
        finish(start(alone))
        ours = [event for event in log_of(session) if isinstance(event, Epoch)]
        theirs = [event for event in log_of(alone) if isinstance(event, Epoch)]
        assert [event.epoch for event in ours] == list(range(5))
        for one, two in zip(ours, theirs, strict=True):
            assert one.test_loss == pytest.approx(two.test_loss, rel=1e-4)
            assert one.j == pytest.approx(two.j, rel=1e-4)
        (began,) = [event for event in log_of(session) if isinstance(event, Started)]
        assert began.device == "cpu (4 runs together)"
    assert isinstance(log_of(broken)[-1], Diverged)


def test_one_pauses_while_the_other_goes_on_and_a_signal_ends_both(tmp_path: Path) -> None:
    waiting = make_session(tmp_path, "waiting", epochs=1000)
    short = make_session(tmp_path, "short", epochs=6)
    engine = start_together(waiting, short)
    wait_for(waiting, has(Epoch))
    assert say(waiting, Pause).applied
    wait_for(waiting, has(Paused))
    done = len(epochs_of(waiting))
    wait_for(short, has(Finished))
    assert len(epochs_of(waiting)) == done
    until = time.monotonic() + PATIENCE
    while lock.is_held(short.lock):
        assert time.monotonic() < until, "a run that has ended can be taken up by another engine"
    assert say(waiting, Resume).applied
    wait_for(waiting, has(Epoch, done + 2))
    engine.send_signal(signal.SIGTERM)
    assert finish(engine)[0] == 0
    assert isinstance(log_of(waiting)[-1], Stopped)
    resumed = start(waiting)
    wait_for(waiting, lambda events: len([e for e in events if isinstance(e, Started)]) == 2)
    resumed.send_signal(signal.SIGTERM)
    finish(resumed)


def test_a_session_that_cannot_be_trained_does_not_keep_the_others(tmp_path: Path) -> None:
    good = make_session(tmp_path, "good")
    missing = Session(tmp_path / "missing")
    status, said = finish(start_together(missing, good))
    assert status == 1
    assert "missing" in said
    assert isinstance(log_of(good)[-1], Finished)
