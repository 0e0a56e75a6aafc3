"""Nothing is done, lost or ended by a key too many: quitting, hidden marks, words, the trash."""

from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets import Input

from edgechaos_tui.screens.dialogs.ask import AskText, Confirm
from edgechaos_tui.screens.dialogs.choose import Choose
from edgechaos_tui.screens.library.screen import LibraryScreen
from edgechaos_tui.screens.library.trash import TrashDialog
from engine.storage.session import edit, folder
from engine.storage.session.session import Session
from engine.storage.trash import list_trash
from tests.support.library_samples import write_session
from tests.support.library_screen import library_app, library_ready
from tests.support.screens import screen_text, until


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(folder, "REFERENCES", tmp_path / "none")


@pytest.fixture
def three(sessions_root: Path) -> Path:
    for name in ("first", "second", "third"):
        write_session(sessions_root, name, 3)
    return sessions_root


async def test_escape_once_too_often_does_not_quit(three: Path) -> None:
    app = library_app(three)
    async with app.run_test(size=(80, 24)) as pilot:
        await library_ready(pilot)
        await pilot.press("s", "escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape", "escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        assert app.is_running
        await pilot.press("escape", "y")
        await pilot.pause()
    assert app.return_value is None
    assert app._exit


async def test_marks_that_a_filter_hides_are_counted_and_said(three: Path) -> None:
    async with library_app(three).run_test(size=(100, 24), notifications=True) as pilot:
        await library_ready(pilot)
        await pilot.press("space", "space")
        await until(pilot, "2 marked")
        await pilot.press("slash", *"first", "enter")
        await until(pilot, "2 marked, 2 of them hidden")
        await pilot.press("E")
        await until(pilot, lambda: isinstance(pilot.app.screen, Choose))
        assert "2 sessions (2 of the" in screen_text(pilot)
        await pilot.press("escape", "c")
        await until(pilot, "collapse of", "comparing third, second; the filter hides 2")


async def test_a_note_loses_no_text(three: Path) -> None:
    third = Session(three / "third")
    async with library_app(three).run_test(size=(80, 24), notifications=True) as pilot:
        await library_ready(pilot)
        await pilot.press("N")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        field = pilot.app.screen.query_one(Input)
        field.post_message(Paste("one\n  two\n\nthree"))
        await until(pilot, lambda: field.value)
        await pilot.press("enter")
        await until(pilot, lambda: third.info().note == "one two three")
        await pilot.press("N")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        field = pilot.app.screen.query_one(Input)
        field.post_message(Paste("x" * edit.MAX_NOTE))
        await until(pilot, lambda: len(field.value) > edit.MAX_NOTE)
        await pilot.press("enter")
        await until(pilot, "at most 2,000 characters, and this one has")
        assert field.value.endswith("x")


async def test_too_many_tags_stay_in_the_field(three: Path) -> None:
    async with library_app(three).run_test(size=(80, 24), notifications=True) as pilot:
        await library_ready(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        field = pilot.app.screen.query_one(Input)
        field.value = " ".join(f"t{k}" for k in range(21))
        await pilot.press("enter")
        await until(pilot, "at most 20 tags, and these are 21")
        field.value = " ".join(f"t{k}" for k in range(20))
        await pilot.press("enter")
        await until(pilot, lambda: len(Session(three / "third").info().tags) == 20)


async def test_a_note_that_cannot_be_kept_is_asked_for_again(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(edit, "write_info", refuse)
    async with library_app(three).run_test(size=(80, 24), notifications=True) as pilot:
        await library_ready(pilot)
        await pilot.press("N", *"mine", "enter")
        await until(pilot, "No space left")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        assert pilot.app.screen.query_one(Input).value == "mine"


async def test_the_trash_outlives_the_app(three: Path) -> None:
    for name in ("second", "third"):
        edit.trash(Session(three / name))
    async with library_app(three).run_test(size=(80, 24), notifications=True) as pilot:
        await library_ready(pilot)
        await pilot.press("T")
        await until(pilot, lambda: isinstance(pilot.app.screen, TrashDialog))
        assert "third  deleted" in screen_text(pilot)
        await pilot.press("down", "enter")
        await until(pilot, "second is restored")
        await pilot.press("T")
        await until(pilot, lambda: isinstance(pilot.app.screen, TrashDialog))
        await pilot.press("X")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("escape")
        assert len(list_trash(three)) == 1
        await pilot.press("T")
        await until(pilot, lambda: isinstance(pilot.app.screen, TrashDialog))
        await pilot.press("X", "y")
        await until(pilot, "the trash is empty")
        assert list_trash(three) == []
        assert (three / "second" / "events.jsonl").exists()
