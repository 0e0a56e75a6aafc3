"""Walking through a record on the run screen, with keys and mouse."""

from pathlib import Path

import pytest
from textual.widgets import Input, RichLog

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.presentation.run import watch
from edgechaos_tui.presentation.run.replay_clock import Start
from edgechaos_tui.screens.run.screen import RunScreen
from edgechaos_tui.widgets.key_footer import KeyFooter
from edgechaos_tui.widgets.replay_bar import ReplayBar, places
from engine.storage.session.event_log import LogWriter
from engine.storage.session.status import Status
from tests.support.event_samples import epoch_event
from tests.support.recorded_runs import record
from tests.support.screens import screen_text, until


def _app(root: Path, replay: Start | None = None) -> EdgeChaosApp:
    return EdgeChaosApp(root, session="brave", replay=replay, quiet=True, diagram=False)


def _screen(app: EdgeChaosApp) -> RunScreen:
    assert isinstance(app.screen, RunScreen)
    return app.screen


async def test_everything_on_the_screen_is_as_of_the_epoch(sessions_root: Path) -> None:
    record(sessions_root, "brave")
    app = _app(sessions_root)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "■ finished", "epoch 60/60")
        l2 = app.screen.query_one("#value-l2", Input)
        log = app.screen.query_one("#events", RichLog)
        whole = len(log.lines)
        x_end = app.screen.query_one("#loss", LineChart)._model.x_end
        await pilot.press("home", "right_square_bracket")
        await until(pilot, "← replay", "epoch 20/60", "edge expected at epoch 55")
        await until(pilot, lambda: l2.value == "1e-6", "best .368@20")
        await pilot.press("left")
        await until(pilot, "epoch 19/60", lambda: l2.value == "0")
        assert app.screen.query_one("#loss", LineChart)._model.x_end == x_end
        assert len(log.lines) < whole
        assert "from here on" not in screen_text(pilot)
        await pilot.press("shift+right")
        await until(pilot, "epoch 29/60", "best .362@26", "from here on")
        await pilot.press("end")
        await until(pilot, "■ finished", lambda: len(log.lines) == whole)


async def test_jumps_go_to_the_best_the_edge_and_the_edits(sessions_root: Path) -> None:
    record(sessions_root, "brave")
    app = _app(sessions_root)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, "■ finished", "┊edit", "▲best", "◆edge")
        for key, place in (("b", 26), ("g", 54), ("left_square_bracket", 20), ("home", 0)):
            await pilot.press(key)
            await until(pilot, f"epoch {place}/60")
        await pilot.press("left_square_bracket")
        await until(pilot, "no edit before epoch 0")


async def test_it_plays_to_the_end_and_then_nothing_ticks(sessions_root: Path) -> None:
    record(sessions_root, "brave")
    app = _app(sessions_root)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "■ finished", "‖ 8×")
        # Slowly, so that there is time for what follows.
        await pilot.press("f", "less_than_sign", "less_than_sign")
        await until(pilot, "‖ 2 ep/s")
        await pilot.press("space")
        await until(pilot, "▶ 2 ep/s", "← replay")
        screen = _screen(app)
        await pilot.press("question_mark")
        await until(pilot, "Faster, up to 64×")
        assert not screen.replay.waiting
        await pilot.press("escape")
        await until(pilot, "▶ 2 ep/s")
        await pilot.press("space")
        await until(pilot, "‖ 2 ep/s")
        assert not screen.replay.waiting
        await pilot.press(*["greater_than_sign"] * 5, "space")
        await until(pilot, "■ finished", lambda: not screen.replay.waiting)


async def test_stepping_back_from_a_living_run_leaves_it_alone(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "status_of", lambda *_, **__: Status.TRAINING)
    session = record(sessions_root, "brave", epochs=30, planned=60)
    app = _app(sessions_root)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, "● training", "epoch 30/60", "space pause")
        await pilot.press("left")
        await until(pilot, "← replay", "epoch 29/60", "space play")
        writer = LogWriter(session.log)
        writer.append(epoch_event(31, j=0.9, epochs=60))
        writer.close()
        await until(pilot, lambda: _screen(app)._playback.whole.summary.epochs_done == 31)
        assert "epoch 29/60" in screen_text(pilot)
        await pilot.press("s")
        await until(pilot, "this is a replay at epoch 29")
        await pilot.press("right", "right")
        await until(pilot, "● training", "epoch 31/60", "space pause")
        assert not session.commands.exists()


async def test_the_bar_is_clicked_and_dragged(sessions_root: Path) -> None:
    record(sessions_root, "brave")
    app = _app(sessions_root)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "■ finished", "┊edit")
        bar = app.screen.query_one(ReplayBar)
        where = places(bar._model, bar.size.width)
        assert where is not None
        await pilot.click(bar, offset=(where.cell(20), 0))
        await until(pilot, "epoch 20/60")
        there = {cell: round(where.place(cell)) for cell in (where.cell(32), where.cell(45))}
        (first, near), (second, far) = there.items()
        await pilot.mouse_down(bar, offset=(first, 0))
        await until(pilot, f"epoch {near}/60")
        await pilot.hover(bar, offset=(second, 0))
        await until(pilot, f"epoch {far}/60")
        await pilot.mouse_up(bar, offset=(second, 0))
        await pilot.hover(bar, offset=(first, 0))
        await pilot.pause(0.1)
        assert f"epoch {far}/60" in screen_text(pilot)
        await pilot.click(bar, offset=(0, 0))
        await until(pilot, "▶ 8×")


async def test_it_begins_as_asked_for(sessions_root: Path) -> None:
    record(sessions_root, "brave")
    app = _app(sessions_root, Start(at=33, speed=2.0, paused=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "← replay", "‖ 2×", "epoch 33/60")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("mode", ["live", "ended", "replay"])
async def test_the_footer_fits_in_every_mode(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], mode: str
) -> None:
    if mode == "live":
        monkeypatch.setattr(watch, "status_of", lambda *_, **__: Status.TRAINING)
    record(sessions_root, "brave")
    app = _app(sessions_root, Start(paused=True) if mode == "replay" else None)
    async with app.run_test(size=size) as pilot:
        status = {"live": "● training", "ended": "■ finished", "replay": "← replay"}
        await until(pilot, status[mode])
        await until(pilot, lambda: "? help" in screen_text(pilot).splitlines()[-1])
        assert app.screen.query_one(KeyFooter).cells <= size[0]
