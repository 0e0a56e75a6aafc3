"""The chart of how far twins are apart, beside the other charts of a comparison."""

import math
from dataclasses import replace

import numpy as np
import pytest

from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.compare.comparison import Member
from edgechaos_tui.presentation.compare.results import results_of
from edgechaos_tui.screens.compare.charts import (
    METRICS,
    TWIN,
    View,
    metrics_of,
    overlay_chart,
    split_charts,
)
from engine.storage.session.info import Parent
from tests.support.comparisons import member, straight
from tests.support.event_samples import epoch_event


def _twin(epochs: int = 30, slope: float = 0.2) -> Member:
    plain = member("twin", straight(10))
    for k in range(11, epochs + 1):
        distance = 1e-6 * math.exp(slope * (k - 10))
        plain.state.apply(epoch_event(k, twin_distance=distance))
    return replace(plain, id="t", parent=Parent(id="r", name="run", epoch=10, epsilon=1e-6))


def test_there_is_a_chart_of_it_where_one_of_the_runs_is_a_twin() -> None:
    run = member("run", straight(30))
    assert metrics_of([run, run]) == METRICS
    assert metrics_of([run, _twin()]) == (*METRICS, TWIN)


def test_it_shows_the_logarithm_with_its_slope_and_window() -> None:
    run, twin = member("run", straight(30)), _twin()
    chart = overlay_chart([run, twin], TWIN, View())
    (line,) = chart.lines
    shown = np.isfinite(line.y)
    assert line.x[shown].tolist() == list(range(11, 31))
    assert line.y[shown][0] == pytest.approx(math.log(1e-6) + 0.2)
    assert [part.text for part in chart.title] == [
        "ln ‖w−w′‖", "B λ_train +0.200", "epochs 11–30",
    ]  # fmt: skip
    results = results_of(twin.state)
    assert results.lambda_train == pytest.approx(0.2)
    assert (results.lambda_train_first, results.lambda_train_last) == (11, 30)


def test_a_run_that_is_no_twin_says_so_in_its_own_chart() -> None:
    alone, apart = split_charts([member("run", straight(30)), _twin()], TWIN, View())
    assert alone.empty == "not a twin: there is no distance to show"
    assert apart.lines[0].y.size
    assert overlay_chart([_twin(10), _twin(10)], TWIN, View()).empty == "not measured yet"


def test_the_logarithm_of_a_logarithm_is_not_drawn() -> None:
    view = View(chart=ChartView(scalings={TWIN: "log"}))
    assert overlay_chart([_twin(), _twin()], TWIN, view).scaling == "all"
