"""Means over seeds of several settings, comparable where not all settings have the same seeds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgechaos_tui.paper.judges.setting_runs import SettingRuns

_TINY = 1e-8
"""A weight that settles what the values leave open, and changes nothing that they determine."""


@dataclass(frozen=True)
class AdjustedMeans:
    """The means of several settings, each seed's own effect removed.

    values: one per setting, shape (settings,); covariance: of these, shape (settings, settings),
    None where the seeds in common are too few to tell the scatter.
    """

    values: NDArray[np.float64]
    covariance: NDArray[np.float64] | None

    def error(self, first: int, second: int) -> float | None:
        """The standard error of the difference between two settings."""
        if self.covariance is None:
            return None
        c = self.covariance
        variance = c[first, first] + c[second, second] - 2 * c[first, second]
        return float(np.sqrt(max(variance, 0.0)))


def means_over_seeds(
    settings: Sequence[SettingRuns], score: Callable[[SettingRuns], list[float]]
) -> AdjustedMeans:
    """The means of `score`, which gives a value per seed, of each of `settings`."""
    return adjusted_means([dict(zip(s.seeds, score(s), strict=True)) for s in settings])


def adjusted_means(by_seed: Sequence[Mapping[int, float]]) -> AdjustedMeans:
    """The least-squares fit of value = setting + seed to the values of each setting by seed.

    Runs of one seed begin with the same weights and see the images in the same order, so that a
    seed that is lucky in one setting is lucky in the others. Where each setting has the same seeds,
    these are the plain means, and the errors those of differences seed by seed. The effects of the
    seeds add up to 0.
    """
    seeds = sorted({seed for values in by_seed for seed in values})
    rows = [(i, seeds.index(s), v) for i, values in enumerate(by_seed) for s, v in values.items()]
    design = np.zeros((len(rows), len(by_seed) + len(seeds)))
    for row, (setting, seed, _) in zip(design, rows, strict=True):
        row[[setting, len(by_seed) + seed]] = 1.0
    measured = np.array([value for _, _, value in rows])
    weight = np.repeat((0.0, _TINY), (len(by_seed), len(seeds)))
    inverse = np.linalg.inv(design.T @ design + np.diag(weight))
    fitted = inverse @ design.T @ measured
    freedom = len(rows) - int(np.linalg.matrix_rank(design))
    covariance = None
    if freedom > 0:
        variance = np.sum(np.square(measured - design @ fitted)) / freedom
        covariance = variance * inverse[: len(by_seed), : len(by_seed)]
    return AdjustedMeans(fitted[: len(by_seed)], covariance)
