"""Hints about hyperparameters before a run: step size ratio, weight decay, steps per epoch."""

import math

from edgechaos_tui.presentation.text import number, setting
from engine.storage.hyperparameters import Hyperparameters
from engine.storage.step_size import step_size_ratio_of, training_images


def steps_per_epoch(hyperparameters: Hyperparameters) -> int:
    """The number of steps per epoch, the last, smaller batch included."""
    return math.ceil(training_images(hyperparameters) / hyperparameters.batch_size)


def hint_for(hyperparameters: Hyperparameters) -> str:
    """`η/((1−α)B) = 0.00125: … · PyTorch's weight_decay = 2λ = 0 · 1,875 steps per epoch`."""
    parts = [
        f"PyTorch's weight_decay = 2λ = {setting(2 * hyperparameters.l2)}",
        f"{steps_per_epoch(hyperparameters):,} steps per epoch",
    ]
    if hyperparameters.optimizer == "adam":
        return " · ".join(["no scaling law for Adam", *parts])
    ratio = number(step_size_ratio_of(hyperparameters))
    return " · ".join([f"η/((1−α)B) = {ratio}: J² grows in proportion to it", *parts])
