"""The range of values that prints and figures of a run show."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgechaos_tui.presentation.limits import outside
from edgechaos_tui.presentation.run.metric_range import (
    BOUNDS,
    figure_range,
    kept_values,
)
from edgechaos_tui.presentation.run.state import RunState
from engine.storage.hyperparameters import build
from tests.support.event_samples import epoch_event


def _state(**columns: list[Any]) -> RunState:
    """A run with these values, one an epoch."""
    state = RunState(build({}))
    for epoch, values in enumerate(zip(*columns.values(), strict=True)):
        state.apply(epoch_event(epoch, **dict(zip(columns, values, strict=True))))
    return state


def test_a_figure_is_about_the_minimum_and_what_came_after() -> None:
    """The loss before training lies outside; the best and the last values inside, with room."""
    test = [2.36, *np.linspace(0.5, 0.33, 20), *np.linspace(0.34, 0.55, 60)]
    state = _state(test_loss=test)
    limits = figure_range([state], "loss", [state.metric("test_loss")])
    assert limits is not None
    assert 0.3 < limits[0] < 0.33
    assert 0.55 < limits[1] < 0.65
    assert outside([state.metric("test_loss")], limits).words == "1 above"


def test_every_run_of_a_comparison_has_its_best_value_in_sight() -> None:
    states = [_state(test_loss=[0.5] * 40 + [best] + [0.5] * 40) for best in (0.2, 0.3)]
    limits = figure_range(states, "loss", [state.metric("test_loss") for state in states])
    assert limits is not None
    assert limits[0] < 0.2


@pytest.mark.parametrize(("j", "edges"), [(0.6, ()), (0.8, (1.0,)), (1.5, (1.0,))])
def test_the_edge_is_kept_once_the_run_is_near_it(j: float, edges: tuple[float, ...]) -> None:
    assert kept_values([_state(j=[0.5, j])], "j2") == (0.0, *edges)


def test_without_a_value_there_is_no_range() -> None:
    assert figure_range([_state(test_loss=[None, math.nan])], "loss", [np.array([np.nan])]) is None


_values = st.lists(st.floats() | st.floats(0, 1), min_size=1, max_size=60)


@given(_values, st.sampled_from(tuple(BOUNDS)))
def test_any_record_has_finite_limits_in_order(values: list[float], metric: str) -> None:
    state = _state(test_loss=values, test_accuracy=values, j=values)
    limits = figure_range([state], metric, [np.array(values)])
    if limits is None:
        assert not np.isfinite(values).any()
        return
    low, high = limits
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert low < high
    if all(0 <= value <= 1 for value in values):
        assert BOUNDS[metric][0] <= low
        assert high <= BOUNDS[metric][1]
        assert low <= values[-1] <= high
