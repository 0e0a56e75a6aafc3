"""The screens of a run that a training loop outside the product wrote."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.control import session as control
from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.run.reading import read
from edgechaos_tui.presentation.run.state import read_state
from edgechaos_tui.screens.run.charts import loss_chart
from edgechaos_tui.screens.run.screen import RunScreen
from edgechaos_tui.widgets.hyperparameter_panel import HyperparameterPanel
from engine.recorder import record
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from tests.support import own_loops
from tests.support.screens import screen_text, text_with, until


def _app(root: Path, session: str) -> EdgeChaosApp:
    return EdgeChaosApp(root, session=session, quiet=True, diagram=False)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_recorded_run_shows_what_it_has_and_says_what_it_lacks(
    sessions_root: Path, size: tuple[int, int]
) -> None:
    own_loops.by_epochs(sessions_root)
    app = _app(sessions_root, "own")
    async with app.run_test(size=size) as pilot:
        text = await text_with(pilot, "recorded run · best test loss 0.500 at epoch 4")
        assert "epoch 5/5" in text
        assert "extend" not in text.splitlines()[-1]
        if size[0] >= 120:
            assert "adamw" in text
            assert "No J was logged" in text
            assert "norm 1.50" in text
            assert "not a number" not in text
            await pilot.press("i")
            await until(pilot, "speed  ─ 100")


async def test_the_metrics_of_a_run_by_steps_stand_over_its_steps(sessions_root: Path) -> None:
    own_loops.by_steps(sessions_root)
    app = _app(sessions_root, "steps")
    async with app.run_test(size=(80, 24)) as pilot:
        text = await text_with(pilot, "step 90")
        assert "epoch" not in text.replace("←→ epoch", "")
        await pilot.press("left")
        await until(pilot, "step 80/90")
        await pilot.press("3")
        await until(pilot, "tokens  ─ 80")


async def test_the_library_says_that_a_recorded_run_has_no_form(sessions_root: Path) -> None:
    own_loops.by_epochs(sessions_root)
    app = EdgeChaosApp(sessions_root, quiet=True, diagram=False)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, "0.500 @4")
        await pilot.press("d")
        await until(pilot, "cannot be repeated")


@pytest.mark.parametrize(("key", "verb"), [("plus", "extended"), ("r", "resumed"), ("F", "forked")])
async def test_keys_for_what_only_an_engine_can_do_answer_in_a_sentence(
    sessions_root: Path, key: str, verb: str
) -> None:
    own_loops.by_epochs(sessions_root)
    app = _app(sessions_root, "own")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await text_with(pilot, "finished")
        await pilot.press(key)
        await until(pilot, lambda: f"be {verb} here" in " ".join(screen_text(pilot).split()))
        assert isinstance(app.screen, RunScreen)


async def test_order_and_chaos_with_depth_come_before_the_other_metrics(
    sessions_root: Path,
) -> None:
    with record("own", sessions=sessions_root, raise_errors=True) as run:
        for epoch in run.epochs(3):
            run.log(loss=1.0, lambda_depth=-0.125, anything=float(epoch))
    app = _app(sessions_root, "own")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "λ_depth", "edge")
        await pilot.press("i")
        await until(pilot, "anything  ─ 2")


class FakeOptimizer:
    """As much of an optimizer as a recorder knows."""

    def __init__(self) -> None:
        self.param_groups: list[dict[str, Any]] = [{"lr": 0.1, "momentum": 0.9}]


@pytest.fixture
def loop(sessions_root: Path) -> Iterator[FakeOptimizer]:
    """A loop in a thread that trains without end, recorded as `own`."""
    optimizer = FakeOptimizer()
    run = record("own", sessions=sessions_root, raise_errors=True)
    run.tune(optimizer)

    def train() -> None:
        with run:
            for _ in run.epochs(100_000):
                for _ in run.batches(range(10)):
                    time.sleep(0.01)
                run.log(train_loss=1.0)

    thread = threading.Thread(target=train)
    thread.start()
    yield optimizer
    if thread.is_alive():
        control.stop(Session(sessions_root / "own"))
    thread.join(20)
    assert not thread.is_alive()


async def test_a_loop_is_watched_paused_edited_and_stopped_from_the_app(
    sessions_root: Path, loop: FakeOptimizer
) -> None:
    session = Session(sessions_root / "own")
    app = _app(sessions_root, "own")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "training", "/100000")
        await pilot.press("space")
        await until(pilot, lambda: read(session).status is Status.PAUSED, "paused")
        await pilot.press("space")
        await until(pilot, lambda: read(session).status is Status.TRAINING)
        await pilot.press("e", *"0.05", "enter")
        await until(pilot, lambda: loop.param_groups[0]["lr"] == 0.05, "lr 0.1 → 0.05")
        await pilot.press("escape")
        await until(pilot, lambda: not app.screen.query_one(HyperparameterPanel).editing)
        await pilot.press("s")
        await until(pilot, "Stop own?")
        await pilot.press("y")
        await until(pilot, lambda: read(session).status is Status.STOPPED, "stopped")


@pytest.mark.process
async def test_a_file_that_grows_is_followed_and_let_go_from_the_app(sessions_root: Path) -> None:
    log = sessions_root.parent / "growing.csv"
    log.write_text("step,loss,val_loss\n0,2.0,2.1\n1,1.5,1.6\n")
    command = ["import", str(log), "--watch", "--session", "grows"]
    watch = subprocess.Popen(
        [sys.executable, "-m", "edgechaos_tui", *command, "--sessions", str(sessions_root)],
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        session = Session(sessions_root / "grows")
        while not session.log.exists() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        app = _app(sessions_root, "grows")
        async with app.run_test(size=(80, 24)) as pilot:
            text = await text_with(pilot, "step 1 ")
            assert "left" not in text.splitlines()[0], "it has no planned end"
            with log.open("a") as file:
                file.write("2,1.2,1.3\n")
            await until(pilot, "step 2 ", "best test loss 1.30")
            await pilot.press("s")
            await until(pilot, "growing.csv is no longer followed", "it goes on")
            await pilot.press("y")
            await until(pilot, lambda: read(session).status is Status.STOPPED, "stopped")
        assert watch.wait(60) == 0
    finally:
        watch.kill()


async def test_what_is_logged_rarely_is_a_line_and_keeps_its_last_value(
    sessions_root: Path,
) -> None:
    with record("rare", {}, sessions=sessions_root, raise_errors=True) as run:
        for step in range(60):
            rarely = {"val_loss": 2.0 - step / 100, "lr": 0.5} if step % 20 == 0 else {}
            run.log(rarely, step=step, loss=1.0)
    state = read_state(Session(sessions_root / "rare"))
    lines = {line.name: line for line in loss_chart(state, ChartView()).lines}
    assert lines["test"].x.tolist() == [0, 20, 40]
    assert len(lines["train"].x) == 60
    app = _app(sessions_root, "rare")
    async with app.run_test(size=(80, 24)) as pilot:
        await text_with(pilot, "test 1.60")
        await pilot.press("3")
        await until(pilot, "lr  ─ 0.500")
