"""The data a network learns: MNIST and its variants, CIFAR-10, or the synthetic stand-in.

A new run takes a published set from the first of these places: the folder given as `data_dir`, the
folder in $EDGECHAOS_DATA, the cache folder, the mirrors (into the cache folder). If a folder is
named, only that folder is read: a wrong path is an error, and starts no download.

The data of a run that began before are identified by their checksum, and are searched in several
places because they may have moved.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from engine.data import downloads, published, synthetic
from engine.data.archive import DataError, Pixels, PublishedSet, Report
from engine.storage import user_folders
from engine.storage.hyperparameters import Hyperparameters

__all__ = ["DataError", "Dataset", "Report", "cache_folder", "load"]

_VARIABLE: Final = "EDGECHAOS_DATA"


@dataclass(frozen=True)
class Dataset:
    """Images and labels for training and test.

    Images are float32 of shape (S, N), contiguous, pixels/255 in [0, 1] without centring; N is 784,
    or 3072 for CIFAR-10, channel after channel. Labels are int64 of shape (S,), 0 to 9.

    checksum: the SHA-256 of the data in use, after any subset: the uint8 pixels and labels of
    training and test, each preceded by its shape. data_dir: the named folder that held the data,
    or "".
    """

    name: str
    checksum: str
    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    data_dir: str = ""


@dataclass(frozen=True)
class KnownData:
    """The data of a run that began before: their checksum, and the folder named now or ""."""

    checksum: str
    data_dir: str = ""


def load(
    hyperparameters: Hyperparameters, report: Report, known: KnownData | None = None
) -> Dataset:
    """The data set that `hyperparameters` name, cut to `train_size` and `test_size`.

    With `known` it is the set with that checksum, from the first of these places that has it: the
    folder named now, the one in $EDGECHAOS_DATA, the one in `hyperparameters`, the cache folder.

    `report(stage, done, total)` is called with stage "downloading" (bytes) or "loading" (bytes of
    the archives; images for the synthetic set). The subset of a published set is drawn by the
    run's seed and keeps the published order; the synthetic set is the same for every seed.

    Raises DataError, whose message is one sentence for the user.
    """
    if hyperparameters.dataset == "synthetic":
        arrays = synthetic.generate(
            hyperparameters.train_size or synthetic.TRAIN_SIZE,
            hyperparameters.test_size or synthetic.TEST_SIZE,
            report,
        )
        dataset = _dataset(hyperparameters, list(arrays))
        if known is not None and dataset.checksum != known.checksum:
            raise DataError(_difference(known, dataset.checksum, "the built-in set"))
        return dataset
    described = published.describe(hyperparameters.dataset)
    if known is not None:
        return _find(hyperparameters, described, known, report)
    folder = _folder(hyperparameters.data_dir, described, report)
    return _dataset(hyperparameters, _published(hyperparameters, folder, described, report))


def _dataset(hyperparameters: Hyperparameters, arrays: list[Pixels], data_dir: str = "") -> Dataset:
    train_images, train_labels, test_images, test_labels = arrays
    return Dataset(
        name=hyperparameters.dataset,
        checksum=_checksum(arrays),
        train_images=_as_floats(train_images),
        train_labels=torch.from_numpy(train_labels.astype(np.int64)),
        test_images=_as_floats(test_images),
        test_labels=torch.from_numpy(test_labels.astype(np.int64)),
        data_dir=data_dir,
    )


def cache_folder() -> Path:
    """The folder of downloaded sets, in torchvision's layout."""
    return user_folders.cache_folder() / "datasets"


def _find(
    hyperparameters: Hyperparameters,
    described: PublishedSet,
    known: KnownData,
    report: Report,
) -> Dataset:
    """The data with the checksum of `known`. Raises DataError, which lists what each place has."""
    candidates = (
        (known.data_dir, "--data-dir"),
        (os.environ.get(_VARIABLE, ""), f"${_VARIABLE}"),
        (hyperparameters.data_dir, "their former folder"),
    )
    places = {data_dir: named_by for data_dir, named_by in reversed(candidates) if data_dir}
    reasons: list[str] = []
    for data_dir in [*dict.fromkeys(d for d, _ in candidates if d), ""]:
        try:
            folder = _place(data_dir, places, described, report)
            if folder is None:
                continue
            arrays = _published(hyperparameters, folder, described, report)
        except DataError as error:
            reasons.append(str(error).rstrip("."))
            continue
        dataset = _dataset(hyperparameters, arrays, data_dir)
        if dataset.checksum == known.checksum:
            return dataset
        reasons.append(_difference(known, dataset.checksum, str(folder)))
    raise DataError(f"{'; '.join(reasons)}; name the folder that has them with --data-dir DIR.")


def _place(
    data_dir: str, places: dict[str, str], described: PublishedSet, report: Report
) -> Path | None:
    """The folder under `data_dir`; for "" the cache, which is filled if no folder was named."""
    if data_dir:
        path = user_folders.expanded(data_dir)
        return published.folder_with(described, path, places[data_dir])
    folder = cache_folder() / described.folder
    if places and not all((folder / name).exists() for name in described.files):
        return None
    downloads.complete(folder, described, report)
    return folder


def _difference(known: KnownData, checksum: str, place: str) -> str:
    return (
        f"the data are not those this run began with: the checksum of {place} is "
        f"{checksum[:12]}…, and the log says {known.checksum[:12]}…"
    )


def _published(
    hyperparameters: Hyperparameters,
    folder: Path,
    described: PublishedSet,
    report: Report,
) -> list[Pixels]:
    arrays = published.read(folder, described, report)
    sizes = {"train": hyperparameters.train_size, "test": hyperparameters.test_size}
    for part, (which, size) in enumerate(sizes.items()):
        pair = slice(2 * part, 2 * part + 2)
        available = len(arrays[pair][0])
        if size > available:
            raise DataError(
                f"--{which}-size {size} is more than the {available:,} {which} images of "
                f"{described.title}."
            )
        if 0 < size < available:
            indices = _subset(available, size, hyperparameters.seed, part)
            arrays[pair] = [array[indices] for array in arrays[pair]]
    return arrays


def _folder(data_dir: str, described: PublishedSet, report: Report) -> Path:
    """The folder of the archives: the named one, or the cache, filled by a download if needed."""
    for named, named_by in ((data_dir, "--data-dir"), (os.environ.get(_VARIABLE), f"${_VARIABLE}")):
        if named:
            return published.folder_with(described, user_folders.expanded(named), named_by)
    folder = cache_folder() / described.folder
    downloads.complete(folder, described, report)
    return folder


def _subset(available: int, size: int, seed: int, part: int) -> np.ndarray:
    """The indices, in rising order, of `size` of `available` images; `part`: 0 train, 1 test."""
    # The key separates these draws from the run's others, which start from the same seed.
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(part,)))
    return np.sort(generator.permutation(available)[:size])


def _checksum(arrays: list[Pixels]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(repr(array.shape).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _as_floats(pixels: Pixels) -> torch.Tensor:
    return torch.from_numpy(pixels.astype(np.float32)).div_(255)
