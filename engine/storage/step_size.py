"""The images of an epoch and of a step, and the speed of a run in the scaling law."""

from engine.storage.hyperparameters import TRAINING_IMAGES, Hyperparameters


def training_images(hyperparameters: Hyperparameters) -> int:
    """The number of images in an epoch (S in paper.md)."""
    return hyperparameters.train_size or TRAINING_IMAGES.get(hyperparameters.dataset, 0)


def effective_batch_size(batch_size: int, samples: int) -> int:
    """The images of a full step, min(B, S): no batch is larger than the `samples` there are."""
    return min(batch_size, samples)


def step_size_ratio(lr: float, momentum: float, batch_size: int, samples: int) -> float:
    """η / ((1 − α) B), the speed of a run in the scaling law (paper Eq. 5), per step and image.

    B is min(batch_size, samples).
    """
    return lr / ((1 - momentum) * effective_batch_size(batch_size, samples))


def step_size_ratio_of(hyperparameters: Hyperparameters) -> float:
    """`step_size_ratio` of a run with these hyperparameters."""
    return step_size_ratio(
        hyperparameters.lr,
        hyperparameters.momentum,
        hyperparameters.batch_size,
        training_images(hyperparameters),
    )
