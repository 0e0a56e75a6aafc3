"""The panes in the place of a run's charts: its machine and its console."""

import sys
import time
from pathlib import Path

import pytest

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.screens.run.screen import RunScreen
from engine.recorder import record
from engine.storage.session.machine import Machine
from tests.support.recorded_runs import MACHINE, record_with_machine
from tests.support.recorded_runs import record as record_engine_run
from tests.support.screens import screen_text, until


def app_on(root: Path, name: str = "own") -> EdgeChaosApp:
    return EdgeChaosApp(root, session=name, quiet=True, diagram=False)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_machine_is_shown_with_what_the_numbers_are_of(
    sessions_root: Path, size: tuple[int, int]
) -> None:
    record_with_machine(sessions_root, "own", MACHINE)
    async with app_on(sessions_root).run_test(size=size) as pilot:
        await until(pilot, "finished")
        await pilot.press("m")
        await until(pilot, "2 of 8 cores for this run")
        await until(pilot, lambda: "process 1.50" in screen_text(pilot))
        text = " ".join(screen_text(pilot).split())
        assert "16.0 GB of memory for its container or job" in text
        assert "process 3.00" in text
        assert "500 W" in text
        assert "m machine" in text
        assert "80.0 °C" in text
        await pilot.press("left")
        await until(pilot, "process 1.45", "process 2.80")
        await pilot.press("m")
        await until(pilot, "Loss")
        assert "cores" not in screen_text(pilot)


async def test_without_a_gpu_there_are_no_charts_of_one(sessions_root: Path) -> None:
    record_with_machine(sessions_root, "own", Machine(cores=2, usable_cores=2.0, memory=8 * 10**9))
    async with app_on(sessions_root).run_test(size=(120, 40)) as pilot:
        await until(pilot, "finished")
        await pilot.press("m")
        await until(pilot, "2 cores · 8.00 GB of memory", "process 1.50")
        assert "GPU" not in screen_text(pilot)


async def test_a_log_that_tells_nothing_of_the_machine_says_so(sessions_root: Path) -> None:
    record_engine_run(sessions_root, "old")
    async with app_on(sessions_root, "old").run_test(size=(120, 40)) as pilot:
        await until(pilot, "finished")
        await pilot.press("m")
        await until(pilot, "not measured", "earlier version")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_a_program_prints_is_shown_live_and_as_it_was(
    sessions_root: Path, size: tuple[int, int]
) -> None:
    # The app has a stdout of its own while it runs.
    program = sys.stdout
    with record("own", sessions=sessions_root, capture=True, raise_errors=True) as run:
        print("\x1b[31mthe first line\x1b[0m")
        run.log(epoch=1, loss=1.0)
        app = app_on(sessions_root)
        async with app.run_test(size=size) as pilot:
            await until(pilot, "epoch 1")
            await pilot.press("o")
            await until(pilot, "the first line")
            assert "[31m" not in screen_text(pilot)
            time.sleep(0.01)
            print("a line that comes later", file=program)
            await until(pilot, "a line that comes later")
            run.log(epoch=2, loss=1.0)
            await until(pilot, "epoch 2")
            await pilot.press("left")
            await until(pilot, lambda: "comes later" not in screen_text(pilot))
            assert "the first line" in screen_text(pilot)
            await pilot.press("right")
            await until(pilot, "a line that comes later")
            await pilot.press("q")
            await until(pilot, "Loss")
            assert isinstance(app.screen, RunScreen)


async def test_the_newest_of_many_lines_are_at_hand_and_the_others_a_page_up(
    sessions_root: Path,
) -> None:
    with record("own", sessions=sessions_root, capture=True, raise_errors=True) as run:
        for number in range(300):
            print("line", number)
        run.log(epoch=1, loss=1.0)
    async with app_on(sessions_root).run_test(size=(80, 24)) as pilot:
        await until(pilot, "finished")
        await pilot.press("o")
        await until(pilot, "line 299")
        await pilot.press("pageup", "pageup")
        await until(pilot, lambda: "line 299" not in screen_text(pilot))
        await pilot.press("pagedown", "pagedown")
        await until(pilot, "line 299")


async def test_why_there_is_no_output_is_said(sessions_root: Path) -> None:
    with record("own", sessions=sessions_root, raise_errors=True) as run:
        run.log(epoch=1, loss=1.0)
    async with app_on(sessions_root).run_test(size=(80, 24)) as pilot:
        await until(pilot, "finished")
        await pilot.press("o")
        await until(pilot, "capture=True")


async def test_what_an_engine_printed_is_shown_by_the_same_pane(sessions_root: Path) -> None:
    session = record_engine_run(sessions_root, "old")
    session.worker_log.write_text("RuntimeError: \x1b]0;owned\x07out of memory\n")
    async with app_on(sessions_root, "old").run_test(size=(80, 24)) as pilot:
        await until(pilot, "finished")
        await pilot.press("o")
        await until(pilot, "RuntimeError: out of memory")
        await pilot.press("1")
        await until(pilot, "Loss")
