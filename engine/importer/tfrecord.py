"""TFRecord, the framing of TensorBoard's event files: records with their lengths and checksums.

A record is its length (8 bytes, little-endian), the masked CRC-32C of that, the data, and the
masked CRC-32C of the data. It is read here because the package `tensorboard` takes 60 MB and a
second to import, and smaller readers do not follow files that grow.
"""

import struct
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from engine.importer.growing_file import GrowingFile

_POLYNOMIAL: Final = 0x82F63B78
_MASK: Final = 0xA282EAD8
_WORD: Final = 0xFFFFFFFF
_HEAD: Final = struct.Struct("<QI")
_FOOT: Final = 4
_VECTOR_MIN: Final = 32
_MAX_RECORD: Final = 512 * 1024**2
"""Bytes; a longer record is not an event."""


def _tables() -> "tuple[array[int], array[int]]":
    """The tables that update a checksum by one byte, and by two bytes at once."""
    table = array("L", bytes(array("L").itemsize * 256))
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
        table[byte] = crc
    two = array("L", bytes(array("L").itemsize * 65536))
    for word in range(65536):
        crc = table[word & 255] ^ word >> 8
        two[word] = table[crc & 255] ^ crc >> 8
    return table, two


_one_byte, _two_bytes = _tables()
_ONE_BYTE: Final = np.array(_one_byte, dtype=np.uint32)


def crc32c(data: bytes) -> int:
    """The CRC-32C (Castagnoli) of `data`."""
    crc, two = _WORD, _two_bytes
    pairs = len(data) // 2
    for word in struct.unpack(f"<{pairs}H", data[: 2 * pairs]):
        crc = two[(crc ^ word) & 0xFFFF] ^ crc >> 16
    if len(data) & 1:
        crc = _one_byte[(crc ^ data[-1]) & 255] ^ crc >> 8
    return crc ^ _WORD


def crc32c_of_many(data: bytes, places: Sequence[tuple[int, int]]) -> list[int]:
    """The CRC-32C of each part of `data`, given by where it begins and how long it is.

    Parts of equal length are computed together, a hundred times faster than one by one.
    """
    checksums = np.zeros(len(places), dtype=np.uint32)
    starts, lengths = np.array(places, dtype=np.int64).reshape(-1, 2).T
    all_bytes = np.frombuffer(data, dtype=np.uint8)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        if len(rows) < _VECTOR_MIN:
            checksums[rows] = [crc32c(data[at : at + length]) for at in starts[rows]]
            continue
        crc = np.full(len(rows), _WORD, dtype=np.uint32)
        for at in range(length):
            crc = _ONE_BYTE[(crc ^ all_bytes[starts[rows] + at]) & 255] ^ crc >> 8
        checksums[rows] = crc ^ _WORD
    return [int(crc) for crc in checksums]


def masked(crc: int) -> int:
    """`crc` as it is stored in a file."""
    return ((crc >> 15 | crc << 17) + _MASK) & _WORD


def is_record(start: bytes) -> bool:
    """Whether `start`, the first bytes of a file, begins with the head of a record."""
    if len(start) < _HEAD.size:
        return False
    length, crc = _HEAD.unpack_from(start)
    return bool(length <= _MAX_RECORD and crc == masked(crc32c(start[:8])))


class RecordReader:
    """Reads the whole records of a file that may still grow.

    damaged: the number of records left out because their data fail the checksum. broken: whether
    the head of a record is damaged; the next record cannot be found then, and reading ends.
    """

    def __init__(self, path: Path) -> None:
        self.file = GrowingFile(path)
        self.damaged = 0
        self.broken = False
        self._tail = b""
        self._generation = 0
        self._good_heads: set[bytes] = set()

    @property
    def torn(self) -> bool:
        """Whether the last record is not whole yet."""
        return bool(self._tail) and not self.broken

    def read(self) -> Iterator[bytes]:
        """Yield the data of all new whole records. Raises OSError."""
        while data := self.file.read():
            if self.file.generation != self._generation:
                self._generation = self.file.generation
                self._tail, self.broken = b"", False
            if not self.broken:
                yield from self._records(self._tail + data)

    def _records(self, data: bytes) -> Iterator[bytes]:
        places: list[tuple[int, int]] = []
        at, size = 0, len(data)
        while at + _HEAD.size <= size:
            if not self._is_head(data[at : at + _HEAD.size]):
                self.broken = True
                break
            length = int.from_bytes(data[at : at + 8], "little")
            if at + _HEAD.size + length + _FOOT > size:
                break
            places.append((at + _HEAD.size, length))
            at += _HEAD.size + length + _FOOT
        self._tail = data[at:]
        for (start, length), crc in zip(places, crc32c_of_many(data, places), strict=True):
            end = start + length
            if int.from_bytes(data[end : end + _FOOT], "little") == masked(crc):
                yield data[start:end]
            else:
                self.damaged += 1

    def _is_head(self, head: bytes) -> bool:
        # Most records of a file have one of a few lengths.
        if head not in self._good_heads:
            if not is_record(head):
                return False
            if len(self._good_heads) < 4096:
                self._good_heads.add(head)
        return True
