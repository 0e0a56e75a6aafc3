"""The published image sets: what torchvision knows of them, and reading them without writing.

torchvision names the files, their published MD5 sums and the mirrors. Its reader is not used: it
unpacks beside the archives, and a data folder may be read-only or belong to someone else. The
archives are checked and unpacked in memory instead, which leaves nothing behind.
"""

import gzip
import hashlib
import importlib
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.storage.errors import EdgeChaosError

Report = Callable[[str, int, int], None]
Pixels = npt.NDArray[np.uint8]

# Our name for a set: torchvision's class (and folder), the name people know, bytes to download.
_SETS: Final = {
    "fashion-mnist": ("FashionMNIST", "Fashion-MNIST", 30_878_645),
    "mnist": ("MNIST", "MNIST", 11_594_722),
    "kmnist": ("KMNIST", "KMNIST", 21_240_888),
}


class DataError(EdgeChaosError):
    """The data cannot be used; the message is one sentence that says what would help the user."""


@dataclass(frozen=True)
class PublishedSet:
    """A set as torchvision describes it.

    `folder` is its folder in torchvision's layout, `files` maps the archives' names to their
    published MD5 sums (training images, training labels, test images, test labels), `mirrors` are
    the addresses that end in "/", `size` is what all archives take, in bytes.
    """

    title: str
    folder: str
    files: dict[str, str]
    mirrors: tuple[str, ...]
    size: int


def describe(name: str) -> PublishedSet:
    """The set called `name` in our hyperparameters; KeyError for a name that is none."""
    class_name, title, size = _SETS[name]
    source = getattr(_torchvision_datasets(), class_name)
    return PublishedSet(title, class_name, dict(source.resources), tuple(source.mirrors), size)


def _torchvision_datasets() -> Any:
    """The module torchvision.datasets.

    torchvision's wheels are linked against a CUDA torch. Beside a CPU-only torch its compiled
    vision operators cannot load, and the import fails where torchvision registers the shapes of
    those operators (`operator torchvision::nms does not exist`). The data sets need none of them,
    so an empty module takes the place of that registration.
    """
    try:
        return importlib.import_module("torchvision.datasets")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        registrations = "torchvision._meta_registrations"
        sys.modules[registrations] = types.ModuleType(registrations)
        return importlib.import_module("torchvision.datasets")


def folder_with(described: PublishedSet, data_dir: Path, named_by: str) -> Path:
    """The folder under `data_dir` that holds the archives, in torchvision's layout or bare.

    `named_by` is how the user gave it. Raises DataError when there is no such folder, or none of
    the four files in it.
    """
    if not data_dir.is_dir():
        raise DataError(
            f"The data folder {data_dir} ({named_by}) does not exist or is no folder: name one "
            f"that holds {described.folder}/raw/*.gz."
        )
    for folder in (data_dir / described.folder / "raw", data_dir / "raw", data_dir):
        if any((folder / file).exists() for file in described.files):
            return folder
    first = next(iter(described.files))
    raise DataError(
        f"There is no {described.title} in {data_dir} ({named_by}): it should hold "
        f"{described.folder}/raw/{first} and the three files beside it."
    )


def read(folder: Path, described: PublishedSet, report: Report) -> list[Pixels]:
    """Training images (S, 784), training labels (S,), test images and labels, all uint8.

    Reports "loading" in bytes of the archives. Raises DataError that names the file at fault.
    """
    arrays = []
    done = 0
    report("loading", 0, described.size)
    for archive in _archives(folder, described):
        arrays.append(_parse(archive))
        done += len(archive)
        report("loading", done, max(done, described.size))
    return arrays


def is_good(path: Path, md5: str) -> bool:
    """Whether the file at `path` can be read and has this MD5 sum."""
    try:
        with path.open("rb") as file:
            # Against damage, not against an attacker; FIPS machines refuse MD5 otherwise.
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    except OSError:
        return False
    return digest.hexdigest() == md5


def _archives(folder: Path, described: PublishedSet) -> Iterator[bytes]:
    """The archives, each read whole and checked against its published sum."""
    for name, expected in described.files.items():
        path = folder / name
        try:
            archive = path.read_bytes()
        except FileNotFoundError:
            raise DataError(
                f"{path} is missing: put {described.title}'s {name} there, beside the others."
            ) from None
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror}).") from None
        found = hashlib.md5(archive, usedforsecurity=False).hexdigest()
        if found != expected:
            raise DataError(
                f"{path} ({len(archive):,} bytes) is cut short or is not {described.title}'s: its "
                f"MD5 sum is {found}, the published one {expected}; copy it again."
            )
        yield archive


def _parse(archive: bytes) -> Pixels:
    """The bytes in a gzipped IDX file: images flattened to (S, 784), or labels (S,).

    IDX: the fourth byte is the number of dimensions, each of which follows as four bytes.
    """
    content = gzip.decompress(archive)
    dimensions = content[3]
    shape = np.frombuffer(content, dtype=">i4", count=dimensions, offset=4)
    values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * dimensions)
    return values.reshape(shape[0], -1) if dimensions > 1 else values
