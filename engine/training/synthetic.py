"""A synthetic stand-in for Fashion-MNIST: built in, small, and learnt the way the paper describes.

Ten classes of smooth pictures, 28 × 28. A class has several modes; an image is one mode's coarse
pattern of 7 × 7 bright and dark patches, bent by a smooth disturbance of its own, plus noise in
each pixel. A share of the labels, in training and in test, is wrong.

The modes and the disturbance set how hard the classes are to tell apart; the wrong labels are what
a network can only learn by heart, which is why its test loss turns up again once it has left the
ordered phase. The bright background sets how fast J² grows, since gradients on W scale with ‖x‖.

The set is the same for every run, whatever its seed, so that runs can be compared; a smaller set
is the beginning of a larger one. Nothing but additions, multiplications and comparisons is done to
the random numbers, one element at a time, so that the pixels do not depend on the machine.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

TRAIN_SIZE: Final = 10_000
TEST_SIZE: Final = 2_000

_SEED: Final = 21_07_09437
_CLASSES: Final = 10
_COARSE: Final = 7
_SIDE: Final = 28
_BLOCK: Final = 1_000

_MODES: Final = 8
_DISTURBANCE: Final = np.float32(1.0)
_PIXEL_NOISE: Final = np.float32(0.3)
_BRIGHTNESS: Final = np.float32(0.5)
_CONTRAST: Final = np.float32(0.3)
_WRONG_LABELS: Final = 0.08

Pixels = npt.NDArray[np.uint8]
_Floats = npt.NDArray[np.float32]


def generate(
    train_size: int, test_size: int, report: Callable[[str, int, int], None]
) -> list[Pixels]:
    """Training images (S, 784), training labels (S,), test images and labels, all uint8.

    Reports "loading" in images.
    """
    patterns = _generator(0).standard_normal((_CLASSES, _MODES, _COARSE, _COARSE), np.float32)
    total = train_size + test_size
    report("loading", 0, total)
    arrays: list[Pixels] = []
    done = 0
    for part, size in enumerate((train_size, test_size), start=1):
        images = np.empty((size, _SIDE * _SIDE), np.uint8)
        labels = np.empty(size, np.uint8)
        for start in range(0, size, _BLOCK):
            # Every block has a generator of its own and is made whole: no image depends on the
            # sizes asked for.
            block = slice(start, min(start + _BLOCK, size))
            length = block.stop - start
            block_images, block_labels = _block(patterns, _generator(part, start // _BLOCK))
            images[block], labels[block] = block_images[:length], block_labels[:length]
            done += length
            report("loading", done, total)
        arrays += [images, labels]
    return arrays


def _generator(*key: int) -> np.random.Generator:
    return np.random.default_rng([_SEED, *key])


def _block(patterns: _Floats, generator: np.random.Generator) -> tuple[Pixels, Pixels]:
    """`_BLOCK` images (_BLOCK, 784) and their labels."""
    classes = generator.integers(0, _CLASSES, _BLOCK)
    modes = generator.integers(0, _MODES, _BLOCK)
    bent = generator.standard_normal((_BLOCK, _COARSE, _COARSE), np.float32) * _DISTURBANCE
    smooth = _enlarged(_enlarged(patterns[classes, modes] + bent, axis=1), axis=2)
    noise = generator.standard_normal(smooth.shape, np.float32) * _PIXEL_NOISE
    light = np.clip(_BRIGHTNESS + _CONTRAST * (smooth + noise), 0, 1)
    images = (light * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    wrong = generator.random(_BLOCK) < _WRONG_LABELS
    others = (classes + generator.integers(1, _CLASSES, _BLOCK)) % _CLASSES
    return images.reshape(_BLOCK, -1), np.where(wrong, others, classes).astype(np.uint8)


def _enlarged(fields: _Floats, axis: int) -> _Floats:
    """Four times as long along `axis`, by linear interpolation, flat beyond the ends."""
    middle = np.moveaxis(fields, axis, -1)
    left = np.concatenate((middle[..., :1], middle[..., :-1]), axis=-1)
    right = np.concatenate((middle[..., 1:], middle[..., -1:]), axis=-1)
    eighth = np.float32(1 / 8)
    quarters = (
        3 * eighth * left + 5 * eighth * middle,
        eighth * left + 7 * eighth * middle,
        7 * eighth * middle + eighth * right,
        5 * eighth * middle + 3 * eighth * right,
    )
    longer = np.stack(quarters, axis=-1).reshape(*middle.shape[:-1], -1)
    return np.moveaxis(longer, -1, axis)
