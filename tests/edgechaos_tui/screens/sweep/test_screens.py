"""The screens of sweeps over made-up ones, driven by keys."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.charts.heat_map import HeatMap
from edgechaos_tui.screens.compare.screen import CompareScreen
from edgechaos_tui.screens.forms.new_sweep import NewSweepScreen
from edgechaos_tui.screens.library.screen import LibraryScreen
from edgechaos_tui.screens.run.screen import RunScreen
from edgechaos_tui.screens.sweep.list_screen import SweepsScreen
from edgechaos_tui.screens.sweep.screen import SweepScreen
from edgechaos_tui.widgets.run_table import RunTable
from tests.support.lock_holder import Engine
from tests.support.screens import screen_text, until
from tests.support.sweep_samples import write_run, write_sweep

GRID = {"lr": (0.01, 0.02, 0.04, 0.08), "batch_size": (8, 16), "seed": (0, 1)}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def _app(root: Path) -> EdgeChaosApp:
    return EdgeChaosApp(root, quiet=True, diagram=False)


async def _sees(pilot: Pilot[None], *words: str) -> None:
    await until(pilot, lambda: all(word in screen_text(pilot) for word in words))


async def _open_first(pilot: Pilot[None]) -> SweepScreen:
    """From the library over the list to the sweep on top of it, once it is read."""
    await pilot.press("w")
    await until(pilot, lambda: isinstance(pilot.app.screen, SweepsScreen))
    await _sees(pilot, " of ")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, SweepScreen))
    await until(pilot, lambda: "reading" not in screen_text(pilot))
    screen = pilot.app.screen
    assert isinstance(screen, SweepScreen)
    return screen


async def test_the_list_tells_of_each_sweep_and_follows(sessions_root: Path) -> None:
    write_sweep(sessions_root, "old", {"lr": (0.1, 0.2)})
    async with _app(sessions_root).run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        await _sees(pilot, "sweeps · 1", "■ finished", "2 of 2", "enter open")
        write_sweep(sessions_root, "new", GRID, ended=5)
        await _sees(pilot, "sweeps · 2", "5 of 16", "lr, batch size, seed")
        await pilot.press("q")
        assert isinstance(pilot.app.screen, LibraryScreen)


async def test_without_a_sweep_the_list_says_what_one_is(sessions_root: Path) -> None:
    async with _app(sessions_root).run_test(size=(80, 24)) as pilot:
        await pilot.press("w")
        await _sees(pilot, "There is no sweep yet")
        assert "enter" not in screen_text(pilot).splitlines()[-1]
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, NewSweepScreen))


async def test_deleting_takes_the_record_alone_and_can_be_undone(sessions_root: Path) -> None:
    sweep = write_sweep(sessions_root, "mine", {"lr": (0.1, 0.2)})
    async with _app(sessions_root).run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("w")
        await _sees(pilot, "mine")
        await pilot.press("x", "escape")
        assert sweep.folder.exists()
        await pilot.press("x", "y")
        await _sees(pilot, "There is no sweep yet")
        assert (sessions_root / "mine-001" / "events.jsonl").exists()
        await pilot.press("u")
        await _sees(pilot, "2 of 2")
        assert sweep.plan().name == "mine"


async def test_a_sweep_with_a_living_coordinator_is_not_deleted(sessions_root: Path) -> None:
    sweep = write_sweep(sessions_root, "mine", {"lr": (0.1, 0.2)})
    async with _app(sessions_root).run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("w")
        await _sees(pilot, "mine")
        with Engine(sweep, "i"):
            await pilot.press("x", "y")
            await _sees(pilot, "its coordinator is at work")
        assert sweep.folder.exists()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_table_and_map_have_room_at_any_size(
    sessions_root: Path, size: tuple[int, int]
) -> None:
    write_sweep(sessions_root, "s", GRID, ended=13)
    async with _app(sessions_root).run_test(size=size) as pilot:
        await _open_first(pilot)
        await _sees(pilot, "s-001", "■ finished", "13 of 16 runs", "best test")
        assert "? help" in screen_text(pilot).splitlines()[-1]
        await pilot.press("tab")
        await _sees(pilot, "mean over seed", "0.08", "* best", "2 of 2 runs")
        assert "? help" in screen_text(pilot).splitlines()[-1]
        assert ("s-001" in screen_text(pilot)) is (size[0] >= 120)


async def test_keys_change_the_result_and_the_axes(sessions_root: Path) -> None:
    write_sweep(sessions_root, "s", GRID)
    async with _app(sessions_root).run_test(size=(120, 40)) as pilot:
        await _open_first(pilot)
        for name in ("best test accuracy", "J² at the end", "phase"):
            await pilot.press("i")
            await _sees(pilot, name)
        await _sees(pilot, "▽ ordered  ◆ edge  ▲ chaotic", "▲+")
        await pilot.press("x")
        await _sees(pilot, "mean over lr", "seed 0, batch size 8")
        await pilot.press("y")
        await _sees(pilot, "mean over lr, batch size")


async def test_a_cell_opens_its_run_and_marks_go_to_the_comparison(sessions_root: Path) -> None:
    write_sweep(sessions_root, "s", GRID)
    async with _app(sessions_root).run_test(size=(120, 40)) as pilot:
        screen = await _open_first(pilot)
        await pilot.press("2", "right", "down", "space")
        await _sees(pilot, "2 marked", "✓")
        assert screen.query_one(RunTable).marked == ("s-007", "s-008")
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
        await pilot.press("escape")
        await pilot.press("enter")
        await _sees(pilot, "Open which run?", "s-007", "s-008")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen))
        await _sees(pilot, "s-007")
        await pilot.press("escape", "1", "enter")
        await _sees(pilot, "s-001")


async def test_what_is_trained_meanwhile_appears_in_table_and_map(sessions_root: Path) -> None:
    sweep = write_sweep(sessions_root, "s", {"lr": (0.01, 0.02, 0.04)}, ended=1)
    async with _app(sessions_root).run_test(size=(120, 40), notifications=True) as pilot:
        screen = await _open_first(pilot)
        await _sees(pilot, "· waiting")
        await pilot.press("end", "enter")
        await _sees(pilot, "has not started yet")
        heat = screen.query_one(HeatMap)
        drawings = heat.drawings
        write_run(sweep, sweep.plan().runs[2])
        await until(pilot, lambda: "· waiting" not in screen_text(pilot).split("s-003")[1][:20])
        await until(pilot, lambda: heat.drawings > drawings)


async def test_stopping_asks_and_says_when_there_is_nothing_to_stop(sessions_root: Path) -> None:
    write_sweep(sessions_root, "s", {"lr": (0.1, 0.2)})
    async with _app(sessions_root).run_test(size=(120, 40), notifications=True) as pilot:
        await _open_first(pilot)
        await pilot.press("S")
        await _sees(pilot, "nothing to stop: the sweep is finished")
        await pilot.press("P")
        await _sees(pilot, "all its 2 runs ended")


async def test_a_click_on_a_cell_moves_the_cursor_there(sessions_root: Path) -> None:
    write_sweep(sessions_root, "s", GRID)
    async with _app(sessions_root).run_test(size=(120, 40)) as pilot:
        screen = await _open_first(pilot)
        await _sees(pilot, "* best")
        heat = screen.query_one(HeatMap)
        await pilot.click(HeatMap, offset=(heat.size.width - 6, 7))
        await until(pilot, "lr 0.08, batch size 16:")
        await pilot.press("left")
        await until(pilot, "lr 0.04, batch size 16:")
        await pilot.click(RunTable, offset=(5, 3))
        await pilot.press("down")
        row = screen.query_one(RunTable).current_run
        assert row is not None
        assert row.run == "s-004"


async def test_a_name_with_markup_and_controls_drives_nothing(sessions_root: Path) -> None:
    sweep = write_sweep(sessions_root, "s", {"lr": (0.1, 0.2)})
    plan = (sweep.folder / "sweep.json").read_text()
    evil = plan.replace('"note": ""', '"note": "[red]\\u001b[2Jboo"')
    (sweep.folder / "sweep.json").write_text(evil)
    async with _app(sessions_root).run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        await _sees(pilot, "[red][2Jboo")
        await pilot.press("enter")
        await _sees(pilot, "[red][2Jboo")


async def test_a_damaged_plan_is_said_in_the_list(sessions_root: Path) -> None:
    sweep = write_sweep(sessions_root, "s", {"lr": (0.1, 0.2)})
    (sweep.folder / "sweep.json").write_text("{")
    async with _app(sessions_root).run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("w")
        await _sees(pilot, "! unreadable", "sweep.json is damaged")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, SweepsScreen)


async def test_the_form_counts_judges_and_tells_the_time(sessions_root: Path) -> None:
    write_sweep(sessions_root, "known", {"lr": (0.1, 0.2)})
    async with _app(sessions_root).run_test(size=(120, 40)) as pilot:
        await pilot.press("W")
        await _sees(pilot, "nothing varies yet")
        await pilot.press(*"0.01,x")
        await _sees(pilot, "'x' is not a number above 0")
        assert pilot.app.screen.query_one("#lr", Input).has_class("wrong")
        await pilot.press("ctrl+s")
        assert isinstance(pilot.app.screen, NewSweepScreen)
        await pilot.press("backspace", *"0.02")
        await _sees(pilot, "2 runs (lr 0.01, 0.02)", "the duration is not known")
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, LibraryScreen)


async def test_the_app_opens_on_a_sweep(sessions_root: Path) -> None:
    sweep = write_sweep(sessions_root, "s", {"lr": (0.1, 0.2)})
    app = EdgeChaosApp(sessions_root, sweep=sweep, quiet=True, diagram=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await _sees(pilot, "sweep s", "2 of 2 runs", "s-002")
