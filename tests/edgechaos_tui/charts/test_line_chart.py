import subprocess
import sys

import numpy as np
import pytest

from edgechaos_tui.charts.canvas import Canvas, paint
from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.charts.line_drawing import draw_lines
from edgechaos_tui.charts.models import ChartModel, HorizontalMark, Line, Part
from edgechaos_tui.charts.palette import Role
from edgechaos_tui.presentation.limits import Scaling
from tests.support.chart_host import Host, j2, loss


async def test_equal_data_refresh_nothing_and_a_new_point_little() -> None:
    host = Host(LineChart(loss(40)))
    async with host.run_test(size=(58, 16)) as pilot:
        await pilot.pause()
        assert host.refreshed_by(loss(40)) == []
        regions = host.refreshed_by(loss(41))
        assert 0 < sum(r.area for r in regions) < 40
        await pilot.pause()
        assert any("train 0.086" in row for row in host.rows())


async def test_the_axis_moves_rarely() -> None:
    host = Host(LineChart(j2(2)))
    async with host.run_test(size=(58, 16)) as pilot:
        await pilot.pause()
        areas = [sum(r.area for r in host.refreshed_by(j2(n))) for n in range(3, 60)]
        assert np.median(areas) < 20
        assert sum(area > 200 for area in areas) <= 2


async def test_a_chart_says_what_it_shows() -> None:
    host = Host(LineChart(j2(38)))
    async with host.run_test(size=(58, 16)) as pilot:
        await pilot.pause()
        rows = host.rows()
        assert rows[0].startswith("J²  0.757")
        assert any(row.rstrip().endswith("edge") for row in rows)
        assert "56" in rows[1]
        assert "lr .02" in "".join(rows)
        assert "━━━━━━" in rows[-2]
        assert rows[-1].split() == ["0", "20", "40", "60", "epoch", "100"]
        assert [row[:5].strip(" │┤") for row in rows if "┤" in row] == ["1", ".5", "0"]


async def test_an_empty_chart_says_what_it_waits_for() -> None:
    host = Host(LineChart(ChartModel(title=(Part("Loss"),), empty="waiting for the first epoch")))
    async with host.run_test(size=(40, 9)) as pilot:
        await pilot.pause()
        rows = host.rows()
        assert rows[0].startswith("Loss")
        assert rows[4].strip() == "waiting for the first epoch"
        host.refreshed_by(loss(3))
        await pilot.pause()
        assert "waiting" not in "".join(host.rows())


async def test_without_utf8_all_is_ascii_and_lines_differ() -> None:
    host = Host(LineChart(j2(40)), plain=True)
    async with host.run_test(size=(58, 16)) as pilot:
        await pilot.pause()
        assert "".join(host.rows()).isascii()
        host.refreshed_by(loss(60))
        text = "".join(host.rows())
        assert text.isascii()
        assert "o train" in text
        assert text.count("*") > 20
        assert text.count("o") > 10


@pytest.mark.parametrize("size", [(10, 4), (10, 5), (12, 3), (16, 7), (1, 1), (2, 30), (200, 60)])
@pytest.mark.parametrize("plain", [False, True])
async def test_every_size_is_drawn(size: tuple[int, int], plain: bool) -> None:
    host = Host(LineChart(j2(80)), plain=plain)
    async with host.run_test(size=size) as pilot:
        await pilot.pause()
        assert {len(row) for row in host.rows()} == {size[0]}
        host.refreshed_by(loss(0))
        host.refreshed_by(loss(1, scaling="log"))
        await pilot.pause()


ODD = [
    [],
    [1.0],
    [0.0, 0.0],
    [np.nan, np.nan],
    [1.0, np.inf, 2.0],
    [-1e300, 1e300],
    [1e-300, 2e-300],
    [5e-324, 5e-324],
    [-1.0, 0.0, 1e308],
    [7.0] * 3,
]


