"""A sweep on a real Ray cluster: live logs, commands, and a node lost in mid-sweep."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.storage.commands import Pause, Resume
from engine.storage.fork import snapshots
from engine.storage.fork.fork_points import origins_of
from engine.storage.hyperparameters import build
from engine.storage.session.events import Epoch, Finished, Started
from engine.storage.session.session import list_sessions
from engine.storage.sweep.events import SweepFailed
from engine.storage.sweep.plan import create_sweep, numbered
from engine.storage.sweep.state import SweepStatus, read_state, status_of
from tests.support import engine_process
from tests.support.engine_process import epochs_of, finish, has, wait_for
from tests.support.sweep_process import TINY, log_of, sessions_of, start, wait_until

EPOCHS = 800
"""Of each run: some ten seconds, so that a node is lost in their middle."""


@pytest.fixture
def cluster() -> Iterator[subprocess.Popen[str]]:
    """The cluster's process; its address has been read into `args[-1]`."""
    pytest.importorskip("ray")
    # Nodes import the package from where this process does.
    environment = os.environ | {"RAY_USAGE_STATS_ENABLED": "0"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.ray_cluster"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        yield process


def _send(cluster: subprocess.Popen[str], word: str) -> None:
    assert cluster.stdin is not None
    cluster.stdin.write(word + "\n")
    cluster.stdin.flush()


def _receive(cluster: subprocess.Popen[str]) -> str:
    assert cluster.stdout is not None
    return cluster.stdout.readline().strip()


@pytest.mark.slow
def test_a_sweep_survives_the_loss_of_a_node(
    sessions_root: Path, cluster: subprocess.Popen[str]
) -> None:
    """Each session once, no epoch missing, resumed from the checkpoint (issue 7, criterion 6)."""
    address = _receive(cluster)
    values = TINY | {"epochs": EPOCHS, "snapshot_every": 200}
    runs = numbered("s", [build(values | {"seed": seed}) for seed in range(3)])
    sweep = create_sweep(sessions_root, "s", runs, cluster=address)
    coordinator = start(sweep)
    wait_until(sweep, lambda state: len(state.runs) == 2)
    both = sessions_of(sweep)
    for session in both:
        wait_for(session, has(Epoch, 5))
        # A pause reaches the engine through Ray, and its checkpoint comes back the same way.
        assert engine_process.say(session, Pause).applied
        assert engine_process.say(session, Resume).applied
    engine_process.wait_for(both[0], lambda _: all(s.checkpoint.exists() for s in both))
    _send(cluster, "lose")
    assert _receive(cluster) == "lost"
    coordinator.wait(10 * engine_process.PATIENCE)
    assert finish(coordinator) == (0, "")
    assert status_of(sweep, sweep.plan(), read_state(sweep)) is SweepStatus.FINISHED
    assert sorted(session.name for session in list_sessions(sessions_root)) == [
        run for run, _ in runs
    ]
    starts = []
    for session in sessions_of(sweep):
        events = engine_process.log_of(session)
        assert isinstance(events[-1], Finished)
        assert sorted(epochs_of(session)) == list(range(EPOCHS + 1))
        # What a node kept to fork from came back too.
        assert [origin.epoch for origin in origins_of(session)] == [200, 400, 600, 800]
        assert snapshots.epochs_kept(session) == [200, 400, 600, 800]
        starts.append([event.from_epoch for event in events if isinstance(event, Started)])
    resumed_at = [epochs[1] for epochs in starts if len(epochs) > 1]
    assert len(resumed_at) == 1, starts
    assert resumed_at[0] > 0, "from the checkpoint, not from the beginning"


@pytest.mark.slow
def test_networks_with_depth_train_on_a_cluster_as_they_do_here(
    sessions_root: Path, cluster: subprocess.Popen[str]
) -> None:
    address = _receive(cluster)
    deep = TINY | {"indicators_every": 1}
    settings = [
        deep | {"model": "mlp", "depth": 2, "width": 16},
        deep | {"model": "cnn", "depth": 2, "width": 4},
    ]
    losses = {}
    for place, cluster_address in (("there", address), ("here", "")):
        runs = numbered(place, [build(values) for values in settings])
        sweep = create_sweep(sessions_root, place, runs, cluster=cluster_address)
        coordinator = start(sweep)
        coordinator.wait(10 * engine_process.PATIENCE)
        assert finish(coordinator) == (0, "")
        epochs = [
            [event for event in engine_process.log_of(session) if isinstance(event, Epoch)]
            for session in sessions_of(sweep)
        ]
        assert [len(run) for run in epochs] == [4, 4]
        assert all(event.layers and event.lambda_depth for run in epochs for event in run)
        losses[place] = [[(e.train_loss, e.test_loss) for e in run] for run in epochs]
    assert losses["there"] == losses["here"], "to the last bit"


def test_a_cluster_that_is_not_there_is_one_sentence(sessions_root: Path) -> None:
    pytest.importorskip("ray")
    runs = numbered("s", [build(TINY)])
    sweep = create_sweep(sessions_root, "s", runs, cluster="127.0.0.1:1")
    status, errors = finish(start(sweep))
    assert status == 1
    assert errors.startswith("cannot reach a Ray cluster at 127.0.0.1:1: ")
    assert errors.count("\n") == 1
    (failed,) = log_of(sweep)
    assert isinstance(failed, SweepFailed)
    assert status_of(sweep, sweep.plan(), read_state(sweep)) is SweepStatus.FAILED
    assert list(list_sessions(sessions_root)) == []
