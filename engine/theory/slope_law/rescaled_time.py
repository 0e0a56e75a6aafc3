"""Rescaled time τ = Σ η/((1−α)B), one term an epoch (paper, Fig. 5): runs collapse over it."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def time_per_epoch(
    lr: float, momentum: float, batch_size: float, samples: int, optimizer: str = "sgd"
) -> float | None:
    """η/((1−α)B), the τ of one epoch; None for Adam or values that give no positive rate.

    A batch larger than S = `samples` counts as S.
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

    Each hyperparameter has one value per epoch, in force during it. A missing epoch counts as
    trained with the values of the next one. τ is nan from the first epoch without a rate on.
    """
    if optimizer != "sgd":
        return None
    tau = np.empty(len(epochs))
    total, previous = 0.0, 0
    for i, epoch in enumerate(epochs):
        if epoch > previous:
            rate = time_per_epoch(lr[i], momentum[i], batch_size[i], samples)
            total += math.nan if rate is None else rate * (epoch - previous)
            previous = epoch
        tau[i] = total
    return tau
