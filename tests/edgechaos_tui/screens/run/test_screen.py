"""The screens through Textual's pilot, at the three sizes that they promise."""

import math
from functools import partial
from pathlib import Path

import pytest
from textual.screen import Screen
from textual.widgets import Input, Select

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.screens.dialogs.help import HelpScreen
from edgechaos_tui.screens.forms.new_run import NewRunScreen
from edgechaos_tui.screens.library.screen import LibraryScreen
from edgechaos_tui.screens.run.screen import RunScreen
from edgechaos_tui.widgets.hyperparameter_panel import HyperparameterPanel
from edgechaos_tui.widgets.key_footer import KeyFooter
from engine.storage.host import host_name
from engine.storage.hyperparameters import build
from engine.storage.session.events import Finished
from engine.storage.session.session import create
from tests.support.comparisons import append
from tests.support.event_samples import epoch_event, started_event
from tests.support.library_samples import write_session
from tests.support.recorded_runs import record
from tests.support.screens import screen_text, text_with, until

SIZES = [(80, 24), (120, 40), (200, 60)]


def _shows(app: EdgeChaosApp, kind: type[Screen[None]]) -> bool:
    return isinstance(app.screen, kind)


def _app(root: Path, session: str | None = None) -> EdgeChaosApp:
    return EdgeChaosApp(root, session=session, quiet=True, diagram=False)


@pytest.mark.parametrize("size", SIZES)
async def test_a_recorded_run_is_told_whole_at_every_size(
    sessions_root: Path, size: tuple[int, int]
) -> None:
    record(sessions_root, "brave")
    app = _app(sessions_root, "brave")
    async with app.run_test(size=size) as pilot:
        text = await text_with(pilot, "best test loss")
        assert "at epoch 54" in text
        assert "chaotic, d = +0.04" in text or "at the edge of chaos, d = +0.04" in text
        assert "■ finished" in text
        assert "epoch 60/60" in text
        shown = [name for name in ("Loss", "Acc", "J²", "Phase") if name in text]
        assert len(shown) == 4
        if size[0] >= 120:
            assert "Guideline" in text
            assert "λ 0 → 1e-6" in text
        if size[0] >= 200:
            assert "λ_max" in text


@pytest.mark.parametrize("size", SIZES)
async def test_the_footer_fits(sessions_root: Path, size: tuple[int, int]) -> None:
    record(sessions_root, "brave")
    app = _app(sessions_root, "brave")
    async with app.run_test(size=size) as pilot:
        await text_with(pilot, "finished")
        for screen in (RunScreen, LibraryScreen):
            await until(pilot, partial(_shows, app, screen))
            assert app.screen.query_one(KeyFooter).cells <= size[0]
            await until(pilot, lambda: "? help" in screen_text(pilot).splitlines()[-1])
            await pilot.press("q")


async def test_a_chart_is_maximised_and_put_back(sessions_root: Path) -> None:
    record(sessions_root, "brave")
    app = _app(sessions_root, "brave")
    async with app.run_test(size=(120, 40)) as pilot:
        await text_with(pilot, "finished")
        loss, j2 = app.screen.query_one("#loss"), app.screen.query_one("#j2")
        await pilot.press("3")
        await until(pilot, lambda: not loss.display and j2.display)
        await pilot.press("3")
        await until(pilot, lambda: loss.display and j2.display)


async def test_the_indicators_are_a_chart_that_cycles(sessions_root: Path) -> None:
    record(sessions_root, "brave")
    app = _app(sessions_root, "brave")
    async with app.run_test(size=(80, 24)) as pilot:
        await text_with(pilot, "finished")
        await pilot.press("5")
        await text_with(pilot, "below 0 order")
        await pilot.press("i")
        await text_with(pilot, "1 at the edge")


async def test_the_advice_becomes_a_pending_edit_that_escape_takes_back(
    sessions_root: Path,
) -> None:
    record(sessions_root, "brave", epochs=30, planned=100)
    app = _app(sessions_root, "brave")
    async with app.run_test(size=(120, 40)) as pilot:
        await text_with(pilot, "a takes the advice")
        field = app.screen.query_one("#value-l2", Input)
        await pilot.press("a")
        await until(pilot, lambda: app.screen.focused is field)
        assert float(field.value) == pytest.approx(4.6e-5, rel=0.15)
        await pilot.press("escape")
        await until(pilot, lambda: field.value == "1e-6")
        assert isinstance(app.screen, RunScreen)
        assert not app.screen.query_one(HyperparameterPanel).editing


