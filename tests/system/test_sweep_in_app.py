"""A real sweep from the app: form, coordinator, engines, table and map."""

from pathlib import Path

import pytest
from textual.widgets import Input

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.screens.sweep.screen import SweepScreen
from engine.storage.session.session import list_sessions
from engine.storage.sweep.plan import open_sweep
from engine.storage.sweep.state import SweepStatus, read_state, status_of
from tests.support.screens import screen_text, until

_SECONDS = 180


@pytest.mark.slow
# A coordinator is meant to outlive whoever started it, which its Popen regrets.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_sweep_is_started_paused_resumed_and_seen_to_its_end(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    app = EdgeChaosApp(sessions_root, quiet=True, diagram=False)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("W")
        await until(pilot, "nothing varies yet", seconds=_SECONDS)
        wanted = {
            "lr": "0.01,0.02", "dataset": "synthetic", "train_size": "2000", "test_size": "100",
            "epochs": "10", "name": "mine", "jobs": "1",
        }  # fmt: skip
        for name, text in wanted.items():
            app.screen.query_one(f"#{name}", Input).value = text
        await until(
            pilot,
            lambda: "2 runs (lr 0.01, 0.02), one after another" in screen_text(pilot),
            seconds=_SECONDS,
        )
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, SweepScreen), seconds=_SECONDS)
        sweep = open_sweep(sessions_root, "mine")
        plan = sweep.plan()

        def is_now(status: SweepStatus) -> bool:
            return status_of(sweep, plan, read_state(sweep)) is status

        await until(
            pilot,
            lambda: "● running" in screen_text(pilot) and "● training" in screen_text(pilot),
            seconds=_SECONDS,
        )
        await pilot.press("P")
        await until(pilot, lambda: is_now(SweepStatus.PAUSED), seconds=_SECONDS)
        await until(pilot, "‖ paused", seconds=_SECONDS)
        await pilot.press("P")
        await until(
            pilot, lambda: "■ finished   2 of 2 runs" in screen_text(pilot), seconds=_SECONDS
        )
        await until(pilot, "* best", seconds=_SECONDS)
        assert "· waiting" not in screen_text(pilot)
    assert sorted(session.name for session in list_sessions(sessions_root)) == [
        "mine-001", "mine-002",
    ]  # fmt: skip
