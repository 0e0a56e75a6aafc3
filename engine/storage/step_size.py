"""The images of an epoch and of a step, and the speed of a run in the scaling law."""

from engine.storage.hyperparameters import TRAINING_IMAGES, Hyperparameters


def training_images(chosen: Hyperparameters) -> int:
    """How many images an epoch has (S in paper.md)."""
    return chosen.train_size or TRAINING_IMAGES.get(chosen.dataset, 0)


def effective_batch_size(batch_size: int, samples: int) -> int:
    """The images of a full step, min(B, S): no batch is larger than the `samples` there are."""
    return min(batch_size, samples)


def step_size_ratio(lr: float, momentum: float, batch_size: int, samples: int) -> float:
    """η / ((1 − α) B), the speed of a run in the scaling law (paper Eq. 5), per step and image.

    B is the batch that is taken, min(batch_size, samples).
    """
    return lr / ((1 - momentum) * effective_batch_size(batch_size, samples))


def step_size_ratio_of(chosen: Hyperparameters) -> float:
    """`step_size_ratio` of a run with the hyperparameters `chosen`."""
    return step_size_ratio(chosen.lr, chosen.momentum, chosen.batch_size, training_images(chosen))
