"""The codec of events as lines of JSON, `type` first.

Numbers that are not finite are data, written as the strings "nan", "inf" and "-inf".
"""

import math
from collections.abc import Container
from typing import Any, Final, Generic, TypeVar, get_args

import msgspec

from engine.storage.errors import DamagedLine, EdgeChaosError, NewerSchema, UnknownEvent

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""The exceptions that decoding JSON raises, whatever the input."""

Line = TypeVar("Line")


class _Head(msgspec.Struct):
    type: str = ""
    schema: Any = None


class LineCodec(Generic[Line]):
    """One line for each event of `union`, tagged structs.

    started: the event whose `schema` is the format of those that follow; this version reads formats
    up to `version`, and `other_versions`. written: the beginning of the sentence on a newer log.
    left_out: fields that a line omits where they are null.
    """

    def __init__(
        self,
        union: Any,
        *,
        started: type[msgspec.Struct],
        version: int,
        other_versions: Container[int] = (),
        written: str,
        left_out: Container[str] = (),
    ) -> None:
        # Lax, because the strings "nan", "inf" and "-inf" are floats.
        self._read = msgspec.json.Decoder(union, strict=False).decode
        self._head = msgspec.json.Decoder(_Head)
        self._tags = {kind.__struct_config__.tag for kind in get_args(union)}
        self._started = started
        self._version = version
        self._other_versions = other_versions
        self._written = written
        self._left_out = left_out

    def encode(self, event: Line) -> bytes:
        """`event` as one line, newline included."""
        plain = msgspec.to_builtins(event)
        return encode_line(
            {
                name: value
                for name, value in plain.items()
                if value is not None or name not in self._left_out
            }
        )

    def decode(self, line: bytes) -> Line:
        """The event on `line`, with or without its newline.

        Raises UnknownEvent, DamagedLine or NewerSchema.
        """
        try:
            event: Any = self._read(line)
        except UNREADABLE as error:
            raise self._decode_error(line, error) from None
        if isinstance(event, self._started):
            self._refuse_newer(event)
        decoded: Line = event
        return decoded

    def _decode_error(self, line: bytes, error: Exception) -> EdgeChaosError:
        try:
            head = self._head.decode(line)
            if head.type == self._started.__struct_config__.tag:
                self._refuse_newer(head)
        except NewerSchema as newer:
            return newer
        except UNREADABLE:
            return DamagedLine(str(error))
        if head.type and head.type not in self._tags:
            return UnknownEvent(head.type)
        return DamagedLine(str(error))

    def _refuse_newer(self, started: Any) -> None:
        schema = started.schema
        if (
            isinstance(schema, int)
            and schema > self._version
            and schema not in self._other_versions
        ):
            raise NewerSchema(
                f"{self._written} in format {schema}, and this version reads format "
                f"{self._version}: install a newer edgechaos-tui to open it"
            )


def encode_line(value: object) -> bytes:
    """`value` as one line of JSON, newline included."""
    return msgspec.json.encode(spell_not_finite(msgspec.to_builtins(value))) + b"\n"


def spell_not_finite(value: Any) -> Any:
    """`value` (builtins only) with "nan", "inf" and "-inf" for floats that JSON cannot spell."""
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {key: spell_not_finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [spell_not_finite(item) for item in value]
    return value
