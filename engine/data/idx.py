"""The reader of MNIST and its variants: four gzipped IDX files, checked and unpacked in memory."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from engine.data.archive import DataError, Pixels, PublishedSet, Report, content_of, md5_of

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
"""By the MD5 sum of an archive (Fashion-MNIST, then MNIST): bytes of its content, and the content's
SHA-256 or MD5 sum. For KMNIST only the sums of the archives are known, so its archives must be the
published ones."""


def read(folder: Path, described: PublishedSet, report: Report) -> list[Pixels]:
    """Training images (S, 784), training labels (S,), test images and labels, all uint8.

    Reports "loading" in bytes of the archives. Raises DataError, which names the file at fault.
    """
    arrays = []
    done = 0
    report("loading", 0, described.size)
    for content, size in _contents(folder, described):
        arrays.append(_parse(content))
        done += size
        report("loading", done, max(done, described.size))
    return arrays


def _contents(folder: Path, described: PublishedSet) -> Iterator[tuple[bytes, int]]:
    """Yield the checked content of each archive, and the bytes that were read for it.

    An archive that was packed anew, or unpacked, is accepted if its content is known.
    """
    for name, expected in described.files.items():
        path = folder / name
        unpacked = folder / described.unpacked(name)
        if not path.exists() and unpacked.exists():
            path = unpacked
        data = content_of(path, f"{described.title}'s {name}, beside the others,")
        md5 = md5_of(data)
        content = gzip.decompress(data) if md5 == expected else _known_content(data, expected)
        if content is None:
            hint = "" if expected in _CONTENTS else " as published, not packed anew"
            raise DataError(
                f"{path} ({len(data):,} bytes) is cut short or is not {described.title}'s: its "
                f"MD5 sum is {md5}, the published one {expected}; copy it again{hint}."
            )
        yield content, len(data)


def _known_content(data: bytes, md5: str) -> bytes | None:
    """`data` unpacked, if it is the content of the archive with the sum `md5`; else None."""
    size, expected = _CONTENTS.get(md5, (0, ""))
    try:
        # At most one byte more than the content has is unpacked, whatever the file says.
        unpacked = zlib.decompressobj(wbits=31).decompress(data, size + 1)
    except zlib.error:
        unpacked = data
    return unpacked if expected in (_sha256(unpacked), md5_of(unpacked)) else None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _parse(content: bytes) -> Pixels:
    """The bytes in an IDX file: images flattened to (S, 784), or labels (S,).

    IDX: the fourth byte is the number of dimensions, each of which follows as four bytes.
    """
    dimensions = content[3]
    shape = np.frombuffer(content, dtype=">i4", count=dimensions, offset=4)
    values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * dimensions)
    return values.reshape(shape[0], -1) if dimensions > 1 else values
