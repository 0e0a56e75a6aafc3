"""Starting real coordinators on real sweeps, and waiting for what their logs say."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from engine.storage import commands
from engine.storage.commands import AnyCommand
from engine.storage.hyperparameters import Value, build
from engine.storage.session.session import Session
from engine.storage.sweep.events import AnySweepEvent, SweepAnswer, SweepLogReader
from engine.storage.sweep.plan import Rule, Sweep, create_sweep, numbered
from engine.storage.sweep.state import SweepState, read_state
from tests.support.engine_process import PATIENCE

TINY: dict[str, Value] = {
    "dataset": "synthetic",
    "train_size": 100,
    "test_size": 50,
    "epochs": 3,
    "indicators_every": 0,
    "threads": 1,
}
_started: list[subprocess.Popen[str]] = []
LONG = 100_000
"""Epochs: more than any test waits for."""


def make_sweep(
    root: Path,
    several: Iterable[dict[str, Value]],
    *,
    name: str = "s",
    rule: Rule | None = None,
    jobs: int = 2,
    together: int = 1,
) -> Sweep:
    """A sweep of tiny runs on the synthetic set."""
    runs = numbered(name, [build(TINY | values) for values in several])
    return create_sweep(root, name, runs, rule=rule, jobs=jobs, together=together)


def start(sweep: Sweep) -> subprocess.Popen[str]:
    """A coordinator on `sweep`, not waited for; `end_all` ends it where a test did not."""
    arguments = [sys.executable, "-W", "error", "-m", "engine.sweep", str(sweep.folder)]
    started = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    _started.append(started)
    return started


def end_all() -> None:
    """Stop the coordinators that a test left at work, and their engines with them."""
    while _started:
        coordinator = _started.pop()
        if coordinator.poll() is None:
            coordinator.terminate()
            coordinator.communicate()


def log_of(sweep: Sweep) -> list[AnySweepEvent]:
    """All events by now."""
    return list(SweepLogReader(sweep.log).read_all())


def wait_until(sweep: Sweep, condition: Callable[[SweepState], bool]) -> SweepState:
    """The state as soon as `condition` is true of it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        state = read_state(sweep)
        if condition(state):
            return state
        time.sleep(0.02)
    raise AssertionError(f"not in the log after {PATIENCE} s: {log_of(sweep)[-3:]}")


def say(sweep: Sweep, kind: Callable[..., AnyCommand], incarnation: str = "") -> SweepAnswer:
    """Send a command to the coordinator at work; its answer."""
    started = read_state(sweep).started
    assert started is not None
    command = kind(id=commands.new_id(), incarnation=incarnation or started.incarnation)
    commands.send(sweep.commands, command)
    wait_until(sweep, lambda state: command.id in state.answered)
    answers = [event for event in log_of(sweep) if isinstance(event, SweepAnswer)]
    return next(answer for answer in answers if answer.id == command.id)


def sessions_of(sweep: Sweep) -> list[Session]:
    """The sessions that were made for it so far."""
    sessions = [Session(sweep.root / run.name) for run in sweep.plan().runs]
    return [session for session in sessions if session.folder.exists()]
