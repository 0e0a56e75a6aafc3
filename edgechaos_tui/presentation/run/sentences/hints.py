"""The meaning of a choice of hyperparameters, in one line."""

import math

from edgechaos_tui.presentation.text import number, setting
from engine.storage.hyperparameters import Hyperparameters
from engine.storage.step_size import step_size_ratio_of, training_images


def steps_per_epoch(chosen: Hyperparameters) -> int:
    """How many steps an epoch has; the last, smaller batch is used."""
    return math.ceil(training_images(chosen) / chosen.batch_size)


def hint_for(chosen: Hyperparameters) -> str:
    """`η/((1−α)B) = 0.00125: … · PyTorch's weight_decay = 2λ = 0 · 1,875 steps per epoch`."""
    parts = [
        f"PyTorch's weight_decay = 2λ = {setting(2 * chosen.l2)}",
        f"{steps_per_epoch(chosen):,} steps per epoch",
    ]
    if chosen.optimizer == "adam":
        return " · ".join(["no scaling law for Adam", *parts])
    ratio = number(step_size_ratio_of(chosen))
    return " · ".join([f"η/((1−α)B) = {ratio}: J² grows in proportion to it", *parts])
