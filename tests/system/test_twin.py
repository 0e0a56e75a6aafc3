"""Twins, with the real engine as a process."""

import json
import math
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.storage.fork import fork
from engine.storage.fork.fork_points import origin_of
from engine.storage.session.events import Epoch
from engine.storage.session.session import Session
from tests.support.engine_process import (
    epochs_of,
    finish,
    has,
    log_of,
    make_session,
    start,
    wait_for,
)

EPOCHS = 9


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A run with a snapshot of its third epoch."""
    root = tmp_path_factory.mktemp("sessions")
    session = make_session(root, "parent", epochs=EPOCHS, snapshot_every=3, indicators_every=0)
    assert finish(start(session)) == (0, "")
    return session


def _twin(parent: Session, name: str, epsilon: float) -> Session:
    return fork.fork(origin_of(parent, 3), {}, name, epsilon=epsilon)


def _distances(session: Session) -> dict[int, float | None]:
    return {e.epoch: e.twin_distance for e in log_of(session) if isinstance(e, Epoch)}


def test_undisturbed_it_is_its_parent_to_the_last_bit(parent: Session) -> None:
    twin = _twin(parent, "same", 0.0)
    assert finish(start(twin)) == (0, "")
    assert _distances(twin) == {3: None} | dict.fromkeys(range(4, EPOCHS + 1), 0.0)
    expected = epochs_of(parent)
    assert epochs_of(twin) == {n: expected[n] for n in range(3, EPOCHS + 1)}


def test_disturbed_it_parts_and_is_verified_resumed_and_forked(parent: Session) -> None:
    twin, killed = _twin(parent, "disturbed", 1e-4), _twin(parent, "killed", 1e-4)
    assert finish(start(twin)) == (0, "")
    distances = _distances(twin)
    size = math.sqrt(784) * 0.5
    assert all(1e-5 * size < (distances[n] or 0) < 0.1 * size for n in range(4, EPOCHS + 1))
    assert epochs_of(twin)[EPOCHS] != epochs_of(parent)[EPOCHS]

    engine = start(killed)
    wait_for(killed, has(Epoch, 3))
    engine.send_signal(signal.SIGKILL)
    engine.communicate()
    assert finish(start(killed)) == (0, "")
    assert epochs_of(killed) == epochs_of(twin)
    assert _distances(killed) == distances

    # A fork of a twin is the disturbed run alone.
    child = fork.fork(origin_of(twin, 6), {}, "from-6")
    assert finish(start(child)) == (0, "")
    assert epochs_of(child) == {n: epochs_of(twin)[n] for n in range(6, EPOCHS + 1)}
    assert _distances(child)[EPOCHS] is None
    for session in (twin, child):
        assert _verdict(session.folder) == (True, True, EPOCHS)


def _verdict(folder: Path) -> tuple[bool, bool, int]:
    command = [sys.executable, "-m", "engine.verify.main", str(folder)]
    lines = subprocess.run(command, capture_output=True, check=True, timeout=90).stdout.splitlines()
    verdict = json.loads(lines[-1])
    return verdict["agrees"], verdict["exact"], verdict["through"]
