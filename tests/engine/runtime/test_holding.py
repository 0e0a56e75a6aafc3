"""The changes that hold J² at a boundary, and the reasons why holding ends."""

import math
from dataclasses import dataclass

import pytest

from engine.runtime.holding import Adjustment, adjustment
from engine.storage.errors import HyperparameterError
from engine.storage.hyperparameters import build
from engine.storage.session.events import Layer
from engine.storage.step_size import step_size_ratio_of, training_images
from engine.theory.slope_law.holding import largest_l2


@dataclass(frozen=True)
class _Epoch:
    j: float
    gross_growth: float | None
    layers: tuple[Layer, ...] | None = None


def test_nothing_is_changed_where_j2_is_not_held_or_not_measured_yet() -> None:
    assert adjustment(build({}), _Epoch(1.0, 12.0)) == Adjustment()
    assert adjustment(build({"hold_j2": 1.0}), _Epoch(1.0, None)) == Adjustment()


def test_l2_balances_the_growth_at_the_target() -> None:
    change = adjustment(build({"hold_j2": 1.0}), _Epoch(1.0, 12.0))
    assert change.values == {"l2": pytest.approx(12 / (4 * 60_000), rel=1e-3)}
    assert not change.reason
    # Nothing is logged where it stays as it is.
    assert adjustment(build({"hold_j2": 1.0, **change.values}), _Epoch(1.0, 12.0)) == Adjustment()


@pytest.mark.parametrize(
    ("j", "c", "reason"),
    [
        (math.inf, 1.0, "there is no λ for a J² of inf"),
        (1.2, math.nan, "there is no λ for a J² of 1.44"),
    ],
)
def test_it_gives_up_with_a_sentence(j: float, c: float, reason: str) -> None:
    change = adjustment(build({"hold_j2": 1.0}), _Epoch(j, c))
    assert change.values == {"hold_j2": 0.0}
    assert change.reason == f"J² is held at 1 no longer: {reason}"


def test_it_gives_up_where_j2_outgrows_the_largest_l2() -> None:
    hyperparameters = build({"hold_j2": 1.0})
    most = largest_l2(step_size_ratio_of(hyperparameters), training_images(hyperparameters))
    outgrown = adjustment(build({"hold_j2": 1.0, "l2": most}), _Epoch(2.0, 1e4))
    assert outgrown.values == {"hold_j2": 0.0}
    assert "the largest that is set for it" in outgrown.reason
    assert adjustment(hyperparameters, _Epoch(2.0, 1e4)).values == {"l2": most}


@pytest.mark.parametrize(("which", "j2"), [(1, 0.25), (2, 1.0), (0, 0.625)])
def test_of_a_network_with_depth_one_layer_is_held_or_the_mean_of_all(
    which: int, j2: float
) -> None:
    layers = (
        Layer(name="hidden1", j=0.5), Layer(name="phi"), Layer(name="hidden2", j=1.0),
        Layer(name="readout", j=9.0, readout=True),
    )  # fmt: skip
    hyperparameters = build({"model": "mlp", "depth": 2, "hold_j2": j2, "hold_layer": which})
    values = adjustment(hyperparameters, _Epoch(0.5, 12.0, layers)).values
    assert values == {"l2": pytest.approx(12 / (4 * 60_000 * j2), rel=1e-3)}


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(HyperparameterError, match="hold_layer: 4 is beyond the 3 hidden layers"):
        build({"model": "mlp", "hold_layer": 4})
    with pytest.raises(HyperparameterError, match="hold_layer: the paper's network has one"):
        build({"hold_layer": 2})


def test_where_j2_shrinks_below_the_target_it_waits_without_decay() -> None:
    hyperparameters = build({"hold_j2": 1.0, "l2": 1e-4})
    assert adjustment(hyperparameters, _Epoch(0.6, -1.0)) == Adjustment({"l2": 0.0})
