"""The library's screen over real folders, driven by keys."""

from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Input

from edgechaos_tui.presentation.library.columns import COLUMNS, DEFAULT, in_order
from edgechaos_tui.screens.forms.new_run import NewRunScreen
from edgechaos_tui.screens.library.screen import LibraryScreen
from edgechaos_tui.widgets.session_table import SessionTable
from engine.storage.fork import snapshots
from engine.storage.session import folder
from engine.storage.session.session import Session
from tests.support import own_loops
from tests.support.fork_family import epochs_in, write_header
from tests.support.library_samples import write_checkpoint, write_session
from tests.support.library_screen import library_app as _app
from tests.support.library_screen import library_ready as _ready
from tests.support.lock_holder import Engine
from tests.support.screens import screen_text, until


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(folder, "REFERENCES", tmp_path / "no references")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def _current(screen: LibraryScreen) -> str:
    row = screen.query_one(SessionTable).current
    assert row is not None
    return row.name


@pytest.fixture
def three(sessions_root: Path) -> Path:
    for number, name in enumerate(("first", "second", "third")):
        write_session(sessions_root, name, number + 3, lr=0.01 * (number + 1))
    return sessions_root


async def test_a_filter_narrows_as_one_types_and_escape_clears_it(three: Path) -> None:
    async with _app(three).run_test(size=(120, 40)) as pilot:
        screen = await _ready(pilot)
        await pilot.press("slash", *"lr>=")
        assert "needs a value" in screen_text(pilot)
        await pilot.press(*"0.02")
        await until(pilot, "2 shown")
        assert "first" not in screen_text(pilot)
        await pilot.press("enter")
        assert isinstance(screen.focused, SessionTable)
        await pilot.press("escape")
        await until(pilot, "first")
        assert "shown" not in screen_text(pilot)


async def test_keys_typed_into_the_filter_do_nothing_else(three: Path) -> None:
    async with _app(three).run_test(size=(120, 40)) as pilot:
        screen = await _ready(pilot)
        await pilot.press("slash", *"nqscx")
        assert pilot.app.screen is screen
        assert not screen.query_one(SessionTable).marked


async def test_what_is_typed_in_one_breath_with_the_slash_acts_on_no_session(three: Path) -> None:
    async with _app(three).run_test(size=(120, 40)) as pilot:
        screen = await _ready(pilot)
        for key, character in (("slash", "/"), ("x", "x"), ("q", "q")):
            pilot.app.post_message(Key(key, character))
        await until(pilot, lambda: isinstance(screen.focused, Input))
        await pilot.press(*"second")
        await until(pilot, lambda: "first" not in screen_text(pilot))
        assert pilot.app.screen is screen


async def test_sort_by_a_column_and_turn_it_round(three: Path) -> None:
    async with _app(three).run_test(size=(120, 40)) as pilot:
        screen = await _ready(pilot)
        table = screen.query_one(SessionTable)
        assert table.visible_rows[0].name == "third"
        screen.pane.sort_by("lr")
        assert [row.name for row in table.visible_rows] == ["first", "second", "third"]
        await until(pilot, "lr ▲")
        await pilot.press("s")
        await until(pilot, "Sort by")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert [row.name for row in table.visible_rows] == ["third", "second", "first"]


async def test_marks_stay_with_their_sessions_and_go_to_the_comparison(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = _app(three)
    asked: list[list[str]] = []
    monkeypatch.setattr(
        app, "open_comparison", lambda sessions: asked.append([s.name for s in sessions])
    )
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await _ready(pilot)
        await pilot.press("space", "c")
        await until(pilot, "1 marked")
        await pilot.press("space")
        screen.pane.sort_by("lr")
        await pilot.press("c")
        await pilot.pause()
        assert asked == [["third", "second"]]
        assert [s.name for s in screen.pane.marked_sessions] == ["third", "second"]
        assert "✓" in screen_text(pilot)


async def test_the_cursor_stays_with_its_session_when_others_come(three: Path) -> None:
    async with _app(three).run_test(size=(80, 24)) as pilot:
        screen = await _ready(pilot)
        await pilot.press("j")
        assert _current(screen) == "second"
        write_session(three, "fourth")
        await until(pilot, "sessions · 4")
        await until(pilot, "fourth")
        assert _current(screen) == "second"
        await pilot.press("home")
        assert _current(screen) == "fourth"
        await pilot.press("end")
        assert _current(screen) == "first"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_nothing_is_cut_off_at_any_size(three: Path, size: tuple[int, int]) -> None:
    async with _app(three).run_test(size=size) as pilot:
        await _ready(pilot)
        await pilot.pause()
        lines = screen_text(pilot).splitlines()
        assert "? help" in lines[-1]
        assert "■ finished" in screen_text(pilot)
        assert all(len(line) <= size[0] for line in lines)


async def test_an_empty_folder_welcomes_and_a_first_session_is_listed(sessions_root: Path) -> None:
    async with _app(sessions_root).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "f Fashion-MNIST" in screen_text(pilot).splitlines()[-1])
        assert "/ filter" not in screen_text(pilot)
        write_session(sessions_root, "one")
        await until(pilot, "■ finished")
        await until(pilot, lambda: "/ filter" in screen_text(pilot).splitlines()[-1])
        assert "f Fashion-MNIST" not in screen_text(pilot).splitlines()[-1]


