"""A synthetic stand-in for Fashion-MNIST: built in, small, and learned as the paper describes.

Ten classes of smooth pictures, 28 × 28. A class has 32 modes; an image is one mode's pattern of
4 × 4 bright and dark patches, changed by a smooth disturbance of its own, plus a little noise in
each pixel. A few of the labels, in training and in test, are wrong.

Reasons: 320 modes in 16 dimensions are far from linearly separable, and hardly any of the content
is noise by which images could be told apart. So the weights must grow to tell classes apart, and
grow further to learn the wrong labels by heart; J² keeps rising nearly linearly and the test loss
turns up on the way to the edge. With finer patterns or more noise in the pixels the wrong labels
are learned by heart at once and J² stops growing before it reaches 1. The contrast sets the pace,
since gradients on W scale with ‖x‖.

The set is the same for every run, whatever its seed, so that runs can be compared; a smaller set
is the beginning of a larger one. The random numbers are only added, multiplied and compared, one
element at a time, so that the pixels do not depend on the machine.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.storage.hyperparameters import TRAINING_IMAGES

TRAIN_SIZE: Final = TRAINING_IMAGES["synthetic"]
TEST_SIZE: Final = 2_000

_SEED: Final = 21_07_09437
_CLASSES: Final = 10
_PATCHES: Final = 4
_PATCH: Final = 7
_PIXELS: Final = (_PATCHES * _PATCH) ** 2
_BLOCK: Final = 1_000

_MODES: Final = 32
_DISTURBANCE: Final = np.float32(0.45)
_PIXEL_NOISE: Final = np.float32(0.1)
_BRIGHTNESS: Final = np.float32(0.5)
_CONTRAST: Final = np.float32(0.4)
_WRONG_LABELS: Final = 0.04

Pixels = npt.NDArray[np.uint8]
_Floats = npt.NDArray[np.float32]


def generate(
    train_size: int, test_size: int, report: Callable[[str, int, int], None]
) -> list[Pixels]:
    """Training images (S, 784), training labels (S,), test images and labels, all uint8.

    Reports "loading" in images.
    """
    patterns = _generator(0).standard_normal((_CLASSES, _MODES, _PATCHES, _PATCHES), np.float32)
    total = train_size + test_size
    report("loading", 0, total)
    arrays: list[Pixels] = []
    generated = 0
    for part, size in enumerate((train_size, test_size), start=1):
        images = np.empty((size, _PIXELS), np.uint8)
        labels = np.empty(size, np.uint8)
        for start in range(0, size, _BLOCK):
            # Every block has a generator of its own and is generated whole, so that no image
            # depends on the requested sizes.
            block = slice(start, min(start + _BLOCK, size))
            length = block.stop - start
            block_images, block_labels = _block(patterns, _generator(part, start // _BLOCK))
            images[block], labels[block] = block_images[:length], block_labels[:length]
            generated += length
            report("loading", generated, total)
        arrays += [images, labels]
    return arrays


def _generator(*key: int) -> np.random.Generator:
    return np.random.default_rng([_SEED, *key])


def _block(patterns: _Floats, generator: np.random.Generator) -> tuple[Pixels, Pixels]:
    """`_BLOCK` images (_BLOCK, 784) and their labels."""
    classes = generator.integers(0, _CLASSES, _BLOCK)
    modes = generator.integers(0, _MODES, _BLOCK)
    bent = generator.standard_normal((_BLOCK, _PATCHES, _PATCHES), np.float32) * _DISTURBANCE
    smooth = _enlarged(_enlarged(patterns[classes, modes] + bent, axis=1), axis=2)
    noise = generator.standard_normal(smooth.shape, np.float32) * _PIXEL_NOISE
    light = np.clip(_BRIGHTNESS + _CONTRAST * (smooth + noise), 0, 1)
    images = (light * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    wrong = generator.random(_BLOCK) < _WRONG_LABELS
    other_classes = (classes + generator.integers(1, _CLASSES, _BLOCK)) % _CLASSES
    return images.reshape(_BLOCK, -1), np.where(wrong, other_classes, classes).astype(np.uint8)


def _enlarged(fields: _Floats, axis: int) -> _Floats:
    """`fields`, _PATCH times as long along `axis` by linear interpolation, constant at the ends."""
    middle = np.moveaxis(fields, axis, -1)
    before = np.concatenate((middle[..., :1], middle[..., :-1]), axis=-1)
    after = np.concatenate((middle[..., 1:], middle[..., -1:]), axis=-1)
    between = []
    for pixel in range(_PATCH):
        offset = (pixel + 0.5) / _PATCH - 0.5
        neighbour = before if offset < 0 else after
        share = np.float32(abs(offset))
        between.append((1 - share) * middle + share * neighbour)
    longer = np.stack(between, axis=-1).reshape(*middle.shape[:-1], -1)
    return np.moveaxis(longer, -1, axis)
