"""The setting of a run: the hyperparameters that affect its results, or the time of an epoch."""

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
"""The values that two runs share which differ only in seed, length and machine."""


def setting_of(hyperparameters: Hyperparameters) -> Setting:
    """The setting of a run: every hyperparameter that affects its results."""
    full = _in_full(hyperparameters)
    return tuple(getattr(full, name) for name in affecting("results"))


def pace_of(hyperparameters: Hyperparameters) -> Hyperparameters:
    """`hyperparameters` with the defaults for all that does not affect how long an epoch takes."""
    values = msgspec.structs.asdict(hyperparameters)
    plain = {name: default_for(name, values) for name, p in PARAMETERS.items() if not p.sets_pace}
    return msgspec.structs.replace(_in_full(hyperparameters), **plain)


def _in_full(hyperparameters: Hyperparameters) -> Hyperparameters:
    """`hyperparameters` in a comparable form: actual sizes of sets and batches for 0 or too many,
    no λ where holding J² sets it each epoch, and no held layer where J² is not held."""
    samples = training_images(hyperparameters)
    return msgspec.structs.replace(
        hyperparameters,
        train_size=samples,
        test_size=hyperparameters.test_size or TEST_IMAGES,
        batch_size=effective_batch_size(hyperparameters.batch_size, samples),
        l2=0.0 if hyperparameters.hold_j2 else hyperparameters.l2,
        hold_layer=hyperparameters.hold_layer if hyperparameters.hold_j2 else 1,
    )
