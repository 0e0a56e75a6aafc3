"""The reader of CIFAR-10 as published: pickles, whose opcodes are read and never executed."""

import pickletools
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

from engine.data.archive import DataError, Pixels, PublishedSet, Report, content_of, md5_of

PIXELS: Final = 3 * 32 * 32
_LABELS: Final = "labels"
_MAX_BATCH: Final = 1 << 26
"""Bytes; a batch has half of that."""


def read(folder: Path, described: PublishedSet, report: Report) -> list[Pixels]:
    """Training images (S, 3072), training labels (S,), test images and labels, all uint8.

    They are read from the archive in `folder`, or from its unpacked folder. Reports "loading" in
    bytes of the batches. Raises DataError, which names the file at fault.
    """
    (name,) = described.files
    place = folder / name
    packed = place.exists()
    if not packed:
        place = folder / described.unpacked(name)
    parsed: dict[str, tuple[Pixels, Pixels]] = {}
    report("loading", 0, described.size)
    for batch, data in _from_archive(place, described) if packed else _unpacked(place, described):
        md5, expected = md5_of(data), described.members[batch]
        if md5 != expected:
            raise DataError(
                f"{batch} in {place} ({len(data):,} bytes) is cut short or is not "
                f"{described.title}'s: its MD5 sum is {md5}, the published one {expected}; copy "
                "it again."
            )
        parsed[batch] = parse(data, f"{batch} in {place}")
        report("loading", described.size * len(parsed) // len(described.members), described.size)
    if missing := described.members.keys() - parsed.keys():
        raise DataError(f"{place} lacks {', '.join(sorted(missing))}: copy it again.")
    *training, test = (parsed[batch] for batch in described.members)
    images, labels = zip(*training, strict=True)
    return [np.concatenate(images), np.concatenate(labels), *test]


def parse(data: bytes, place: str) -> tuple[Pixels, Pixels]:
    """Images (S, 3072) and labels (S,) of one batch, a pickled dictionary.

    It has one long string of pixels, and the labels in a list after the key `labels`. Raises
    DataError, which names `place`.
    """
    pixels, labels, within = "", [], False
    try:
        for opcode, value, _ in pickletools.genops(data):
            if isinstance(value, str) and opcode.name != "GLOBAL":
                within = value == _LABELS
                pixels = max(pixels, value, key=len)
            elif within and opcode.name in ("BININT1", "BININT", "INT"):
                labels.append(value)
        images = np.frombuffer(pixels.encode("latin-1"), np.uint8).reshape(len(labels), PIXELS)
        return images, np.array(labels, np.uint8)
    except (ValueError, OverflowError) as error:
        raise DataError(f"{place} is not a batch of images: {error}.") from None


def _unpacked(folder: Path, described: PublishedSet) -> Iterator[tuple[str, bytes]]:
    for batch in described.members:
        yield batch, content_of(folder / batch, f"{described.title}'s {batch}, beside the others,")


def _from_archive(archive: Path, described: PublishedSet) -> Iterator[tuple[str, bytes]]:
    """Yield the batches in the order of the archive, at most _MAX_BATCH bytes of each."""
    try:
        with tarfile.open(archive, "r|*") as tar:
            for member in tar:
                batch = PurePosixPath(member.name).name
                file = tar.extractfile(member) if batch in described.members else None
                if file is not None:
                    yield batch, file.read(_MAX_BATCH)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise DataError(
            f"{archive} is cut short or is not an archive of {described.title} ({error}); copy it "
            "again."
        ) from None
