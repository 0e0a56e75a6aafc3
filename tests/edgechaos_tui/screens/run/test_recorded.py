"""The screens of a run that a training loop outside the product wrote."""

from pathlib import Path

import pytest

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.screens.run.screen import RunScreen
from tests.support import own_loops
from tests.support.screens import screen_text, text_with, until


def _app(root: Path, session: str) -> EdgeChaosApp:
    return EdgeChaosApp(root, session=session, quiet=True, diagram=False)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_recorded_run_shows_what_it_has_and_says_what_it_lacks(
    sessions_root: Path, size: tuple[int, int]
) -> None:
    own_loops.by_epochs(sessions_root)
    app = _app(sessions_root, "own")
    async with app.run_test(size=size) as pilot:
        text = await text_with(pilot, "recorded run · best test loss 0.500 at epoch 4")
        assert "epoch 5/5" in text
        assert "extend" not in text.splitlines()[-1]
        if size[0] >= 120:
            assert "adamw" in text
            assert "No J was logged" in text
            assert "norm 1.50" in text
            assert "not a number" not in text
            await pilot.press("i")
            await until(pilot, "speed  ─ 100")


async def test_the_metrics_of_a_run_by_steps_stand_over_its_steps(sessions_root: Path) -> None:
    own_loops.by_steps(sessions_root)
    app = _app(sessions_root, "steps")
    async with app.run_test(size=(80, 24)) as pilot:
        text = await text_with(pilot, "step 90")
        assert "epoch" not in text.replace("←→ epoch", "")
        await pilot.press("left")
        await until(pilot, "step 80/90")
        await pilot.press("3")
        await until(pilot, "tokens  ─ 80")


@pytest.mark.parametrize(("key", "verb"), [("plus", "extended"), ("r", "resumed"), ("F", "forked")])
async def test_keys_for_what_only_an_engine_can_do_answer_in_a_sentence(
    sessions_root: Path, key: str, verb: str
) -> None:
    own_loops.by_epochs(sessions_root)
    app = _app(sessions_root, "own")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await text_with(pilot, "finished")
        await pilot.press(key)
        await until(pilot, lambda: f"be {verb} here" in " ".join(screen_text(pilot).split()))
        assert isinstance(app.screen, RunScreen)
