import math
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from edgechaos_tui.presentation.run import series as module
from edgechaos_tui.presentation.run.series import ConstantPieces, Series, reduce

ANY = st.floats(allow_nan=True, allow_infinity=True)


def test_append_view_and_bounds() -> None:
    series = Series()
    assert (len(series), series.bounds, series.not_finite) == (0, None, 0)
    assert math.isnan(series.last)
    for value in (2.0, None, float("inf"), -1.0, float("nan")):
        series.append(value)
    np.testing.assert_array_equal(series.view(), [2.0, np.nan, np.inf, -1.0, np.nan])
    assert series.bounds == (-1.0, 2.0)
    assert series.not_finite == 2, "None was not measured; inf and nan were"


def test_a_view_stays_as_it_was_when_the_series_grows_and_rewinds() -> None:
    series = Series([1.0, 2.0, 3.0])
    before = series.view()
    for i in range(500):
        series.append(float(i))
    series.truncate(2)
    series.extend([9.0, 9.0])
    np.testing.assert_array_equal(before, [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(series.view(), [1.0, 2.0, 9.0, 9.0])
    with pytest.raises(ValueError, match="read-only"):
        before[0] = 5.0


def test_truncate_forgets_bounds_and_counts() -> None:
    series = Series([1.0, 5.0, float("nan"), 100.0])
    series.truncate(2)
    assert (series.bounds, series.not_finite, len(series)) == ((1.0, 5.0), 0, 2)
    series.truncate(10)
    assert len(series) == 2
    series.truncate(-1)
    assert (series.bounds, len(series)) == (None, 0)


@given(st.lists(st.one_of(st.none(), ANY), max_size=200), st.integers(0, 200))
def test_extend_is_append_many_times(values: list[float | None], cut: int) -> None:
    one, many = Series(), Series(values)
    for value in values:
        one.append(value)
    one.truncate(cut)
    many.truncate(cut)
    np.testing.assert_array_equal(one.view(), many.view())
    assert (one.bounds, one.not_finite) == (many.bounds, many.not_finite)


@given(
    hnp.arrays(np.float64, st.integers(0, 400), elements=ANY),
    st.integers(1, 50),
)
def test_a_reduction_keeps_the_extremes_and_stays_short(y: np.ndarray, columns: int) -> None:
    x = np.arange(len(y), dtype=np.float64)
    rx, ry = reduce(x, y, columns)
    assert len(rx) == len(ry) <= 4 * columns
    finite, kept = y[np.isfinite(y)], ry[np.isfinite(ry)]
    assert not np.isinf(ry).any()
    assert bool(len(finite)) == bool(len(kept))
    if len(finite):
        assert (kept.min(), kept.max()) == (finite.min(), finite.max())
    assert (np.diff(rx) >= 0).all()


def test_a_spike_of_one_epoch_survives_in_its_column() -> None:
    n = 1_000_000
    y = np.ones(n)
    y[654_321] = 50.0
    x, reduced = reduce(np.arange(n, dtype=np.float64), y, 116)
    assert reduced.max() == 50.0
    assert x[reduced.argmax()] == pytest.approx(654_321, abs=n / 116)


def test_a_column_without_a_finite_value_is_a_gap_and_a_single_one_is_not() -> None:
    y = np.ones(1000)
    y[200:400] = np.nan
    y[700] = np.inf
    x, reduced = reduce(np.arange(1000.0), y, 10)
    assert set(np.floor(x[np.isnan(reduced)] / 100)) == {2, 3}


def test_fixed_limits_leave_finished_columns_as_they_are() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=2000)
    x = np.arange(2000.0)
    short = reduce(x[:1000], y[:1000], 20, (0, 2000))
    longer = reduce(x[:1100], y[:1100], 20, (0, 2000))
    np.testing.assert_array_equal(short[1], longer[1][: len(short[1])])


@given(st.lists(st.none() | st.floats(), max_size=40), st.integers(1, 8))
def test_the_last_measured_value_is_found_however_far_back(
    values: list[float | None], window: int
) -> None:
    series = Series(values)
    with patch.object(module, "_LOOKED_BACK", window):
        for row in range(len(values)):
            measured = [value for value in values[: row + 1] if value is not None]
            latest = series.last_measured(row)
            assert repr(latest) == repr(measured[-1] if measured else None)
    assert series.measured_rows.tolist() == [value is not None for value in values]


def test_a_column_of_nothing_takes_no_memory_until_something_is_measured() -> None:
    series = Series()
    series.extend_unmeasured(1000)
    assert series.view().strides == (0,)
    earlier_view = series.view()
    series.extend([])
    series.append(2.0)
    series.extend_unmeasured(1)
    assert np.isnan(earlier_view).all()
    assert len(series) == 1002
    assert np.flatnonzero(np.isfinite(series.view())).tolist() == [1000]
    assert (series.measured(0), series.measured(1000)) == (None, 2.0)
    series.truncate(1000)
    series.extend([None, 3.0])
    assert series.prefix(1001).bounds is None
    assert series.bounds == (3.0, 3.0)


@given(
    values=st.lists(st.sampled_from([0.1, 0.2, 32])),
    cut=st.integers(0, 30),
    more=st.lists(st.sampled_from([0.1, 0.3]), min_size=1),
)
def test_constant_pieces_hold_what_a_list_holds(
    values: list[float], cut: int, more: list[float]
) -> None:
    column = ConstantPieces()
    column.extend(0, values)
    short = column.prefix(cut)
    column.truncate(cut)
    rows = [*values[:cut], *more]
    for cut_column in (short, column):
        for row, value in enumerate(more, len(values[:cut])):
            cut_column.extend(row, [value])
        assert [cut_column.at(row) for row in range(len(rows))] == rows
    with pytest.raises(IndexError):
        ConstantPieces().at(0)
