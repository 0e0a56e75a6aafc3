"""The wire format of Protocol Buffers: the fields of a message, without its schema."""

from collections.abc import Iterator

from engine.storage.errors import EdgeChaosError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Wire types."""


class Malformed(EdgeChaosError):
    """Bytes that are not the expected message."""


def fields_of(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the fields of a message by number: varints as ints, all others as bytes."""
    at, size = 0, len(data)
    while at < size:
        key, at = varint_at(data, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = varint_at(data, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            length, at = varint_at(data, at)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise Malformed(f"there is no wire type {kind}")
        end = at + length
        if end > size:
            raise Malformed("a field ends beyond its message")
        yield key >> 3, data[at:end]
        at = end


def varint_at(data: bytes, at: int) -> tuple[int, int]:
    """The varint at byte `at`, and the place after it. Raises Malformed."""
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise Malformed("a number has no end")


def varints_of(data: bytes) -> Iterator[int]:
    """Yield the packed varints of `data`. Raises Malformed."""
    at = 0
    while at < len(data):
        value, at = varint_at(data, at)
        yield value


def signed(value: int | bytes) -> int:
    """A varint as a signed 64-bit number. Raises Malformed for bytes."""
    if not isinstance(value, int):
        raise Malformed("a number was expected")
    value &= 2**64 - 1
    return value - 2**64 if value >= 2**63 else value


def bytes_of(value: int | bytes, size: int | None = None) -> bytes:
    """`value` as bytes, `size` of them if given. Raises Malformed for anything else."""
    if not isinstance(value, bytes) or (size is not None and len(value) != size):
        raise Malformed("bytes were expected")
    return value


def text_of(value: int | bytes) -> str:
    """`value` as text, with replacements for invalid UTF-8. Raises Malformed for a number."""
    return bytes_of(value).decode("utf-8", "replace")
