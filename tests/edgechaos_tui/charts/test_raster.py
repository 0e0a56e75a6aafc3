import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from edgechaos_tui.charts.models import Stroke
from edgechaos_tui.charts.raster import Scale, curve, curve_dots, path_dots, stroked, thin_path

STROKES: tuple[Stroke, ...] = ("solid", "dashed", "dotted")
ANY = st.floats(allow_nan=True, allow_infinity=True)


def _dots(x: list[float], y: list[float], width: int = 11, height: int = 11) -> np.ndarray:
    scale = Scale(0, 10)
    top, bottom = curve(np.array(x), np.array(y), scale, scale, width, height)
    return curve_dots(top, bottom, height)


def test_a_slope_is_one_dot_thick() -> None:
    np.testing.assert_array_equal(_dots([0, 10], [0, 10]), np.eye(11, dtype=bool)[::-1])
    assert _dots([0, 10], [5, 5]).sum() == 11
    assert _dots([0, 10], [0, 5]).sum(axis=0).max() == 1


def test_a_steep_line_has_no_holes() -> None:
    bits = _dots([4, 5], [0, 10])
    assert bits.any(axis=1).all()


def test_not_finite_values_are_gaps_and_lone_points_are_seen() -> None:
    bits = _dots([0, 2, 4, 6, 8, 10], [5, np.nan, 5, np.inf, 5, 5])
    assert bits.any(axis=0).tolist() == [True, *[False] * 3, True, *[False] * 3, *[True] * 3]


def test_a_spike_is_seen_in_every_stroke() -> None:
    x = np.arange(10_000.0)
    y = np.ones(10_000)
    y[7_773] = 90.0
    for shift in range(6):
        top, bottom = curve(x + 20 * shift, y, Scale(0, 10_000), Scale(0, 100), 116, 64)
        for stroke in STROKES:
            assert curve_dots(top, bottom, 64, stroke)[:10].any()


def test_strokes_differ_without_colour() -> None:
    rows = np.full(24, 3.0)
    lengths = {s: curve_dots(rows, rows, 8, s).sum() for s in STROKES}
    assert lengths == {"solid": 24, "dashed": 16, "dotted": 6}
    assert stroked(np.ones((1, 24), dtype=bool), "dashed").sum() == 16


def test_a_path_joins_its_points_and_breaks_at_gaps() -> None:
    columns, rows = np.array([0, 5, np.nan, 9, 9]), np.array([0, 5, 5, 0, 9.0])
    bits = path_dots(columns, rows, 10, 10)
    assert [bits[i, i] for i in range(7)] == [True] * 6 + [False]
    assert bits[:, 9].all()


def test_a_long_path_is_thinned_to_its_outermost_points() -> None:
    n = 1_000_000
    angle = np.linspace(0, 3, n)
    x, y = np.cos(angle), np.sin(angle)
    x[123_456], y[654_321], x[5] = 9.0, -9.0, np.nan
    short_x, short_y = thin_path(x, y)
    assert len(short_x) < 60_000
    assert (np.nanmax(short_x), short_y.min()) == (9.0, -9.0)
    few = np.arange(1000.0)
    assert thin_path(few, few)[0] is few


@given(
    hnp.arrays(np.float64, st.integers(0, 60), elements=ANY),
    st.booleans(),
    st.integers(1, 40),
    st.integers(1, 40),
)
def test_anything_can_be_drawn(y: np.ndarray, log: bool, width: int, height: int) -> None:
    x = np.arange(len(y), dtype=np.float64)
    vertical = Scale(1e-300, 1e300, log=True) if log else Scale(-1e300, 1e300)
    top, bottom = curve(x, y, Scale(0, 60), vertical, width, height)
    assert curve_dots(top, bottom, height, "dashed").shape == (height, width)
    assert path_dots(y, y[::-1], width, height).shape == (height, width)
