"""Means over seeds, comparable where settings have different seeds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgechaos_tui.paper.judges.seed_effects import adjusted_means


def test_with_the_same_seeds_they_are_the_plain_means_and_errors_of_paired_differences() -> None:
    values = np.random.default_rng(0).normal(size=(2, 5))
    means = adjusted_means([dict(enumerate(row)) for row in values])
    assert means.values == pytest.approx(values.mean(axis=1), abs=1e-6)
    paired = (values[0] - values[1]).std(ddof=1) / np.sqrt(5)
    assert means.error(0, 1) == pytest.approx(paired, rel=1e-5)


@given(
    st.lists(st.floats(-1, 1), min_size=4, max_size=4),
    st.lists(st.floats(-1, 1), min_size=3, max_size=3),
    st.lists(st.sets(st.integers(0, 2)), min_size=4, max_size=4),
)
def test_a_lucky_seed_lifts_no_setting(
    settings: list[float], seeds: list[float], there: list[set[int]]
) -> None:
    # Each has seed 0, so that all can be compared.
    by_seed = [
        {seed: value + seeds[seed] for seed in {0, *own}}
        for value, own in zip(settings, there, strict=True)
    ]
    means = adjusted_means(by_seed)
    for i in range(3):
        difference = means.values[i] - means.values[i + 1]
        assert difference == pytest.approx(settings[i] - settings[i + 1], abs=1e-5)
        assert means.error(i, i + 1) == pytest.approx(0, abs=1e-3) or means.covariance is None


def test_one_seed_tells_no_scatter() -> None:
    means = adjusted_means([{0: 0.5}, {0: 0.7}])
    assert means.values == pytest.approx([0.5, 0.7], abs=1e-6)
    assert means.error(0, 1) is None


def test_settings_without_a_seed_in_common_keep_their_own_level() -> None:
    assert adjusted_means([{0: 0.5}, {1: 0.7}]).values == pytest.approx([0.5, 0.7], abs=1e-6)
