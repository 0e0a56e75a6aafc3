"""Limits of charts: always finite and ordered, holding what matters, and rarely moved."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edgechaos_tui.charts.limits import beyond, x_scale, y_limits
from edgechaos_tui.charts.models import ChartModel, HorizontalMark, Line
from edgechaos_tui.presentation.fences import within_fences
from edgechaos_tui.presentation.limits import (
    SCALINGS,
    Beyond,
    Scaling,
    epoch_end,
    focus_range,
    next_scaling,
    smoothed,
)

numbers = st.floats(allow_nan=True, allow_infinity=True, width=64)
magnitudes = st.sampled_from([1e-12, 1e-3, 1.0, 1e12])


def _model(y: np.ndarray, scaling: Scaling = "focus", **more: Any) -> ChartModel:
    line = Line("y", np.arange(len(y), dtype=float), np.asarray(y, dtype=float))
    return ChartModel(title=(), lines=(line,), scaling=scaling, **more)


def _loss(epochs: int) -> np.ndarray:
    """A loss like those of the recorded runs: 2.4 before training, 0.33 at its best, then 0.55."""
    x = np.arange(epochs, dtype=float)
    return np.where(x == 0, 2.4, 0.33 + 0.25 * np.exp(-x / 10) + 0.22 * (x / 212) ** 2)


@given(st.lists(numbers, max_size=60), st.sampled_from(SCALINGS), st.lists(numbers, max_size=2))
def test_limits_are_finite_ordered_and_hold_the_last_value(
    values: list[float], scaling: Scaling, kept: list[float]
) -> None:
    y = np.array(values, dtype=float)
    limits = y_limits(_model(y, scaling, y_keep=tuple(kept)), None)
    finite = y[np.isfinite(y)]
    if not len(finite):
        assert limits is None
        return
    assert limits is not None
    low, high = limits
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert low < high
    last = finite[-1]
    if abs(last) < 1e300 and (scaling != "log" or last > 1e-300):
        assert low <= last <= high


@given(magnitudes, st.integers(1, 300), st.integers(0, 9))
def test_the_best_value_is_inside_whatever_the_magnitude(
    size: float, epochs: int, seed: int
) -> None:
    y = size * np.random.default_rng(seed).lognormal(size=epochs)
    best = float(y.min())
    limits = y_limits(_model(y, y_keep=(best,), y_bounds=(0.0, math.inf)), None)
    assert limits is not None
    assert 0 <= limits[0] <= best <= limits[1]


@given(st.integers(30, 500), st.integers(0, 9))
def test_one_more_point_of_the_same_kind_leaves_the_limits(epochs: int, seed: int) -> None:
    y = 0.4 + 0.01 * np.random.default_rng(seed).standard_normal(epochs + 1)
    before = y_limits(_model(y[:-1]), None)
    assert before is not None
    assume(before[0] <= y[-1] <= before[1])
    assert y_limits(_model(y), before) == before


def test_the_epoch_before_training_does_not_set_the_scale() -> None:
    for epochs in (6, 15, 40, 213):
        model = _model(_loss(epochs), y_keep=(float(_loss(epochs).min()),))
        limits = y_limits(model, None)
        assert limits is not None
        assert limits[1] <= 1, epochs
        assert 1 <= beyond(model, limits).above <= 3


def test_one_spike_leaves_the_rest_readable_and_is_counted() -> None:
    y = _loss(500)
    y[250] = 1e6
    model = _model(y)
    limits = y_limits(model, None)
    assert limits is not None
    assert limits[1] < 3
    assert beyond(model, limits).words == "2 above"
    everything = y_limits(_model(y, "all"), None)
    assert everything is not None
    assert everything[1] >= 1e6
    assert not beyond(_model(y, "all"), everything).words


def test_a_logarithmic_axis_counts_what_has_no_place_on_it() -> None:
    model = _model(np.array([1.0, 0.0, -2.0, 10.0]), "log")
    limits = y_limits(model, None)
    assert limits is not None
    assert beyond(model, limits) == Beyond(not_positive=2)


@pytest.mark.parametrize(
    ("kept", "holds"), [(True, True), (False, False)], ids=["near", "far away"]
)
def test_a_mark_is_on_the_axis_where_it_is_near(kept: bool, holds: bool) -> None:
    mark = HorizontalMark(1.0, "edge", kept=kept)
    y = np.linspace(0.25, 0.3, 40)
    limits = y_limits(_model(y, horizontals=(mark,), y_keep=(0.0,)), None)
    assert limits is not None
    assert (limits[1] > 1) is holds
    assert limits[0] == 0


def test_an_accuracy_stays_within_0_and_1() -> None:
    y = np.concatenate(([0.1], np.full(30, 0.999)))
    limits = y_limits(_model(y, "all", y_bounds=(0.0, 1.0)), None)
    assert limits is not None
    assert limits[0] >= 0
    assert limits[1] == 1


def test_a_window_has_limits_of_its_own() -> None:
    y = np.linspace(0, 100, 101)
    model = _model(y, "all", window=(10.0, 20.0))
    assert y_limits(model, None) == (10.0, 20.0)
    scale = x_scale(model)
    assert (scale.low, scale.high) == (10.0, 20.0)


@pytest.mark.parametrize(
    ("last", "grows", "end"),
    [(0, True, 10), (10, True, 10), (11, True, 15), (212, True, 250), (212, False, 212),
     (501, True, 600), (0, False, 1), (1_000_000, True, 1_000_000)],
)  # fmt: skip
def test_an_axis_of_epochs_ends_where_the_data_end(last: int, grows: bool, end: int) -> None:
    assert epoch_end(last, grows=grows) == end


@given(st.integers(0, 2_000_000))
def test_an_axis_that_grows_holds_its_data_and_is_filled(last: int) -> None:
    end = epoch_end(last, grows=True)
    assert last <= end <= max(10.0, 1.5 * last)


@given(st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), max_size=40), st.integers(1, 51))
def test_a_moving_average_lies_within_the_values_and_keeps_the_gaps(
    values: list[float], window: int
) -> None:
    y = np.array(values, dtype=float)
    average = smoothed(y, window)
    assert np.array_equal(np.isfinite(average), np.isfinite(y))
    finite = y[np.isfinite(y)]
    if len(finite):
        inside = average[np.isfinite(average)]
        assert inside.min() >= finite.min() - 1e-6
        assert inside.max() <= finite.max() + 1e-6


def test_a_moving_average_is_the_mean_of_its_window() -> None:
    y = np.array([1.0, 2.0, 6.0, 3.0, 8.0])
    assert smoothed(y, 3).tolist() == pytest.approx([1.5, 3.0, 11 / 3, 17 / 3, 5.5])


def test_few_values_and_none() -> None:
    assert focus_range([np.array([])]) is None
    assert focus_range([np.array([np.nan, np.inf])]) is None
    assert focus_range([np.array([3.0])]) == (3.0, 3.0)
    assert focus_range([np.array([])], included=(1.0,)) == (1.0, 1.0)


def test_the_key_goes_round() -> None:
    assert [next_scaling(one) for one in SCALINGS] == ["all", "log", "focus"]


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=30))
def test_fences_are_tukeys_of_numpys_quartiles(values: list[float]) -> None:
    low, high = within_fences(values)
    first, third = np.percentile(values, (25, 75))
    assert min(values) <= low <= high <= max(values)
    room = 1.5 * (third - first) + 1e-9 * max(map(abs, values))
    assert first - room <= low
    assert high <= third + room
