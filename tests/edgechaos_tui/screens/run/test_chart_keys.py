"""Looking at the charts of a run and of a comparison with keys and mouse."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.events import MouseScrollUp
from textual.pilot import Pilot

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.screens.compare.screen import CompareScreen
from edgechaos_tui.screens.run.screen import RunScreen
from tests.support.comparisons import written
from tests.support.recorded_runs import record
from tests.support.screens import screen_text, until


def _run(root: Path) -> EdgeChaosApp:
    record(root, "brave")
    return EdgeChaosApp(root, session="brave", quiet=True, diagram=False)


def _comparison(root: Path) -> EdgeChaosApp:
    runs = [written(root, "slow", 60, lr=0.02), written(root, "fast", 40, lr=0.04)]
    return EdgeChaosApp(root, comparison=runs, quiet=True)


APPS = [_run, _comparison]


def _screen(pilot: "Pilot[None]") -> RunScreen | CompareScreen:
    screen = pilot.app.screen
    assert isinstance(screen, RunScreen | CompareScreen)
    return screen


def _chart(pilot: "Pilot[None]") -> LineChart:
    return next(chart for chart in pilot.app.screen.query(LineChart) if chart.size.width)


async def _drawn(pilot: "Pilot[None]") -> None:
    await until(pilot, lambda: _chart(pilot)._drawn is not None, "Loss")
    await until(pilot, "epoch 60/60")


def _axis(pilot: "Pilot[None]") -> tuple[float, float]:
    drawn = _chart(pilot)._drawn
    assert drawn is not None
    return drawn.area.x.low, drawn.area.x.high


@pytest.mark.parametrize("make", APPS)
async def test_keys_scale_smooth_and_zoom_all_charts(
    sessions_root: Path, make: Callable[[Path], EdgeChaosApp]
) -> None:
    app = make(sessions_root)
    async with app.run_test(size=(120, 40)) as pilot:
        await _drawn(pilot)
        screen = _screen(pilot)
        await pilot.press("l", "l")
        assert screen.viewer.view.scaling("loss") == "log"
        await pilot.press("w")
        assert screen.viewer.view.smoothing == 5
        whole = _axis(pilot)
        await pilot.press("left_parenthesis")
        await until(pilot, lambda: _axis(pilot) != whole)
        low, high = _axis(pilot)
        assert high - low == pytest.approx((whole[1] - whole[0]) / 2)
        axes = {
            (d.area.x.low, d.area.x.high)
            for chart in screen.query(LineChart)
            if chart.size.width and (d := chart._drawn) is not None
        }
        assert axes == {(low, high)}, "all charts show the same epochs"
        await pilot.press("right_parenthesis")
        await until(pilot, lambda: _axis(pilot) == whole)
        await pilot.press("left_parenthesis", "left_parenthesis", "0")
        await until(pilot, lambda: _axis(pilot) == whole)


@pytest.mark.parametrize("make", APPS)
async def test_the_mouse_zooms_pans_and_comes_back(
    sessions_root: Path, make: Callable[[Path], EdgeChaosApp]
) -> None:
    app = make(sessions_root)
    async with app.run_test(size=(120, 40)) as pilot:
        await _drawn(pilot)
        screen, chart, whole = _screen(pilot), _chart(pilot), _axis(pilot)
        middle = (chart.size.width // 2, chart.size.height // 2)
        await pilot._post_mouse_events([MouseScrollUp], chart, offset=middle)
        await until(pilot, lambda: _axis(pilot) != whole)
        narrow = _axis(pilot)
        await pilot.mouse_down(chart, offset=middle)
        await pilot.hover(chart, offset=(middle[0] - 6, middle[1]))
        await pilot.mouse_up(chart, offset=(middle[0] - 6, middle[1]))
        await until(pilot, lambda: _axis(pilot)[0] > narrow[0])
        assert _axis(pilot)[1] - _axis(pilot)[0] == pytest.approx(narrow[1] - narrow[0])
        await pilot.click(chart, offset=middle, times=2)
        await until(pilot, lambda: _axis(pilot) == whole)
        assert screen.viewer.view.window is None


async def test_the_cursor_reads_every_chart_at_one_epoch(sessions_root: Path) -> None:
    async with _run(sessions_root).run_test(size=(120, 40)) as pilot:
        await _drawn(pilot)
        await pilot.press("c")
        await until(pilot, "@60")
        assert screen_text(pilot).count("@60") == 3, "loss, accuracy and J²"
        await pilot.press("left", "left")
        await until(pilot, "@58")
        assert "← replay" not in screen_text(pilot), "the run stays where it is"
        await pilot.press("0")
        await until(pilot, lambda: "@58" not in screen_text(pilot))


async def test_the_scale_is_remembered_for_the_next_screen(sessions_root: Path) -> None:
    record(sessions_root, "calm")
    async with _run(sessions_root).run_test(size=(120, 40)) as pilot:
        await _drawn(pilot)
        await pilot.press("1", "l", "l")
        await until(pilot, lambda: _screen(pilot).viewer.view.scaling("loss") == "log")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, RunScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen))
        assert _screen(pilot).viewer.view.scaling("loss") == "log"
        assert _screen(pilot).viewer.view.scaling("accuracy") == "focus"


async def test_a_key_shows_the_planned_epochs(sessions_root: Path) -> None:
    record(sessions_root, "brave", epochs=22, planned=100)
    app = EdgeChaosApp(sessions_root, session="brave", quiet=True, diagram=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: _chart(pilot)._drawn is not None, "22/100")
        assert _axis(pilot)[1] < 30, "the axis ends where the data end"
        await pilot.press("p")
        await until(pilot, lambda: _axis(pilot)[1] == 100)
        await pilot.press("p")
        await until(pilot, lambda: _axis(pilot)[1] < 30)


async def test_a_key_zooms_the_phase_plane_to_the_path(sessions_root: Path) -> None:
    record(sessions_root, "brave")
    app = EdgeChaosApp(sessions_root, session="brave", quiet=True, diagram=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "60/60")
        await pilot.press("4")
        await until(pilot, "Phase")
        whole = _without_title(pilot)
        await pilot.press("z")
        await until(pilot, lambda: _without_title(pilot) != whole)
        await pilot.press("z")
        await until(pilot, lambda: _without_title(pilot) == whole)


def _without_title(pilot: "Pilot[None]") -> list[str]:
    """The rows of the chart that show the axis on the left."""
    return screen_text(pilot).splitlines()[6:20]
