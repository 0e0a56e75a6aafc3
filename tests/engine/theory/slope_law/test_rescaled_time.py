"""Rescaled time, and how well the curves of several runs collapse on it."""

from typing import Any

import numpy as np
import pytest

from engine.theory.slope_law.law import collapse, rescaled_times, time_per_epoch


def test_rescaled_time_adds_each_epoch_at_its_own_rate() -> None:
    tau = rescaled_times([0, 1, 2, 4], [0.1, 0.1, 0.2, 0.2], [0.5] * 4, [20, 20, 20, 40], 100)
    assert tau is not None
    np.testing.assert_allclose(tau, [0.0, 0.01, 0.03, 0.05])
    assert rescaled_times([0, 1], [0.1] * 2, [0.5] * 2, [20] * 2, 100, "adam") is None
    assert time_per_epoch(0.02, 0.5, 32, 100) == pytest.approx(0.00125)
    assert time_per_epoch(0.02, 0.5, 32, 100, "adam") is None


def test_collapse_measures_the_spread_over_the_common_range() -> None:
    x = np.linspace(0.0, 10.0, 50)
    shifted = collapse([(x, x), (x[10:40], x[10:40] + 1.0)])
    assert shifted is not None
    assert (shifted.low, shifted.high) == (x[10], x[39])
    assert shifted.spread == pytest.approx(1.0 / (x[39] - x[10]))
    same = collapse([(x, x), (x * 1.0, x)])
    assert same is not None
    assert same.spread == 0.0


def test_collapse_without_a_common_range_is_none() -> None:
    x = np.linspace(0.0, 1.0, 5)
    assert collapse([(x, x)]) is None
    assert collapse([(x, x), (x + 2, x)]) is None
    assert collapse([(x, x * 0), (x, x * 0)]) is None
    assert collapse([(x, x), (x, x * np.nan)]) is None


def test_equal_rescaled_time_collapses_the_recorded_runs(runs: Any) -> None:
    names = ["main", "lr0.05", "m0.85", "b8", "edited"]
    by_tau, by_epoch = [], []
    for name in names:
        j2 = np.array(runs.j2(name))
        rows = [runs.values(name, epoch) for epoch in range(j2.size)]
        tau = rescaled_times(
            range(j2.size),
            [row["lr"] for row in rows],
            [row["momentum"] for row in rows],
            [row["batch_size"] for row in rows],
            60_000,
        )
        assert tau is not None
        by_tau.append((tau, j2))
        by_epoch.append((np.arange(j2.size, dtype=float), j2))
    good, poor = collapse(by_tau, limit=1.0), collapse(by_epoch, limit=1.0)
    assert good is not None
    assert poor is not None
    assert good.spread < 0.02 < 0.1 < poor.spread
    assert good.low == 0.0
    assert good.high == pytest.approx(0.067, abs=0.003)
