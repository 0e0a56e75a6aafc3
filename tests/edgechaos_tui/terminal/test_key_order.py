"""Keys are applied in the order in which they came, whatever the bursts."""

from pathlib import Path

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.screens.dialogs.ask import AskText, Confirm
from edgechaos_tui.screens.forms.new_run import NewRunScreen
from engine.storage.session import folder
from engine.storage.session.session import open_session
from tests.support.library_samples import write_session
from tests.support.screens import until

NAMES = {"⌫": "backspace", "⏎": "enter", "⇥": "tab", "␛": "escape", "/": "slash"}
CHARACTERS = {"⏎": "\r", "⇥": "\t", "⌫": None, "␛": None}


@pytest.fixture
def app(sessions_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EdgeChaosApp:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(folder, "REFERENCES", tmp_path / "no references")
    for name in ("first", "second"):
        write_session(sessions_root, name, 3)
    return EdgeChaosApp(sessions_root, quiet=True, diagram=False)


def _burst(pilot: Pilot[None], keys: str) -> None:
    """All keys in one write, as a line with a delay brings them."""
    for key in keys:
        pilot.app.post_message(Key(NAMES.get(key, key), CHARACTERS.get(key, key)))


def _value(pilot: Pilot[None]) -> str:
    focused = pilot.app.focused
    return focused.value if isinstance(focused, Input) else ""


@pytest.mark.parametrize(
    ("keys", "value"),
    [("/figxy⌫⌫4", "fig4"), ("/abc⌫⌫⌫fig6-9⌫", "fig6-"), ("/x␛/phase", "phase")],
)
async def test_in_the_filter(app: EdgeChaosApp, keys: str, value: str) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "second")
        _burst(pilot, keys)
        await until(pilot, lambda: _value(pilot) == value)


async def test_in_a_form(app: EdgeChaosApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, "second")
        app.open_form()
        await until(pilot, lambda: isinstance(app.screen, NewRunScreen))
        field = app.screen.query_one("#lr", Input)
        field.focus()
        await until(pilot, lambda: app.focused is field)
        _burst(pilot, "⌫" * 6 + "0.1⌫05⇥0.9")
        await until(pilot, lambda: app.focused is not field)
        assert field.value == "0.05"


async def test_a_dialog_opened_in_the_same_burst_takes_what_follows(
    app: EdgeChaosApp, sessions_root: Path
) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "second")
        _burst(pilot, "Nxy⌫␛Nwordz⌫⏎")
        await until(pilot, lambda: not isinstance(app.screen, AskText))
        notes = [open_session(sessions_root, name).info().note for name in ("first", "second")]
        await until(pilot, lambda: "word" in _notes(sessions_root))
        assert sorted(_notes(sessions_root)) == ["", "word"], notes


def _notes(root: Path) -> list[str]:
    return [open_session(root, name).info().note for name in ("first", "second")]


async def test_a_paste_without_brackets_confirms_nothing(
    app: EdgeChaosApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Confirm, "READING_SECONDS", 0.3)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "second")
        _burst(pilot, "xy⏎")
        await until(pilot, "It goes to the trash", "press it again")
        await pilot.pause(0.4)
        await pilot.press("y")
        await until(pilot, "sessions · 1")


async def test_a_fault_while_a_key_is_handled_ends_the_app(
    app: EdgeChaosApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise KeyError("a fault")

    async def press() -> None:
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, "second")
            monkeypatch.setattr(app, "action_help", fail)
            await pilot.press("question_mark")
            await pilot.pause()

    with pytest.raises(KeyError, match="a fault"):
        await press()
    assert app.return_code == 1
