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
import zlib
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


_CONTENTS: Final = {
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d": (
        47040016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
    ),
    "25c81989df183df01b3e8a0aad5dffbe": (
        60008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
    ),
    "bef4ecab320f06d8554ea6380940ec79": (
        7840016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
    ),
    "bb300cfdad3c16e7a12a480ee83cd310": (
        10008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
    ),
    "f68b3c2dcbeaaa9fbdd348bbdeb94873": (47040016, "6bbc9ace898e44ae57da46a324031adb"),
    "d53e105ee54ea40749a09fcbcd1e9432": (60008, "a25bea736e30d166cdddb491f175f624"),
    "9fb629c4189551a2d022fa330f9573f3": (7840016, "2646ac647ad5339dbf082846283269ea"),
    "ec29112dd5afa0611ce80d1b7f02629c": (10008, "27ae3e4e09519cfbb04c329615203637"),
}  # fmt: skip
"""By the MD5 sum of an archive, first of Fashion-MNIST, then of MNIST: bytes of what is in it, and
their SHA-256 or MD5 sum. Of KMNIST only sums of the archives are known, so that those must be as
they were published."""


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
    source = getattr(torchvision_module("datasets"), class_name)
    return PublishedSet(title, class_name, dict(source.resources), tuple(source.mirrors), size)


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

    `named_by` is how the user gave it. Raises DataError when there is no such folder, or none of
    the four files in it.
    """
    if not data_dir.is_dir():
        raise DataError(
            f"The data folder {data_dir} ({named_by}) does not exist or is no folder: name one "
            f"that holds {described.folder}/raw/*.gz."
        )
    for folder in (data_dir / described.folder / "raw", data_dir / "raw", data_dir):
        files = (folder / name for name in described.files)
        if any(file.exists() or file.with_suffix("").exists() for file in files):
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
    for content, size in _contents(folder, described):
        arrays.append(_parse(content))
        done += size
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


def _contents(folder: Path, described: PublishedSet) -> Iterator[tuple[bytes, int]]:
    """What is in the archives, each checked, and the bytes that were read for it.

    An archive that was packed again, or unpacked, is taken where its content is known.
    """
    for name, expected in described.files.items():
        path = folder / name
        unpacked = path.with_suffix("")
        if not path.exists() and unpacked.exists():
            path = unpacked
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise DataError(
                f"{path} is missing: put {described.title}'s {name} there, beside the others."
            ) from None
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror}).") from None
        found = _md5(data)
        content = gzip.decompress(data) if found == expected else _known_content(data, expected)
        if content is None:
            anew = "" if expected in _CONTENTS else " as it was published, not packed anew"
            raise DataError(
                f"{path} ({len(data):,} bytes) is cut short or is not {described.title}'s: its "
                f"MD5 sum is {found}, the published one {expected}; copy it again{anew}."
            )
        yield content, len(data)


def _known_content(data: bytes, md5: str) -> bytes | None:
    """What the archive of the sum `md5` holds, if `data` is that, packed anew or not at all."""
    size, expected = _CONTENTS.get(md5, (0, ""))
    try:
        # No more than it may be is unpacked, whatever the file says.
        unpacked = zlib.decompressobj(wbits=31).decompress(data, size + 1)
    except zlib.error:
        unpacked = data
    return unpacked if expected in (_sha256(unpacked), _md5(unpacked)) else None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _md5(data: bytes) -> str:
    # Against damage, not against an attacker; FIPS machines refuse MD5 otherwise.
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _parse(content: bytes) -> Pixels:
    """The bytes in an IDX file: images flattened to (S, 784), or labels (S,).

    IDX: the fourth byte is the number of dimensions, each of which follows as four bytes.
    """
    dimensions = content[3]
    shape = np.frombuffer(content, dtype=">i4", count=dimensions, offset=4)
    values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * dimensions)
    return values.reshape(shape[0], -1) if dimensions > 1 else values
