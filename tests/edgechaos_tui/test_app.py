"""Textual's own features in this app: the clipboard, ctrl+c, a picture of the screen."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from edgechaos_tui.app import EdgeChaosApp
from tests.support.library_samples import write_session
from tests.support.recorded_runs import record
from tests.support.screens import screen_text, until


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


async def _drag_and_copy(pilot: Pilot[None], place: str) -> None:
    await pilot.mouse_down(place, offset=(2, 1))
    await pilot.hover(place, offset=(30, 3))
    await pilot.mouse_up(place, offset=(30, 3))
    await pilot.press("ctrl+c")


async def test_a_drag_over_rows_and_ctrl_c_leave_the_clipboard(sessions_root: Path) -> None:
    for name in ("one", "two", "three"):
        write_session(sessions_root, name, 3)
    app = EdgeChaosApp(sessions_root, quiet=True, diagram=False)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, "finished")
        app.copy_to_clipboard("mine")
        await _drag_and_copy(pilot, "SessionTable")
        assert app.clipboard == "mine"


async def test_a_drag_over_events_and_ctrl_c_leave_the_clipboard(sessions_root: Path) -> None:
    record(sessions_root, "run")
    app = EdgeChaosApp(sessions_root, session="run", quiet=True, diagram=False)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, "best test loss")
        app.copy_to_clipboard("mine")
        await _drag_and_copy(pilot, "#events")
        assert app.clipboard


async def test_ctrl_c_names_the_keys_that_quit_without_markup(sessions_root: Path) -> None:
    app = EdgeChaosApp(sessions_root, quiet=True, diagram=False)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.press("ctrl+c")
        await until(pilot, "ctrl+q")
        assert "[b]" not in screen_text(pilot)


async def test_a_picture_is_written_where_there_are_no_downloads(
    sessions_root: Path, tmp_path: Path
) -> None:
    app = EdgeChaosApp(sessions_root, quiet=True, diagram=False)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        app.deliver_screenshot()
        await until(pilot, lambda: list((tmp_path / "here").glob("edgechaos-*.svg")))
        await until(pilot, "wrote a picture of the screen to")
        (tmp_path / "home" / "Downloads").mkdir(parents=True)
        app.deliver_screenshot("name.svg")
        await until(pilot, (tmp_path / "home" / "Downloads" / "name.svg").exists)
        app.deliver_screenshot("name.svg", str(tmp_path / "nowhere"))
        await until(pilot, "No such file")
