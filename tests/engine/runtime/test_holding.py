"""What holding J² changes at a boundary, and why it gives up."""

import math
from dataclasses import dataclass

import pytest

from engine.runtime.holding import Adjustment, adjustment
from engine.storage.hyperparameters import build
from engine.storage.step_size import step_size_ratio_of, training_images
from engine.theory.slope_law.holding import largest_l2


@dataclass(frozen=True)
class _Epoch:
    j: float
    gross_growth: float | None


def test_nothing_is_changed_where_j2_is_not_held_or_not_measured_yet() -> None:
    assert adjustment(build({}), _Epoch(1.0, 12.0)) == Adjustment()
    assert adjustment(build({"hold_j2": 1.0}), _Epoch(1.0, None)) == Adjustment()


def test_l2_balances_the_growth_at_the_target() -> None:
    held = adjustment(build({"hold_j2": 1.0}), _Epoch(1.0, 12.0))
    assert held.values == {"l2": pytest.approx(12 / (4 * 60_000), rel=1e-3)}
    assert not held.reason
    # Nothing is logged where it stays as it is.
    assert adjustment(build({"hold_j2": 1.0, **held.values}), _Epoch(1.0, 12.0)) == Adjustment()


@pytest.mark.parametrize(
    ("j", "c", "reason"),
    [
        (0.6, -1.0, "it shrinks by itself at 0.36, and no λ makes it grow"),
        (math.inf, 1.0, "there is no λ for a J² of inf"),
        (1.2, math.nan, "there is no λ for a J² of 1.44"),
    ],
)
def test_it_gives_up_with_a_sentence(j: float, c: float, reason: str) -> None:
    made = adjustment(build({"hold_j2": 1.0}), _Epoch(j, c))
    assert made.values == {"hold_j2": 0.0}
    assert made.reason == f"J² is held at 1 no longer: {reason}"


def test_it_gives_up_where_j2_outgrows_the_largest_l2() -> None:
    chosen = build({"hold_j2": 1.0})
    most = largest_l2(step_size_ratio_of(chosen), training_images(chosen))
    outgrown = adjustment(build({"hold_j2": 1.0, "l2": most}), _Epoch(2.0, 1e4))
    assert outgrown.values == {"hold_j2": 0.0}
    assert "the largest that is set for it" in outgrown.reason
    assert adjustment(chosen, _Epoch(2.0, 1e4)).values == {"l2": most}
