import math

import pytest

from edgechaos_tui.presentation.run.analysis.twin import training_exponent, twin_words
from edgechaos_tui.presentation.run.state import RunState
from engine.storage.hyperparameters import build
from tests.support.event_samples import epoch_event


def _twin(distances: list[float]) -> RunState:
    state = RunState(build({}))
    state.apply(epoch_event(10))
    state.apply_all([epoch_event(11 + n, twin_distance=d) for n, d in enumerate(distances)])
    return state


def test_lambda_train_is_the_slope_until_the_two_are_no_neighbours() -> None:
    growing = [1e-5 * math.exp(0.5 * n) for n in range(60)]
    exponent = training_exponent(_twin(growing))
    assert exponent is not None
    assert exponent.value == pytest.approx(0.5)
    # ‖W‖ is 14 at J = 0.5: 1.4 is reached 24 epochs later.
    assert (exponent.first, exponent.last) == (11, 34)
    assert "λ_train +0.500 ± 0.000 an epoch (epochs 11–34)" in twin_words(_twin(growing))


def test_the_control_and_other_runs_have_none() -> None:
    control = _twin([0.0] * 9)
    assert training_exponent(control) is None
    assert twin_words(control) == "‖w − w′‖ is 0 to the last bit"
    plain = RunState(build({}))
    plain.apply(epoch_event(1))
    assert twin_words(plain) == ""
