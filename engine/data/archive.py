"""The archives of a published image set: their description, checksums and bytes."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.storage.errors import EdgeChaosError

Report = Callable[[str, int, int], None]
Pixels = npt.NDArray[np.uint8]


class DataError(EdgeChaosError):
    """The data cannot be used; the message is one sentence with a remedy for the user."""


@dataclass(frozen=True)
class PublishedSet:
    """A set as torchvision describes it.

    folder: the folder of its archives in torchvision's layout; files: the published MD5 sum of each
    archive; mirrors: addresses, each ending in "/"; size: bytes of all archives; members: the MD5
    sum of each file within an archive of several.
    """

    title: str
    folder: str
    files: dict[str, str]
    mirrors: tuple[str, ...]
    size: int
    members: dict[str, str]

    def unpacked(self, name: str) -> str:
        """The name of the unpacked content of the archive `name`, beside it."""
        return _FOLDERS.get(name, name.removesuffix(".gz"))


_FOLDERS = {"cifar-10-python.tar.gz": "cifar-10-batches-py"}


def is_good(path: Path, md5: str) -> bool:
    """Whether the file at `path` can be read and has this MD5 sum."""
    try:
        with path.open("rb") as file:
            # MD5 detects damage, not attackers; FIPS machines refuse it without this option.
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    except OSError:
        return False
    return digest.hexdigest() == md5


def md5_of(data: bytes) -> str:
    """The MD5 sum of `data`, in hexadecimal digits."""
    # MD5 detects damage, not attackers; FIPS machines refuse it without this option.
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def content_of(path: Path, name: str) -> bytes:
    """The bytes of the file at `path`. Raises DataError, which calls the file `name`."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path} is missing: put {name} there.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from None
