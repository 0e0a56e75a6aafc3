"""A fork on the run screen and in the comparison, and forking from a replay."""

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.charts.models import Line
from edgechaos_tui.presentation.run.replay_clock import Start
from edgechaos_tui.screens.compare.screen import CompareScreen
from edgechaos_tui.screens.run.screen import RunScreen
from engine.storage.fork import snapshots
from engine.storage.session.session import Session
from tests.support.fork_family import epochs_in, write_fork, write_header, write_run
from tests.support.screens import until


@pytest.fixture
def child(sessions_root: Path) -> Session:
    """Forked from a run of 30 epochs at epoch 20, with snapshots of 25 and 28."""
    child = write_fork(write_run(sessions_root, "parent", 30), "child", 20, 30)
    for event in epochs_in(child):
        if event.epoch in (25, 28):
            write_header(child, event, snapshots.path_of(child, event.epoch))
    return child


def _app(child: Session, **given: Any) -> EdgeChaosApp:
    return EdgeChaosApp(child.folder.parent, quiet=True, diagram=False, **given)


async def test_its_curves_begin_with_its_parent_s_and_the_fork_is_marked(child: Session) -> None:
    app = _app(child, session="child")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "fork of parent at epoch 20", "lr 0.03 → 0.05")
        model = app.screen.query_one("#loss", LineChart)._model
        assert model.lines[0].x.tolist() == list(range(31))
        assert [mark.x for mark in model.verticals] == [1, 20, 20]
        await pilot.press("home")
        await until(pilot, "← replay")
        assert app.screen.query_one("#value-lr", Input).value == "0.02"
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda: app.screen.query_one("#value-lr", Input).value == "0.05")


async def test_in_a_replay_the_epoch_shown_or_one_before_is_proposed(child: Session) -> None:
    app = _app(child, session="child", replay=Start(at=27, paused=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "← replay")
        await pilot.press("F")
        await until(pilot, "Fork after which epoch?", "28   test")
        await pilot.press("enter")
        await until(pilot, "fork of child, which continues after epoch 25")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        await pilot.press("end", "F")
        await until(pilot, "Fork after which epoch?")
        await pilot.press("enter")
        await until(pilot, "fork of child, which continues after epoch 28")


async def test_compared_with_its_parent_both_have_the_epochs_they_share(child: Session) -> None:
    app = _app(child, comparison=[Session(child.folder.with_name("parent")), child])
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen), "collapse")
        chart = app.screen.query_one("#overlay-loss", LineChart)

        def whole() -> list[Line]:
            return [line for line in chart._model.lines if len(line.x) == 31]

        await until(pilot, lambda: len(whole()) == 2)
        first, second = whole()
        assert first.y[:21].tolist() == second.y[:21].tolist()
        assert first.y[21] != second.y[21]
