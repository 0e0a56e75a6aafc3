from time import perf_counter

import numpy as np
import pytest

from edgechaos_tui.charts.canvas import Canvas, paint
from edgechaos_tui.charts.field import sample
from edgechaos_tui.charts.models import Curve, Field, Part, PhasePlaneModel
from edgechaos_tui.charts.phase_drawing import AGES, draw_plane
from edgechaos_tui.charts.phase_plane import PhasePlane
from edgechaos_tui.charts.raster import Scale
from tests.support.chart_host import Host, plane


def _drawn(model: PhasePlaneModel, width: int = 58, height: int = 18, **how: bool) -> list[str]:
    canvas = Canvas(width, height, ascii_only=how.get("ascii_only", False))
    draw_plane(canvas, model, None, few_colours=how.get("few_colours", False))
    return [canvas.row_text(row) for row in range(height)]


def test_the_field_is_interpolated_between_its_points_and_unknown_beyond() -> None:
    values = np.array([[1e-4, 1e-4], [1.0, 1.0]])
    field = Field(np.array([0.0, 1.0]), np.array([0.0, 1.0]), values)
    shares = sample(field, Scale(0, 1), Scale(0, 1), 4, 5)
    np.testing.assert_allclose(shares[:, 0], [0.9, 0.7, 0.5, 0.3, 0.1])
    outside = sample(field, Scale(-4, 4), Scale(0, 1), 8, 2)
    assert np.isfinite(outside[0]).tolist() == [False] * 3 + [True] * 3 + [False] * 2
    values[0, 0] = np.nan
    assert np.isnan(sample(field, Scale(0, 1), Scale(0, 1), 4, 5)[-1, 0])


def test_regions_curves_markers_and_axes_are_named() -> None:
    rows = _drawn(plane(50))
    text = "\n".join(rows)
    for word in ("order", "chaos", "edge", "1/J", "J₀/J", "○ start", "▲ best test", "● now"):
        assert word in text, word
    assert text.index("order") < text.index("chaos")
    assert rows[-1].split() == ["−1", "−.5", "0", ".5", "1", "J₀/J", "2"]


def test_relu_shows_both_edges_by_name() -> None:
    r = np.linspace(-5, 1, 40)
    curves = (
        Curve("growth", r, np.linspace(0.2, 1.2, 40)),
        Curve("gain", r, np.linspace(0.33, 0.88, 40), "dotted"),
    )
    model = PhasePlaneModel((), np.zeros(0), np.zeros(0), curves=curves, x_range=(-5.0, 1.0))
    text = "\n".join(_drawn(model))
    assert "growth" in text
    assert "gain" in text


def test_few_colours_get_shades_and_ascii_too() -> None:
    shaded = "".join(_drawn(plane(30, with_field=True), few_colours=True))
    assert "▓" in shaded
    assert "▀" not in shaded
    ascii_only = "".join(_drawn(plane(30, with_field=True), few_colours=True, ascii_only=True))
    assert ascii_only.isascii()
    assert "#" in ascii_only


@pytest.mark.parametrize("size", [(10, 4), (1, 1), (8, 30), (190, 50), (30, 8)])
@pytest.mark.parametrize("zoom", [False, True])
async def test_every_size_and_amount_is_drawn(size: tuple[int, int], zoom: bool) -> None:
    chart = PhasePlane()
    host = Host(chart)
    async with host.run_test(size=size) as pilot:
        await pilot.pause()
        for epochs in (0, 1, 2, 60):
            for with_field in (False, True):
                chart.show(plane(epochs, with_field=with_field, zoom=zoom))
                assert {len(row) for row in host.rows()} == {size[0]}
        path = np.array([np.nan, np.inf, 1e300, -1e300, 0.0])
        chart.show(PhasePlaneModel((Part("odd"),), path, path[::-1].copy(), best=0, zoom=zoom))
        assert host.rows()


async def test_zoom_shows_the_surroundings_of_the_path_and_back() -> None:
    chart = PhasePlane(plane(30))
    host = Host(chart)
    async with host.run_test(size=(58, 18)) as pilot:
        await pilot.pause()
        whole = host.rows()
        chart.show(plane(30, zoom=True))
        zoomed = host.rows()
        assert zoomed != whole
        assert "2" not in zoomed[-1].split()
        chart.show(plane(30))
        assert host.rows() == whole


async def test_a_growing_path_refreshes_few_cells() -> None:
    chart = PhasePlane(plane(49, with_field=True))
    host = Host(chart)
    async with host.run_test(size=(58, 18)) as pilot:
        await pilot.pause()
        before = host.rows()
        regions = host.refreshed_by(plane(50, with_field=True))
        assert 0 < sum(r.area for r in regions) < 60
        assert host.rows() != before


def test_a_field_at_full_size_is_quick() -> None:
    rng = np.random.default_rng(0)
    big = Field(
        np.linspace(-1, 2, 151), np.linspace(0.02, 2, 100), 10 ** rng.uniform(-5, 1, (100, 151))
    )
    model = plane(500)
    model = PhasePlaneModel((), model.path_x, model.path_y, curves=model.curves, field=big)
    times = []
    for _ in range(7):
        start = perf_counter()
        draw_plane(Canvas(190, 50), model, None)
        times.append(perf_counter() - start)
    assert min(times) < 0.04, "some 7 ms on an idle machine"


def test_the_older_part_of_a_path_is_fainter() -> None:
    height = np.linspace(2, 0.5, 90)
    model = PhasePlaneModel((), np.zeros(90), height)
    canvas = Canvas(60, 30)
    draw_plane(canvas, model, None)
    rows = [np.flatnonzero((canvas.paints == paint(role)).any(axis=1)) for role in AGES]
    first, middle, last = (float(np.median(r)) for r in rows)
    assert first < middle < last
