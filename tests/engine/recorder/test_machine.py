"""The use that a recorded loop makes of its machine: in its lines, and at hand while it trains."""

import time
from pathlib import Path

import numpy as np
import pytest

from edgechaos_tui.presentation.run.reading import read_with_state
from engine.recorder import record
from engine.runtime.machine import monitor
from engine.storage.session import progress
from engine.storage.session.events import Logged, decode
from engine.storage.session.session import Session


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "_EVERY", 0.02)
    monkeypatch.setattr(monitor, "_LEAST", 0.01)


def test_a_line_tells_what_was_in_use(tmp_path: Path) -> None:
    with record("own", sessions=tmp_path, raise_errors=True) as run:
        for _ in run.epochs(3):
            for _ in run.batches(range(3)):
                time.sleep(0.11)
            run.log(loss=1.0)
        session = Session(tmp_path / "own")
        now = progress.read(session.progress)
    assert now is not None
    assert now.machine is not None
    assert now.machine.process_memory
    reading, state = read_with_state(session)
    started = reading.summary.started
    assert started is not None
    assert started.machine is not None
    for name in ("process_cpu", "process_memory", "machine_cpu", "machine_memory"):
        assert np.isfinite(state.metric(name)).all(), name
    assert (state.metric("process_memory") < started.machine.memory).all()
    assert not state.free_metrics


def test_what_the_loop_logs_under_such_a_name_comes_first(tmp_path: Path) -> None:
    with record("own", sessions=tmp_path, raise_errors=True) as run:
        time.sleep(0.02)
        run.log(step=1, process_memory=42.0)
    lines = [decode(line) for line in (tmp_path / "own" / "events.jsonl").read_bytes().splitlines()]
    logged = [event for event in lines if isinstance(event, Logged)]
    assert logged[0].metrics["process_memory"] == 42.0
    assert "process_cpu" in logged[0].metrics
