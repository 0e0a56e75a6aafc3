"""The setting of a run: what of its hyperparameters makes it another run, or its epochs slower."""

import msgspec

from engine.storage.hyperparameters import (
    PARAMETERS,
    TEST_IMAGES,
    Hyperparameters,
    Value,
    affecting,
    default_for,
)
from engine.storage.step_size import effective_batch_size, training_images

Setting = tuple[Value, ...]
"""What makes two runs the same run but for seed, length and where they were computed."""


def setting_of(chosen: Hyperparameters) -> Setting:
    """The setting of a run: every hyperparameter that affects its results."""
    full = _in_full(chosen)
    return tuple(getattr(full, name) for name in affecting("results"))


def pace_of(hyperparameters: Hyperparameters) -> Hyperparameters:
    """`hyperparameters` with the defaults for all that does not affect how long an epoch takes."""
    values = msgspec.structs.asdict(hyperparameters)
    plain = {name: default_for(name, values) for name, p in PARAMETERS.items() if not p.sets_pace}
    return msgspec.structs.replace(_in_full(hyperparameters), **plain)


def _in_full(hyperparameters: Hyperparameters) -> Hyperparameters:
    """`hyperparameters` with the actual sizes of sets and batches where 0 or too many is asked for,
    without the λ that holding J² sets anew each epoch, and without its layer where none is held."""
    samples = training_images(hyperparameters)
    return msgspec.structs.replace(
        hyperparameters,
        train_size=samples,
        test_size=hyperparameters.test_size or TEST_IMAGES,
        batch_size=effective_batch_size(hyperparameters.batch_size, samples),
        l2=0.0 if hyperparameters.hold_j2 else hyperparameters.l2,
        hold_layer=hyperparameters.hold_layer if hyperparameters.hold_j2 else 1,
    )
