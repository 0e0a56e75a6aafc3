"""Rescaled time τ = Σ η/((1−α)B), one term an epoch (paper, Fig. 5): runs collapse over it."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def time_per_epoch(
    lr: float, momentum: float, batch_size: float, samples: int, optimizer: str = "sgd"
) -> float | None:
    """η/((1−α)B), what one epoch adds to τ; None for Adam or values that give no positive rate.

    B is the batch that is taken: of S = `samples` images no batch takes more than S.
    """
    if optimizer != "sgd" or not momentum < 1.0 or not batch_size > 0:
        return None
    rate = lr / ((1.0 - momentum) * min(batch_size, samples))
    return rate if math.isfinite(rate) and rate > 0 else None


def rescaled_times(
    epochs: Sequence[int],
    lr: Sequence[float],
    momentum: Sequence[float],
    batch_size: Sequence[float],
    samples: int,
    optimizer: str = "sgd",
) -> NDArray[np.float64] | None:
    """τ at each epoch of a run, shape of `epochs` (rising); None for Adam.

    Each value of a hyperparameter is the one in force during the epoch it stands beside. An epoch
    missing from the list is taken to have had the values of the next one present. From an epoch
    whose values give no rate on, τ is nan.
    """
    if optimizer != "sgd":
        return None
    tau = np.empty(len(epochs))
    now, before = 0.0, 0
    for i, epoch in enumerate(epochs):
        if epoch > before:
            rate = time_per_epoch(lr[i], momentum[i], batch_size[i], samples)
            now += math.nan if rate is None else rate * (epoch - before)
            before = epoch
        tau[i] = now
    return tau