async def test_a_wish_without_an_engine_is_refused_in_a_sentence(sessions_root: Path) -> None:
    session = record(sessions_root, "brave")
    app = _app(sessions_root, "brave")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await text_with(pilot, "finished")
        await pilot.press("e")
        await pilot.press("0", ".", "1", "enter")
        await text_with(pilot, "no engine is at work")
        assert not session.commands.exists()


@pytest.mark.parametrize("size", SIZES)
async def test_help_and_palette_know_the_keys(sessions_root: Path, size: tuple[int, int]) -> None:
    app = _app(sessions_root)
    async with app.run_test(size=size) as pilot:
        await text_with(pilot, "start on Fashion-MNIST")
        await pilot.press("question_mark")
        await text_with(pilot, "Make a new run")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        await pilot.press("ctrl+p")
        await pilot.pause(0.3)
        await pilot.press(*"new run")
        await text_with(pilot, "Make a new run")
        await pilot.press("enter")
        await text_with(pilot, "steps per epoch")
        assert isinstance(app.screen, NewRunScreen)


async def test_the_form_explains_and_refuses(sessions_root: Path) -> None:
    app = _app(sessions_root)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("n")
        await text_with(pilot, "η/((1−α)B) = 0.00125")
        field = app.screen.query_one("#lr", Input)
        field.value = "-1"
        await text_with(pilot, "lr: -1 is not a number above 0")
        assert field.has_class("wrong")
        await pilot.press("ctrl+s")
        await pilot.pause(0.2)
        assert isinstance(app.screen, NewRunScreen)
        assert not sessions_root.exists()


async def test_adam_brings_its_own_defaults(sessions_root: Path) -> None:
    app = _app(sessions_root)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("n")
        await text_with(pilot, "steps per epoch")
        app.screen.query_one("#optimizer", Select).value = "adam"
        await text_with(pilot, "no scaling law for Adam")
        assert app.screen.query_one("#lr", Input).value == "0.001"
        assert app.screen.query_one("#momentum", Input).value == "0"


@pytest.mark.parametrize("count", [3, 300])
async def test_the_library_lists_what_there_is(sessions_root: Path, count: int) -> None:
    for k in range(count):
        record(sessions_root, f"run-{k}", epochs=1, planned=5)
    (sessions_root / "run-0" / "session.json").write_text("{")
    app = _app(sessions_root)
    async with app.run_test(size=(120, 40)) as pilot:
        await text_with(pilot, f"sessions · {count}")
        await text_with(pilot, "run-")
        await pilot.press("slash", *"name:run-0")
        await text_with(pilot, "unreadable")


async def test_a_session_that_is_gone_is_not_offered_to_be_resumed(sessions_root: Path) -> None:
    append(record(sessions_root, "brave", epochs=30), started_event(host=host_name()))
    app = _app(sessions_root, "brave")
    async with app.run_test(size=(120, 40)) as pilot:
        await text_with(pilot, "press r to resume it")
        (sessions_root / "brave").rename(sessions_root / "elsewhere")
        await text_with(pilot, "its folder is gone")
        assert "press r" not in screen_text(pilot)
        assert "epoch 30/60" in screen_text(pilot)


async def test_a_width_without_indicators_says_that_there_will_be_none(sessions_root: Path) -> None:
    write_session(sessions_root, "narrow", 5, width=100)
    app = _app(sessions_root, "narrow")
    async with app.run_test(size=(200, 60)) as pilot:
        await text_with(pilot, "finished")
        await pilot.press("5")
        await text_with(pilot, "cannot be measured: only 784 hidden units")


async def test_charts_without_a_finite_value_say_so_beside_the_epochs(sessions_root: Path) -> None:
    session = create(sessions_root, build({"epochs": 29}), "lost")
    nothing = dict.fromkeys(("train_loss", "test_loss", "j", "j0", "edge_distance"), math.nan)
    epochs = [epoch_event(k, epochs=29, **nothing) for k in range(30)]
    append(session, started_event(), *epochs, Finished(t=2000.0, elapsed=9.0, epoch=29))
    app = _app(sessions_root, "lost")
    async with app.run_test(size=(120, 40)) as pilot:
        text = await text_with(pilot, "epoch 29/29")
        assert text.count("no finite value in 30 epochs") == 3
        assert "no epoch was recorded" not in text
