"""A run of a network with depth on its screen: the map, the profile, the layer that is chosen."""

from pathlib import Path

import pytest

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.charts.depth_map import DepthMap
from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.charts.phase_plane import PhasePlane
from tests.support.recorded_runs import record, record_deep
from tests.support.screens import screen_text, until


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_map_profile_and_layers(sessions_root: Path, size: tuple[int, int]) -> None:
    record_deep(sessions_root, "deep")
    app = EdgeChaosApp(sessions_root, session="deep", quiet=True, diagram=False)
    async with app.run_test(size=size) as pilot:
        await until(pilot, "ordered with depth")
        assert "hidden2 at the edge" in screen_text(pilot)
        await pilot.press("6")
        await until(pilot, "chaos +0.8")
        assert app.screen.query_one(DepthMap).size.area
        await pilot.press("d")
        await until(pilot, "Profile")
        assert app.screen.query_one("#profile", LineChart).size.area
        assert not app.screen.query_one(DepthMap).size.area
        await pilot.press("3")
        await until(pilot, "hidden1")
        await pilot.press("n")
        await until(pilot, "hidden2")
        await pilot.press("4")
        await until(pilot, "J₀/J")
        assert app.screen.query_one(PhasePlane).size.area
        assert "hidden2" in screen_text(pilot)
        await pilot.press("5")
        await until(pilot, "below 0 order, above 0 chaos")
        assert "λ_depth" in screen_text(pilot)


async def test_a_network_of_one_hidden_layer_says_so(sessions_root: Path) -> None:
    record(sessions_root, "paper")
    app = EdgeChaosApp(sessions_root, session="paper", quiet=True, diagram=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "paper")
        await pilot.press("d", "n", "6")
        await pilot.pause()
        assert not app.screen.query_one(DepthMap).size.area
        assert app.screen.query_one(PhasePlane).size.area