@pytest.mark.parametrize("y", ODD)
@pytest.mark.parametrize("scaling", ["focus", "all", "log"])
async def test_odd_numbers_are_drawn(y: list[float], scaling: Scaling) -> None:
    values = np.array(y)
    x = np.arange(len(y), dtype=np.float64)
    model = ChartModel((Part("odd"),), (Line("odd", x, values),), scaling=scaling, y_label="nats")
    host = Host(LineChart(model))
    async with host.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        marks = (HorizontalMark(-1.0, "edge"), HorizontalMark(1e-3, "edge"))
        host.refreshed_by(ChartModel((), model.lines, marks, scaling=scaling, x_end=np.nan))
        await pilot.pause()


async def test_another_theme_repaints_with_its_colours() -> None:
    host = Host(LineChart(loss(20)))
    async with host.run_test(size=(58, 16)) as pilot:
        await pilot.pause()
        dark = host.chart.render_line(0)
        host.theme = "textual-light"
        await pilot.pause()
        assert host.chart.render_line(0) != dark


def test_lines_the_title_does_not_name_are_named_at_their_end() -> None:
    from edgechaos_tui.charts.canvas import Canvas
    from edgechaos_tui.charts.line_drawing import draw_lines

    canvas = Canvas(60, 12)
    lines = (Line("brave-tern", np.array([0.0, 40.0]), np.array([0.0, 1.0])),)
    draw_lines(canvas, ChartModel((Part("J²"),), lines, x_end=100), None)
    assert any("brave-tern" in canvas.row_text(row) for row in range(12))


@pytest.mark.process
def test_importing_a_chart_is_cheap() -> None:
    code = (
        "import sys; import edgechaos_tui.charts.line_chart, edgechaos_tui.charts.phase_plane;"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert not {"torch", "scipy", "numpy", "plotext"} & set(out.split())


def test_a_curve_beneath_another_stays_visible() -> None:
    """Where curves lie on one another, each has its colour in a part of the columns."""
    x = np.arange(100, dtype=np.float64)
    y = 0.3 + x / 200
    roles: tuple[Role, ...] = ("run1", "run2", "run3")
    canvas = Canvas(80, 20)
    draw_lines(canvas, ChartModel((), tuple(Line("", x, y, role) for role in roles)), None)
    counts = [int((canvas.paints == paint(role)).sum()) for role in roles]
    assert min(counts) > sum(counts) / 5


def test_a_raw_trace_does_not_cut_through_its_average() -> None:
    x = np.arange(100, dtype=np.float64)
    raw = Line("", x, 0.3 + x / 200, "faint", faint=True)
    canvas = Canvas(80, 20)
    draw_lines(canvas, ChartModel((), (raw, Line("", x, raw.y, "test"))), None)
    inside = canvas.paints[1:-2, 6:]
    assert not (inside == paint("faint")).any()
    assert (inside == paint("test")).any()


@pytest.mark.parametrize("width", [24, 40, 90])
def test_what_a_logarithmic_axis_cannot_show_is_counted_in_every_title(width: int) -> None:
    canvas = Canvas(width, 12)
    values = np.array([1.0, 0.0, 0.1, -2.0, 0.01])
    title = (Part("Loss"), Part("train .010", "train", "dashed"), Part("best .010@4"))
    line = Line("train", np.arange(5.0), values, "train")
    draw_lines(canvas, ChartModel(title=title, lines=(line,), scaling="log"), None)
    assert "2 ≤ 0" in canvas.row_text(0)


@pytest.mark.parametrize("window", [None, (2.1, 2.2), (0.0, 3.0), (2.0, 2.0 + 1e-9)])
@pytest.mark.parametrize("scaling", ["focus", "all", "log"])
def test_a_chart_of_any_size_is_drawn(window: tuple[float, float] | None, scaling: Scaling) -> None:
    line = Line("train", np.arange(5.0), np.array([1.0, 0.5, 0.4, 0.35, 0.3]), "train")
    model = ChartModel(title=(Part("Loss"),), lines=(line,), scaling=scaling, window=window)
    for width in range(1, 20):
        for height in range(1, 12):
            draw_lines(Canvas(width, height), model, None)
