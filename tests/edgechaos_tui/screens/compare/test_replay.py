"""Walking through several records together, with keys and mouse."""

import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.presentation.run import watch
from edgechaos_tui.presentation.run.replay_clock import Start
from edgechaos_tui.screens.base import replay_controller
from edgechaos_tui.screens.compare.screen import CompareScreen
from edgechaos_tui.widgets.replay_bar import ReplayBar, places
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from tests.support.comparisons import append, epochs_of, straight, written
from tests.support.screens import screen_text, until


@pytest.fixture
def two(sessions_root: Path) -> list[Session]:
    """60 epochs of 2 s that cross the edge at 55, and 40 that cross it at 28."""
    return [
        written(sessions_root, "slow", 60, lr=0.02),
        written(sessions_root, "fast", 40, lr=0.04),
    ]


def _screen(pilot: "Pilot[None]") -> CompareScreen:
    assert isinstance(pilot.app.screen, CompareScreen)
    return pilot.app.screen


def _app(sessions: list[Session], replay: Start | None = None, axis: str = "epoch") -> EdgeChaosApp:
    root = sessions[0].folder.parent
    return EdgeChaosApp(root, comparison=sessions, replay=replay, axis=axis, quiet=True)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_keys_of_a_replay_work_on_all_runs(
    two: list[Session], size: tuple[int, int]
) -> None:
    async with _app(two).run_test(size=size) as pilot:
        await until(pilot, "collapse of", "‖ 8×", "epoch 60/60")
        assert "← replay" not in screen_text(pilot)
        await pilot.press("f", "less_than_sign", "less_than_sign")
        await until(pilot, "‖ 2 ep/s")
        await pilot.press("home", "shift+right", "right")
        await until(pilot, "← replay", "epoch 11/60")
        await pilot.press("space")
        await until(pilot, "▶ 2 ep/s")
        screen = _screen(pilot)
        await pilot.press("question_mark")
        await until(pilot, "Faster, up to 64×")
        assert not screen.replay.waiting
        await pilot.press("escape")
        await until(pilot, "▶ 2 ep/s", "epoch 12/60")
        await pilot.press("space")
        await until(pilot, "‖ 2 ep/s")
        assert not screen.replay.waiting
        await pilot.press(*["greater_than_sign"] * 5, "space")
        await until(pilot, "‖ 64 ep/s", "epoch 60/60", lambda: not screen.replay.waiting)
        assert "← replay" not in screen_text(pilot)
        await pilot.press("space")
        # Both at once: at this speed the replay is over within a second.
        await until(pilot, lambda: _shows(pilot, "▶ 64 ep/s", "← replay"))


async def test_jumps_lead_to_the_landmarks_of_all_runs_and_the_table_follows(
    two: list[Session],
) -> None:
    async with _app(two).run_test(size=(120, 40)) as pilot:
        await until(pilot, "collapse of", "◆B", "▲A")
        await pilot.press("g")
        await until(pilot, "epoch 28/60", lambda: "28     " in _row(pilot, "edge at epoch"))
        await pilot.press("x")
        await until(pilot, "τ  .0350/.100")
        await pilot.press("x")
        await until(pilot, "28.0/120 s")


def _shows(pilot: "Pilot[None]", *words: str) -> bool:
    text = screen_text(pilot)
    return all(word in text for word in words)


def _row(pilot: "Pilot[None]", label: str) -> str:
    return next(line for line in screen_text(pilot).splitlines() if label in line) + "     "


async def test_over_time_it_plays_the_recorded_seconds(
    two: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_controller, "_FRAME_SECONDS", 0.02)
    start = Start(at=30, speed=16.0)
    async with _app(two, start, "time").run_test(size=(120, 40)) as pilot:
        await until(pilot, "▶ 16×")
        began, first = time.monotonic(), _screen(pilot)._playback.place or 0.0
        assert 60 <= first < 90
        await until(pilot, lambda: (_screen(pilot)._playback.place or 0.0) >= first + 16)
        assert time.monotonic() - began >= 0.8


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_bar_is_clicked_and_dragged(two: list[Session], size: tuple[int, int]) -> None:
    async with _app(two).run_test(size=size) as pilot:
        await until(pilot, "collapse of", "◆B")
        bar = pilot.app.screen.query_one(ReplayBar)
        where = places(bar._model, bar.size.width)
        assert where is not None
        await pilot.click(bar, offset=(where.cell(28), 0))
        await until(pilot, "epoch 28/60", "← replay")
        assert places(bar._model, bar.size.width) == where
        (first, near), (second, far) = (
            (cell, round(where.place(cell))) for cell in (where.cell(15), where.cell(44))
        )
        await pilot.mouse_down(bar, offset=(first, 0))
        await until(pilot, f"epoch {near}/60")
        await pilot.hover(bar, offset=(second, 0))
        await until(pilot, f"epoch {far}/60")
        await pilot.mouse_up(bar, offset=(second, 0))
        await pilot.click(bar, offset=(0, 0))
        await until(pilot, "▶ 8×")


async def test_it_begins_as_asked_for(two: list[Session]) -> None:
    start = Start(at=33, speed=2.0, paused=True)
    async with _app(two, start).run_test(size=(120, 40)) as pilot:
        await until(pilot, "← replay", "‖ 2×", "epoch 33/60")


async def test_at_the_end_of_a_log_that_grows_it_is_live(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "status_of", lambda *_, **__: Status.TRAINING)
    live = written(sessions_root, "live", 20, finished=False)
    still = written(sessions_root, "still", 10)
    async with _app([still, live]).run_test(size=(120, 40)) as pilot:
        await until(pilot, "● live", "epoch 20/20")
        await pilot.press("left", "left")
        await until(pilot, "← replay", "epoch 18/20")
        append(live, *epochs_of(straight(30))[21:])
        await until(pilot, lambda: _screen(pilot)._playback.recorded == 30)
        await until(pilot, "epoch 18/30")
        await pilot.press("f", *["greater_than_sign"] * 3, "space")
        await until(pilot, "● live", "epoch 30/30", "‖ 64 ep/s")


@pytest.mark.parametrize("width", [80, 100, 120, 160, 200])
async def test_the_footer_fits(two: list[Session], width: int) -> None:
    async with _app(two).run_test(size=(width, 40)) as pilot:
        await until(pilot, "collapse of", lambda: "? help" in screen_text(pilot).splitlines()[-1])
        footer = screen_text(pilot).splitlines()[-1]
        assert "space play" in footer
        assert all(f" {key}" in footer for key in ("b best", "g edge", "o view", "x axis"))
        assert ("E export" in footer) == (width >= 160)


async def test_the_footer_follows_the_width(two: list[Session]) -> None:
    async with _app(two).run_test(size=(80, 24)) as pilot:
        await until(pilot, "collapse of", lambda: "? help" in screen_text(pilot).splitlines()[-1])
        await pilot.resize_terminal(200, 60)
        await until(pilot, "f unit", "E export")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: screen_text(pilot).splitlines()[-1].rstrip().endswith("? help"))
        assert "E export" not in screen_text(pilot)
