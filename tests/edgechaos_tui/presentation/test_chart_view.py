"""Zoom, pan and cursor along the horizontal axis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgechaos_tui.presentation.chart_view import SMOOTHINGS, ChartView, zoom_in, zoom_out

WHOLE = (0.0, 200.0)


def test_what_is_pointed_at_keeps_its_place() -> None:
    view = zoom_in(ChartView(), 50, WHOLE)
    assert view.window == (25.0, 125.0)
    assert zoom_in(view, 50, WHOLE).window == (37.5, 87.5)
    assert zoom_out(view, 50, WHOLE).window is None


@given(
    st.lists(st.tuples(st.sampled_from(["in", "out", "pan"]), st.floats(-500, 500)), max_size=30)
)
def test_a_window_never_leaves_the_axis(steps: list[tuple[str, float]]) -> None:
    view = ChartView()
    for step, value in steps:
        if step == "pan":
            view = view.panned(value, WHOLE)
        else:
            view = (zoom_in if step == "in" else zoom_out)(view, value, WHOLE)
        if view.window is not None:
            low, high = view.window
            assert WHOLE[0] <= low < high <= WHOLE[1] + 1e-9


def test_a_cursor_beyond_the_window_moves_it() -> None:
    view = ChartView(window=(0.0, 20.0))
    assert view.showing(10, WHOLE) is view
    assert view.showing(100, WHOLE).window == (90.0, 110.0)
    assert view.whole().window is None


def test_a_scale_is_kept_for_each_chart() -> None:
    view = ChartView().scaled("loss")
    assert (view.scaling("loss"), view.scaling("j2")) == ("all", "focus")
    scaled = view.scaled("loss", "j2")
    assert (scaled.scaling("loss"), scaled.scaling("j2")) == ("log", "log")


def test_smoothing_goes_round() -> None:
    view = ChartView()
    scalings = []
    for _ in SMOOTHINGS:
        view = view.smoothed()
        scalings.append(view.smoothing)
    assert scalings == [*SMOOTHINGS[1:], 1]


@pytest.mark.parametrize("window", [None, (0.0, 10.0)])
def test_the_plan_is_shown_whole(window: tuple[float, float] | None) -> None:
    view = ChartView(window=window).planned()
    assert view.plan
    assert view.window is None
