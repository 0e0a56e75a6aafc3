"""The loop that holds J², closed over the law itself."""

import math

import pytest

from engine.theory.slope_law.holding import (
    balancing_l2,
    gross_growth,
    holding_l2,
    largest_l2,
)

SAMPLES = 60_000
RATE = 0.02 / (0.5 * 32)


def _held(
    target: float, epochs: int, *, j2: float = 0.25, rates: dict[int, float] | None = None
) -> list[tuple[float, float]]:
    """J² and λ of each epoch, where c grows from 10 to 20 in 100 epochs as on real data.

    rates: η/((1−α)B) from an epoch on.
    """
    rate, l2, c = RATE, 0.0, None
    course = []
    for epoch in range(1, epochs + 1):
        if rates and epoch in rates:
            rate = rates[epoch]
        if c is not None:
            l2 = holding_l2(j2, c, target, rate=rate, samples=SAMPLES)
        kappa, true_c = 4 * l2 * SAMPLES, 10 + 10 * epoch / 100
        shrunk = math.exp(-kappa * rate)
        after = j2 * shrunk + true_c * ((1 - shrunk) / kappa if kappa else rate)
        c = gross_growth(j2, after, time=rate, l2=l2, samples=SAMPLES, smoothed=c)
        j2 = after
        course.append((j2, l2))
    return course


@pytest.mark.parametrize("target", [0.5, 0.7, 1.0, 1.2, 1.5])
def test_j2_comes_to_the_target_and_stays(target: float) -> None:
    course = _held(target, 150)
    reached = next(n for n, (j2, _) in enumerate(course) if j2 > 0.99 * target)
    assert all(abs(j2 - target) < 0.01 for j2, _ in course[reached + 15 :])
    # It never overshoots by more than the drift of c explains.
    assert max(j2 for j2, _ in course) < target + 0.01
    assert course[-1][1] == pytest.approx(balancing_l2(25, target, SAMPLES), rel=0.03)


def test_from_above_j2_comes_down_to_the_target() -> None:
    course = _held(1.0, 60, j2=1.8)
    assert abs(course[-1][0] - 1) < 0.01
    assert min(j2 for j2, _ in course) > 0.98


def test_an_edit_of_the_rate_does_not_disturb_it() -> None:
    course = _held(1.0, 150, rates={80: 4 * RATE, 110: RATE / 2})
    assert all(abs(j2 - 1) < 0.02 for j2, _ in course[70:])


def test_l2_is_never_below_zero_nor_above_the_largest() -> None:
    most = largest_l2(RATE, SAMPLES)
    assert holding_l2(0.3, 10, 1.0, rate=RATE, samples=SAMPLES) == 0
    assert holding_l2(50.0, 1e9, 1.0, rate=RATE, samples=SAMPLES) == most
    assert 4 * most * SAMPLES * RATE == pytest.approx(0.5, rel=1e-3)