async def test_hundreds_of_sessions_scroll_and_only_their_lines_are_made(
    sessions_root: Path,
) -> None:
    for number in range(200):
        write_session(sessions_root, f"s{number:04}", 0)
    async with _app(sessions_root).run_test(size=(120, 40)) as pilot:
        screen = await _ready(pilot)
        await until(pilot, "sessions · 200")
        await until(pilot, lambda: "reading" not in screen_text(pilot))
        table = screen.query_one(SessionTable)
        assert len(table.visible_rows) < 40
        await pilot.press("end")
        await pilot.pause()
        assert table.visible_rows[-1] is table.current
        await pilot.press("pageup")
        assert table.current in table.visible_rows


async def test_words_on_a_session_are_kept_and_found(three: Path) -> None:
    async with _app(three).run_test(size=(200, 60)) as pilot:
        screen = await _ready(pilot)
        await pilot.press("t", *"fig4", "enter")
        await until(pilot, "#fig4")
        await pilot.press("N", *"best of all", "enter")
        await until(pilot, "#fig4 best of all")
        info = Session(three / "third").info()
        assert (info.note, info.tags) == ("best of all", ["fig4"])
        await pilot.press("end", "P")
        await until(pilot, lambda: screen.query_one(SessionTable).visible_rows[0].name == "first")
        assert Session(three / "first").info().pinned


async def test_a_rename_keeps_the_cursor(three: Path) -> None:
    async with _app(three).run_test(size=(80, 24)) as pilot:
        screen = await _ready(pilot)
        await pilot.press("j", "R", "!", "enter")
        await until(pilot, "is not a valid name")
        await pilot.press("backspace", "2", "enter")
        await until(pilot, lambda: pilot.app.screen is screen and "second2" in screen_text(pilot))
        await until(pilot, lambda: _current(screen) == "second2")
        assert not (three / "second").exists()


async def test_deleting_asks_and_can_be_undone(three: Path) -> None:
    async with _app(three).run_test(size=(80, 24), notifications=True) as pilot:
        screen = await _ready(pilot)
        await pilot.press("x", "escape")
        assert (three / "third").exists()
        await pilot.press("x", "y")
        await until(pilot, "sessions · 2")
        assert (three / ".trash" / "third" / "events.jsonl").exists()
        await pilot.press("u")
        await until(pilot, "sessions · 3")
        assert _current(screen) == "third"


async def test_a_session_with_a_living_engine_is_not_deleted(three: Path) -> None:
    async with _app(three).run_test(size=(80, 24), notifications=True) as pilot:
        with Engine(Session(three / "third"), "i"):
            await _ready(pilot)
            await pilot.press("x", "y")
            await until(pilot, "engine is at work")
        assert (three / "third").exists()


async def test_again_opens_the_form_with_the_same_hyperparameters(three: Path) -> None:
    async with _app(three).run_test(size=(120, 40)) as pilot:
        await _ready(pilot)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, NewRunScreen))
        assert pilot.app.screen.query_one("#lr", Input).value == "0.03"
        assert pilot.app.screen.query_one("#epochs", Input).value == "5"


async def test_a_fork_wants_a_checkpoint_and_then_opens_the_form(three: Path) -> None:
    async with _app(three).run_test(size=(120, 40), notifications=True) as pilot:
        await _ready(pilot)
        await pilot.press("f")
        await until(pilot, "no checkpoint")
        write_checkpoint(Session(three / "third"), epoch=5)
        await pilot.press("f")
        await until(pilot, "fork of third, which continues after epoch 5")
        form = pilot.app.screen
        assert form.query_one("#seed", Input).disabled
        assert not form.query_one("#lr", Input).disabled
        assert form.query_one("#epochs", Input).value == "10"


