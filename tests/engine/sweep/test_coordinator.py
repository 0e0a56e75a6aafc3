"""The coordinator with real engines: starts, commands, and kills that it survives."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.storage import lock
from engine.storage.commands import Pause, Resume, Stop
from engine.storage.session.events import Diverged, Epoch, Failed, Finished, Paused, Stopped
from engine.storage.session.session import Session, list_sessions
from engine.storage.sweep.events import RunEnded, SweepFinished, SweepStarted, SweepStopped
from engine.storage.sweep.plan import Rule, Sweep
from engine.storage.sweep.state import SweepState, SweepStatus, read_state, status_of
from tests.support import engine_process
from tests.support.engine_process import epochs_of, finish, has, wait_for
from tests.support.sweep_process import (
    LONG,
    log_of,
    make_sweep,
    say,
    sessions_of,
    start,
    wait_until,
)

EPOCHS = 300
"""Of the runs whose engines are killed: a second or two, so that there is somebody to be killed."""


def _engine_pid(session: Session) -> int:
    """The process of the engine at work on `session`."""
    holder = lock.holder(session.lock)
    assert holder is not None
    return holder.pid


def _kill_an_engine(sweep: Sweep, chance: random.Random) -> None:
    """Kill one that is training, as soon as there is one."""
    until = time.monotonic() + engine_process.PATIENCE
    while time.monotonic() < until:
        busy = [s for s in sessions_of(sweep) if lock.is_held(s.lock) and len(epochs_of(s)) > 2]
        if busy:
            os.kill(_engine_pid(chance.choice(busy)), signal.SIGKILL)
            return
        time.sleep(0.01)
    raise AssertionError("no engine was training")


def _check_complete(sweep: Sweep, epochs: int) -> None:
    """Every planned run is there once, and has every epoch."""
    runs = sweep.plan().runs
    sessions = {session.name: session for session in list_sessions(sweep.root)}
    assert sorted(sessions) == sorted(run.name for run in runs)
    for run in runs:
        session = sessions[run.name]
        assert session.info().id == run.id
        assert sorted(epochs_of(session)) == list(range(epochs + 1)), run.name
        assert isinstance(engine_process.log_of(session)[-1], Finished)
    ended = [event.run for event in log_of(sweep) if isinstance(event, RunEnded)]
    assert sorted(ended) == sorted(run.name for run in runs), "each ended once"
    assert status_of(sweep, sweep.plan(), read_state(sweep)) is SweepStatus.FINISHED


def test_runs_that_diverge_or_fail_do_not_stop_the_others(
    sessions_root: Path, tmp_path: Path
) -> None:
    sweep = make_sweep(
        sessions_root,
        [
            {"lr": 100.0, "l2": 1.0, "batch_size": 1},
            {"dataset": "fashion-mnist", "data_dir": str(tmp_path / "nowhere")},
            {"epochs": 2},
            {"epochs": LONG},
        ],
        rule=Rule(stale_epochs=3),
        jobs=4,
    )
    assert finish(start(sweep)) == (0, "")
    state = read_state(sweep)
    ends = [state.runs[f"s-00{i}"].ended for i in (1, 2, 3, 4)]
    diverged, failed, finished, stale = [end for end in ends if end is not None]
    assert (diverged.outcome, failed.outcome) == ("diverged", "failed")
    assert "not finite" in diverged.text
    assert "nowhere" in failed.text
    assert (finished.outcome, finished.text) == ("finished", "")
    assert (stale.outcome, stale.rule) == ("stopped", "stale")
    sessions = sessions_of(sweep)
    assert [type(engine_process.log_of(session)[-1]) for session in sessions][:2] == [
        Diverged,
        Failed,
    ]
    last = engine_process.log_of(sessions[3])[-1]
    assert isinstance(last, Stopped)
    assert last.reason.startswith("stale: no better test loss than that of epoch")
    assert all(session.info().tags == ["s"] for session in sessions)


def test_pause_resume_and_stop_as_a_whole_and_one_by_one(sessions_root: Path) -> None:
    sweep = make_sweep(sessions_root, [{"epochs": LONG}, {"epochs": LONG, "seed": 1}, {}])
    coordinator = start(sweep)
    wait_until(sweep, lambda state: len(state.runs) == 2)
    first, second = sessions_of(sweep)
    for session in (first, second):
        wait_for(session, has(Epoch))
    assert say(sweep, Pause).text == "paused"
    assert say(sweep, Pause).text == "already paused"
    for session in (first, second):
        wait_for(session, has(Paused))
    trained = len(epochs_of(first))
    time.sleep(0.5)
    assert len(epochs_of(first)) == trained
    assert not say(sweep, Resume, incarnation="another").applied
    assert say(sweep, Resume).text == "resumed"
    wait_for(first, lambda events: sum(isinstance(e, Epoch) for e in events) > trained)
    assert len(read_state(sweep).runs) == 2, "none gets the place of one that was paused with all"
    # One that a person pauses gives its place to the next; one that a person stops has ended.
    assert engine_process.say(first, Pause).applied
    wait_until(sweep, lambda state: state.ended == 1)
    assert engine_process.say(second, Stop).applied
    state = wait_until(sweep, lambda state: state.ended == 2)
    assert state.outcomes() == {"finished": 1, "stopped": 1}
    assert say(sweep, Stop).text == "stopping"
    assert finish(coordinator) == (0, "")
    assert isinstance(log_of(sweep)[-1], SweepStopped)
    assert not any(lock.is_held(session.lock) for session in sessions_of(sweep))
    last = engine_process.log_of(first)[-1]
    assert isinstance(last, Stopped)
    assert last.reason == "the sweep was stopped"
    # A resumed sweep continues the run that it stopped, not the one that a person stopped.
    before = len(engine_process.log_of(second))
    coordinator = start(sweep)
    trained = len(epochs_of(first))
    wait_for(first, lambda events: sum(isinstance(e, Epoch) for e in events) > trained)
    coordinator.send_signal(signal.SIGTERM)
    assert finish(coordinator) == (0, "")
    stopped = log_of(sweep)[-1]
    assert isinstance(stopped, SweepStopped)
    assert stopped.reason == "terminated by SIGTERM"
    assert len(engine_process.log_of(second)) == before


def test_it_survives_the_kill_of_its_coordinator_and_of_an_engine(sessions_root: Path) -> None:
    sweep = make_sweep(sessions_root, [{"epochs": EPOCHS, "seed": seed} for seed in range(2)])
    coordinator = start(sweep)
    wait_until(sweep, lambda state: len(state.runs) == 2)
    for session in sessions_of(sweep):
        wait_for(session, has(Epoch, 2))
    coordinator.kill()
    coordinator.communicate()
    os.kill(_engine_pid(sessions_of(sweep)[0]), signal.SIGKILL)
    assert status_of(sweep, sweep.plan(), read_state(sweep)) is SweepStatus.INTERRUPTED
    again = start(sweep)
    wait_until(sweep, lambda state: state.ended > 0 or len(log_of(sweep)) > 4)
    status, errors = finish(start(sweep))
    assert (status, errors) == (1, "s: another coordinator runs it\n")
    assert finish(again) == (0, "")
    _check_complete(sweep, EPOCHS)


def _ended(count: int) -> Callable[[SweepState], bool]:
    return lambda state: state.ended >= count


@pytest.mark.slow
def test_24_runs_survive_kills_of_the_coordinator_and_of_two_engines(sessions_root: Path) -> None:
    """Each session once, no epoch missing (issue 7, criterion 4)."""
    chance = random.Random(7)
    grid = [{"lr": lr, "seed": seed} for lr in (0.01, 0.02, 0.04) for seed in range(8)]
    sweep = make_sweep(sessions_root, [{**values, "epochs": EPOCHS} for values in grid])
    coordinator = start(sweep)
    for kill in range(2):
        wait_until(sweep, _ended(3 + 3 * kill))
        _kill_an_engine(sweep, chance)
        if kill == 1:
            coordinator.kill()
            coordinator.communicate()
            coordinator = start(sweep)
    coordinator.wait(20 * engine_process.PATIENCE)
    assert finish(coordinator) == (0, "")
    _check_complete(sweep, EPOCHS)
    assert sum(isinstance(event, SweepStarted) for event in log_of(sweep)) == 2
    assert isinstance(log_of(sweep)[-1], SweepFinished)
