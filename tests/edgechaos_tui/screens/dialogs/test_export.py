"""`E` on the library, a run and a comparison: files of use, and none replaced unasked."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.screens.compare.screen import CompareScreen
from edgechaos_tui.screens.dialogs.ask import AskText, Confirm
from edgechaos_tui.screens.dialogs.choose import Choose
from edgechaos_tui.screens.library.screen import LibraryScreen
from edgechaos_tui.screens.run.screen import RunScreen
from edgechaos_tui.widgets.session_table import SessionTable
from engine.storage.session import folder
from tests.support.comparisons import written


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(folder, "REFERENCES", tmp_path / "none")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


async def _until(pilot: Pilot[None], true: Callable[[], object]) -> None:
    for _ in range(500):
        await pilot.pause()
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError([n.message for n in pilot.app._notifications])


async def _export(pilot: Pilot[None], form: str) -> None:
    """Press E, choose `form`, and take the path that is proposed."""
    await pilot.press("E")
    await _until(pilot, lambda: isinstance(pilot.app.screen, Choose))
    dialog = pilot.app.screen
    assert isinstance(dialog, Choose)
    dialog.dismiss(form)
    await _until(pilot, lambda: isinstance(pilot.app.screen, AskText))
    await pilot.press("enter")


async def test_marked_sessions_become_one_table_and_a_file_is_replaced_only_when_told_so(
    sessions_root: Path, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        written(sessions_root, name, 3)
    target = tmp_path / "here" / "sessions.csv"
    target.write_text("mine")
    async with EdgeChaosApp(sessions_root, quiet=True).run_test(size=(80, 24)) as pilot:
        await _until(pilot, lambda: pilot.app.screen.query(SessionTable))
        table = pilot.app.screen.query_one(SessionTable)
        await _until(pilot, lambda: table.current and table.current.status)
        await pilot.press("space", "space")
        await _export(pilot, "csv")
        await _until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("escape")
        await _until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))
        assert target.read_text() == "mine"
        await _export(pilot, "csv")
        await _until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await _until(pilot, lambda: target.read_text().count("\n") == 9)


async def test_a_run_is_written_from_its_screen_and_a_wrong_path_is_a_sentence(
    sessions_root: Path, tmp_path: Path
) -> None:
    written(sessions_root, "one", 3)
    app = EdgeChaosApp(sessions_root, session="one", quiet=True, diagram=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await _until(pilot, lambda: isinstance(pilot.app.screen, RunScreen))
        await _export(pilot, "zip")
        await _until(pilot, (tmp_path / "here" / "one.zip").exists)
        await pilot.press("E")
        await _until(pilot, lambda: isinstance(pilot.app.screen, Choose))
        await pilot.press("enter")
        await _until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        pilot.app.screen.query_one(Input).value = str(tmp_path / "nowhere" / "f.csv")
        await pilot.press("enter")
        said = lambda: [n.message for n in app._notifications if "cannot write" in n.message]  # noqa: E731
        await _until(pilot, said)


async def test_a_comparison_is_written_as_the_table_at_the_cursor(
    sessions_root: Path, tmp_path: Path
) -> None:
    sessions = [written(sessions_root, name, 20, lr=lr) for name, lr in (("a", 0.01), ("b", 0.02))]
    app = EdgeChaosApp(sessions_root, comparison=sessions, quiet=True)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, CompareScreen)
        await _until(pilot, lambda: all(m.state.summary.epochs_done == 20 for m in screen._members))
        await pilot.press("home", "right", "right")
        await _export(pilot, "markdown")
        target = tmp_path / "here" / "comparison.md"
        await _until(pilot, target.exists)
        assert "| epochs done | 2 | 2 |" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", ["/proc/1/fdinfo/x/y", "~nosuchuser/x.csv", "x" * 300, "/dev/null/x", "/"]
)
async def test_a_path_that_cannot_be_is_a_sentence(sessions_root: Path, path: str) -> None:
    written(sessions_root, "one", 3)
    app = EdgeChaosApp(sessions_root, session="one", quiet=True, diagram=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await _until(pilot, lambda: isinstance(pilot.app.screen, RunScreen))
        await pilot.press("E")
        await _until(pilot, lambda: isinstance(pilot.app.screen, Choose))
        await pilot.press("enter")
        await _until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        pilot.app.screen.query_one(Input).value = path
        await pilot.press("enter")

        def refused() -> list[str]:
            return [n.message for n in app._notifications if n.severity == "error"]

        await _until(pilot, refused)
        assert "cannot write" in refused()[0]