async def test_of_several_epochs_to_fork_at_a_person_chooses_one(three: Path) -> None:
    third = Session(three / "third")
    for event in epochs_in(third)[2:5]:
        write_header(third, event, snapshots.path_of(third, event.epoch))
    write_header(third, epochs_in(third)[5])
    async with _app(three).run_test(size=(80, 24)) as pilot:
        await _ready(pilot)
        await pilot.press("f")
        await until(pilot, "Fork after which epoch?")
        # The last one is proposed.
        await pilot.press("enter")
        await until(pilot, "fork of third, which continues after epoch 5")
        await pilot.press("escape", "f")
        await until(pilot, "Fork after which epoch?")
        await pilot.press("up", "enter")
        await until(pilot, "fork of third, which continues after epoch 4")
        await pilot.press("escape", "f")
        await until(pilot, "Fork after which epoch?")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))


async def test_sessions_in_groups_keep_the_cursor_on_sessions(three: Path) -> None:
    write_session(three, "fourth", lr=0.01)
    async with _app(three).run_test(size=(80, 24)) as pilot:
        screen = await _ready(pilot)
        table = screen.query_one(SessionTable)
        await pilot.press("g", "down", "enter")
        await until(pilot, "lr 0.01 · 2 sessions")
        assert "lr 0.03 · 1 session ·" in screen_text(pilot)
        assert [row.name for row in table.visible_rows] == ["fourth", "first", "second", "third"]
        await pilot.press("home", "j", "j")
        assert _current(screen) == "second"
        await pilot.press("k", "k", "k")
        assert _current(screen) == "fourth"
        await pilot.press("slash", *"lr>0.01")
        await until(pilot, "2 shown")
        assert "lr 0.01 ·" not in screen_text(pilot)


async def test_columns_are_chosen_and_the_choice_is_kept(three: Path) -> None:
    async with _app(three).run_test(size=(80, 24)) as pilot:
        screen = await _ready(pilot)
        await pilot.press("C")
        await until(pilot, "Columns")
        shown, kept = set(DEFAULT), {"name", "status", "note"}
        await pilot.press("home")
        for name in [name for name in COLUMNS if name != "name"]:
            await pilot.press(*(["space"] if name in shown - kept else []), "down")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen_text(pilot).splitlines()[1].split() == ["name", "status", "note"]
    async with _app(three).run_test(size=(80, 24)) as pilot:
        await _ready(pilot)
        assert screen_text(pilot).splitlines()[1].split() == ["name", "status", "note"]
        await pilot.press("C", "d")
        await until(pilot, lambda: "best" in screen_text(pilot).splitlines()[1])


async def test_what_a_recorded_run_was_given_is_a_column_and_a_group(sessions_root: Path) -> None:
    own_loops.by_epochs(sessions_root)
    write_session(sessions_root, "engine", 2)
    async with _app(sessions_root).run_test(size=(100, 24)) as pilot:
        screen = await _ready(pilot)
        await pilot.press("C")
        await until(pilot, "Columns: space")
        place = in_order([*COLUMNS, "config.model.name"]).index("config.model.name")
        await pilot.press("home", *["down"] * (place - 1), "space", "enter")
        await until(pilot, "resnet18")
        assert "model.name" in screen_text(pilot).splitlines()[1]
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("g", "end", "enter")
        await until(pilot, "config.model.name not given · 1 session")
        assert "config.model.name resnet18 · 1 session" in screen_text(pilot)


@pytest.mark.parametrize("width", [80, 120])
async def test_each_row_has_small_curves_of_j2_and_of_the_loss(
    sessions_root: Path, width: int
) -> None:
    write_session(sessions_root, "one", 8)
    async with _app(sessions_root).run_test(size=(width, 24)) as pilot:
        await _ready(pilot)
        await until(pilot, "█")
        line = next(line for line in screen_text(pilot).splitlines() if "one" in line)
        curves = [word for word in line.split() if set(word) <= set("▁▂▃▄▅▆▇█")]
        assert len(curves) == 2
        # J² grows, on an axis from 0, and the loss falls.
        assert any(curve[0] < "▆" and curve.endswith("█") for curve in curves)
        assert any(curve.startswith("█") and curve.endswith("▁") for curve in curves)
