"""The charts of a comparison where there is nothing to draw."""

import math

import pytest

from edgechaos_tui.screens.compare.charts import METRICS, View, overlay_chart, split_charts
from tests.support.comparisons import member, straight
from tests.support.event_samples import epoch_event


@pytest.mark.parametrize("name", METRICS)
def test_runs_without_a_finite_value_are_not_runs_without_an_epoch(name: str) -> None:
    nothing = ("train_loss", "test_loss", "train_accuracy", "test_accuracy", "j")
    lost = member("lost", [])
    for epoch in range(5):
        lost.state.apply(epoch_event(epoch, **dict.fromkeys(nothing, math.nan)))
    fresh = member("fresh", [])
    reason = "no finite value in 5 epochs: nan or infinite"
    assert overlay_chart([lost, fresh], name, View()).empty == reason
    assert [chart.empty for chart in split_charts([lost, fresh], name, View())] == [
        reason, "no epoch yet",
    ]  # fmt: skip
    assert overlay_chart([fresh, fresh], name, View()).empty == "no epoch yet"
    assert overlay_chart([member("good", straight(5)), fresh], name, View()).lines
