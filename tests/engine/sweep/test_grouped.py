"""A sweep whose runs share engine processes."""

import os
import signal
import time
from pathlib import Path

from engine.storage import lock
from engine.storage.hyperparameters import Value
from engine.storage.session.events import Epoch, Finished, Started
from engine.storage.session.session import Session
from tests.support import engine_process
from tests.support.engine_process import PATIENCE, epochs_of, finish, has, wait_for
from tests.support.sweep_process import make_sweep, sessions_of, start

EPOCHS = 40


def _process(session: Session) -> int:
    holder = lock.holder(session.lock)
    assert holder is not None
    return holder.pid


def test_runs_share_processes_and_a_killed_one_is_made_good(tmp_path: Path) -> None:
    seeds: list[dict[str, Value]] = [{"seed": seed, "epochs": EPOCHS} for seed in range(4)]
    sweep = make_sweep(tmp_path, seeds, jobs=2, together=2)
    coordinator = start(sweep)
    until = time.monotonic() + PATIENCE
    while len(sessions_of(sweep)) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    first, second = sessions_of(sweep)
    for session in (first, second):
        wait_for(session, has(Epoch, 2))
    assert _process(first) == _process(second)
    os.kill(_process(first), signal.SIGKILL)
    assert finish(coordinator) == (0, "")
    assert len(sessions_of(sweep)) == 4
    for session in sessions_of(sweep):
        events = engine_process.log_of(session)
        assert isinstance(events[-1], Finished)
        assert list(epochs_of(session)) == list(range(EPOCHS + 1))
        started = [event.device for event in events if isinstance(event, Started)]
        assert set(started) == {"cpu (2 runs together)"}
