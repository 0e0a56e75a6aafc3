"""Runs that ship with the product, in the library of someone who has just installed it."""

from pathlib import Path

import pytest

from edgechaos_tui.presentation.library.library import Library
from edgechaos_tui.screens.compare.screen import CompareScreen
from edgechaos_tui.screens.run.screen import RunScreen
from edgechaos_tui.widgets.session_table import SessionTable
from engine.storage.session.session import reference_sessions
from tests.support.library_samples import write_session
from tests.support.library_screen import library_app as _app
from tests.support.library_screen import library_ready as _ready
from tests.support.screens import screen_text, until


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


async def test_the_welcome_offers_them_and_they_replay_and_compare(sessions_root: Path) -> None:
    async with _app(sessions_root).run_test(size=(120, 40)) as pilot:
        assert "replay and compare the recorded runs" in screen_text(pilot)
        await pilot.press("o")
        await _ready(pilot)
        assert "0 and" in screen_text(pilot)
        assert "■ reference" in screen_text(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen))
        await pilot.press("home")
        await until(pilot, "0/")
        await pilot.press("q")
        await pilot.press("space", "space", "c")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
    assert not sessions_root.exists()


@pytest.mark.parametrize("key", ["x", "R", "N", "t", "P"])
async def test_a_key_that_would_change_one_says_why_not(sessions_root: Path, key: str) -> None:
    async with _app(sessions_root).run_test(size=(120, 40)) as pilot:
        await pilot.press("o")
        screen = await _ready(pilot)
        await pilot.press(key)
        await until(pilot, lambda: pilot.app._notifications)
        (said,) = pilot.app._notifications
        assert "shipped with the product and cannot be changed" in said.message
        assert pilot.app.screen is screen


async def test_they_stand_after_ones_own_whatever_is_sorted_by(sessions_root: Path) -> None:
    write_session(sessions_root, "mine")
    async with _app(sessions_root).run_test(size=(80, 24)) as pilot:
        screen = await _ready(pilot)
        assert "1 and" in screen_text(pilot)
        for _ in range(2):
            row = screen.query_one(SessionTable).visible_rows[0]
            assert row.name == "mine"
            screen.pane.sort_by("best test loss")
            await pilot.pause()


def test_a_session_of_ones_own_takes_the_place_of_a_reference(sessions_root: Path) -> None:
    name = reference_sessions()[0].name
    write_session(sessions_root, name)
    library = Library(sessions_root, references=reference_sessions())
    library.refresh()
    (row,) = (row for row in library.rows if row.name == name)
    assert not row.is_reference
    assert len(library.rows) == len(reference_sessions())
