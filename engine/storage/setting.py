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


def pace_of(chosen: Hyperparameters) -> Hyperparameters:
    """`chosen` with the defaults for all that does not decide how long an epoch takes."""
    given = msgspec.structs.asdict(chosen)
    plain = {name: default_for(name, given) for name, p in PARAMETERS.items() if not p.sets_pace}
    return msgspec.structs.replace(_in_full(chosen), **plain)


def _in_full(chosen: Hyperparameters) -> Hyperparameters:
    """`chosen` with the sizes of sets and batches as they are, where 0 or too many is asked for,
    without the λ that holding J² sets anew each epoch, and without its layer where none is held."""
    samples = training_images(chosen)
    return msgspec.structs.replace(
        chosen,
        train_size=samples,
        test_size=chosen.test_size or TEST_IMAGES,
        batch_size=effective_batch_size(chosen.batch_size, samples),
        l2=0.0 if chosen.hold_j2 else chosen.l2,
        hold_layer=chosen.hold_layer if chosen.hold_j2 else 1,
    )
