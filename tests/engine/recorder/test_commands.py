"""The app commands a recorded run; every command is answered in its log."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgechaos_tui.control import session as control
from edgechaos_tui.control.requests import wait_for_answer
from edgechaos_tui.presentation.run.reading import read
from engine.recorder import Run, record
from engine.storage.commands import AnyCommand
from engine.storage.errors import SessionError
from engine.storage.fork.fork_points import origins_of
from engine.storage.session.events import Answer, Stopped
from engine.storage.session.session import Session
from engine.storage.session.status import Status


class FakeOptimizer:
    """The part of a PyTorch optimizer that the recorder uses."""

    def __init__(self) -> None:
        self.param_groups: list[dict[str, Any]] = [
            {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.0},
            {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.0},
        ]


@pytest.fixture
def training(tmp_path: Path) -> Any:
    """A loop in a thread, its run, optimizer and session."""
    optimizer = FakeOptimizer()
    run = record("own", {"lr": 0.1}, sessions=tmp_path, raise_errors=True)
    run.tune(optimizer)

    def train() -> None:
        with run:
            for _ in run.epochs(100_000):
                for _ in run.batches(range(5)):
                    time.sleep(0.002)
                run.log(loss=1.0)

    thread = threading.Thread(target=train)
    thread.start()
    session = Session(tmp_path / "own")
    yield run, optimizer, session
    if thread.is_alive():
        control.stop(session)
    thread.join(20)
    assert not thread.is_alive()


def answer_to(session: Session, ask: Callable[[], AnyCommand | None]) -> Answer:
    command = ask()
    assert command is not None
    answer = wait_for_answer(session, command, 20)
    assert isinstance(answer, Answer)
    return answer


def test_lr_is_set_answered_and_in_force_in_all_groups(
    training: tuple[Run, FakeOptimizer, Session],
) -> None:
    _, optimizer, session = training
    answer = answer_to(session, lambda: control.set_values(session, {"lr": 0.05, "l2": 5e-4}))
    assert answer.applied, answer.text
    _wait(lambda: optimizer.param_groups[0]["weight_decay"] == 1e-3)
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.05, 0.005])
    assert read(session).summary.hyperparameters.lr == 0.05


def test_what_the_loop_does_not_let_be_changed_is_refused(
    training: tuple[Run, FakeOptimizer, Session],
) -> None:
    _, _, session = training
    answer = answer_to(session, lambda: control.set_values(session, {"batch_size": 8}))
    assert not answer.applied
    assert "batch_size" in answer.text


def test_pause_resume_extend_and_stop(training: tuple[Run, FakeOptimizer, Session]) -> None:
    _, _, session = training
    assert answer_to(session, lambda: control.pause(session)).applied
    assert read(session).status is Status.PAUSED
    assert answer_to(session, lambda: control.resume(session)).applied
    assert answer_to(session, lambda: control.extend(session, 5)).applied
    assert read(session).summary.hyperparameters.epochs == 100_005
    assert answer_to(session, lambda: control.stop(session)).applied
    _wait(lambda: read(session).status is Status.STOPPED)
    assert isinstance(read(session).summary.lifecycle, Stopped)


def test_a_loop_with_log_alone_stops_at_the_next_one(tmp_path: Path) -> None:
    session = Session(tmp_path / "own")
    with record("own", sessions=tmp_path, raise_errors=True) as run:
        run.log(step=0, loss=1.0)
        control.stop(session)
        for step in range(1, 100_000):
            time.sleep(0.01)
            run.log(step=step, loss=1.0)
            assert step < 1000
    assert read(session).status is Status.STOPPED


def test_what_only_an_engine_can_do_is_said_in_a_sentence(tmp_path: Path) -> None:
    record("own", sessions=tmp_path, raise_errors=True).close(RuntimeError("away"))
    session = Session(tmp_path / "own")
    for ask in (control.resume, lambda s: control.extend(s, 5), origins_of):
        with pytest.raises(SessionError, match="outside edgechaos-tui"):
            ask(session)


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
