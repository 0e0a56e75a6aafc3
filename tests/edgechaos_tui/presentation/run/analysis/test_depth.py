"""Order and chaos with depth, read from a log."""

import math
from pathlib import Path

import numpy as np
import pytest

from edgechaos_tui.presentation.run.analysis import depth
from edgechaos_tui.presentation.run.state import RunState, read_state
from engine.storage.hyperparameters import build
from engine.storage.session.events import Layer
from engine.theory.phase import depth_phase
from tests.support.event_samples import epoch_event
from tests.support.recorded_runs import record, record_deep


def test_the_headline_says_where_the_network_stands_and_which_blocks_differ(tmp_path: Path) -> None:
    state = read_state(record_deep(tmp_path, "deep"))
    assert depth.depth_words(state) == (
        "ordered with depth, λ_depth = −0.11 ± 0.01 · λ_angle = −0.01 says edge · "
        "hidden2 at the edge of chaos · hidden3 chaotic"
    )
    assert depth.depth_words(state.as_of(0)) == "ordered with depth, λ_depth = −0.67 ± 0.01"
    assert state.as_of(0).summary.phase == "ordered"


def test_the_papers_network_has_no_depth(tmp_path: Path) -> None:
    state = read_state(record(tmp_path, "paper"))
    assert not depth.has_depth(state)
    assert depth.depth_words(state) == ""
    assert depth.layer_names(state) == ()
    assert depth.table(state, "growth").values.size == 0


def test_the_table_has_hidden_blocks_alone_and_a_scale_that_is_round(tmp_path: Path) -> None:
    state = read_state(record_deep(tmp_path, "deep", epochs=10))
    table = depth.table(state, "growth")
    assert table.names == ("hidden1", "hidden2", "hidden3")
    assert table.values.shape == (3, 11)
    assert table.values[2, 10] == pytest.approx(-0.7 + 0.25)
    assert table.scale == 0.8
    np.testing.assert_array_equal(table.epochs, np.arange(11.0))


def test_each_layers_slope_is_that_of_its_own_j2(tmp_path: Path) -> None:
    state = read_state(record_deep(tmp_path, "deep", epochs=12))
    slopes = depth.layer_slopes(state)
    assert [found.layer for found in slopes] == ["hidden1", "hidden2", "hidden3"]
    assert [found.slope for found in slopes] == pytest.approx([0.01, 0.02, 0.03])
    # epoch_event has τ = 1.25e-3 an epoch.
    assert [found.c for found in slopes] == pytest.approx([8.0, 16.0, 24.0])


def test_what_was_not_measured_is_a_gap_and_the_headline_tells_the_last_that_was() -> None:
    state = RunState(build({"model": "mlp", "depth": 1}))
    bare = Layer(name="hidden1", fan_in=784, j=0.5, j0=0.0)
    measured = Layer(name="hidden1", growth=0.5, angle=0.4, gain=1.2, fan_in=784, j=0.5, j0=0.0)
    state.apply(epoch_event(0, layers=(measured,), lambda_depth=0.5, lambda_depth_error=0.1))
    state.apply(epoch_event(1, layers=(bare,)))
    growth = depth.table(state, "growth").values
    assert growth[0, 0] == 0.5
    assert math.isnan(growth[0, 1])
    assert depth.depth_words(state).startswith("chaotic with depth, λ_depth = +0.50 ± 0.10")


def test_layers_survive_a_rewind_and_the_way_to_an_earlier_epoch(tmp_path: Path) -> None:
    state = read_state(record_deep(tmp_path, "deep", epochs=10))
    earlier = state.as_of(4)
    assert len(earlier.layers) == 5
    assert earlier.summary.last is not None
    assert earlier.summary.last.layers == state.layers[4]


@pytest.mark.parametrize(
    ("value", "error", "phase"),
    [
        (-0.5, 0.01, "ordered"), (0.5, 0.01, "chaotic"), (0.005, 0.0, "edge"),
        (0.05, 0.03, "edge"), (0.05, 0.02, "chaotic"), (-0.02, math.nan, "ordered"),
        (math.nan, 0.0, None),
    ],
)  # fmt: skip
def test_a_phase_is_told_beyond_two_errors(value: float, error: float, phase: str | None) -> None:
    assert depth_phase(value, error) == phase
