"""The published image sets: their descriptions from torchvision, and a reader that writes nothing.

torchvision names the files, their published MD5 sums and the mirrors. Its reader is not used: it
unpacks beside the archives, and a data folder may be read-only or belong to someone else. The
archives are checked and unpacked in memory instead, which leaves nothing behind.
"""

import importlib
import sys
import types
from pathlib import Path
from typing import Any, Final

from engine.data import cifar, idx
from engine.data.archive import DataError, Pixels, PublishedSet, Report

# Our name for a set: torchvision's class, the name people know, bytes to download.
_SETS: Final = {
    "fashion-mnist": ("FashionMNIST", "Fashion-MNIST", 30_878_645),
    "mnist": ("MNIST", "MNIST", 11_594_722),
    "kmnist": ("KMNIST", "KMNIST", 21_240_888),
    "cifar-10": ("CIFAR10", "CIFAR-10", 170_498_071),
}


def describe(name: str) -> PublishedSet:
    """The set called `name` in our hyperparameters. Raises KeyError for an unknown name."""
    class_name, title, size = _SETS[name]
    source = getattr(torchvision_module("datasets"), class_name)
    if class_name == "CIFAR10":
        files, mirrors = {source.filename: source.tgz_md5}, (source.url.rpartition("/")[0] + "/",)
        members = dict([*source.train_list, *source.test_list])
        return PublishedSet(title, "", files, mirrors, size, members)
    folder, files = f"{class_name}/raw", dict(source.resources)
    return PublishedSet(title, folder, files, tuple(source.mirrors), size, {})


def torchvision_module(name: str) -> Any:
    """The module torchvision.NAME.

    torchvision's wheels are linked against a CUDA torch. Beside a CPU-only torch its compiled
    vision operators cannot load, and the import fails where torchvision registers the shapes of
    those operators (`operator torchvision::nms does not exist`). Data sets and models need none,
    so an empty module takes the place of that registration.
    """
    try:
        return importlib.import_module(f"torchvision.{name}")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        registrations = "torchvision._meta_registrations"
        sys.modules[registrations] = types.ModuleType(registrations)
        return importlib.import_module(f"torchvision.{name}")


def folder_with(described: PublishedSet, data_dir: Path, named_by: str) -> Path:
    """The folder under `data_dir` that holds the archives, in torchvision's layout or bare.

    `named_by` is the option or variable that named it. Raises DataError when the folder does not
    exist, or has none of the archives, packed or unpacked.
    """
    first, *rest = described.files
    beside = f" and the {len(rest)} files beside it" if rest else ""
    expected_path = f"{described.folder}/{first}".lstrip("/") + beside
    if not data_dir.is_dir():
        raise DataError(
            f"The data folder {data_dir} ({named_by}) does not exist or is not a folder: name one "
            f"that holds {expected_path}."
        )
    for folder in (data_dir / described.folder, data_dir / "raw", data_dir):
        for name in described.files:
            if (folder / name).exists() or (folder / described.unpacked(name)).exists():
                return folder
    raise DataError(
        f"There is no {described.title} in {data_dir} ({named_by}): it should hold {expected_path}."
    )


def read(folder: Path, described: PublishedSet, report: Report) -> list[Pixels]:
    """Training images (S, N), training labels (S,), test images and labels, all uint8.

    N: pixels of an image, channel after channel. Reports "loading" in bytes of the archives. Raises
    DataError, which names the file at fault.
    """
    read_archives = cifar.read if described.members else idx.read
    return read_archives(folder, described, report)
