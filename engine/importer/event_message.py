"""TensorBoard's `Event` message: the fields of its protobuf that a run's scalars are read from.

Numbers of fields as in tensorboard/compat/proto/{event,summary,tensor}.proto.
"""

import json
import math
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from engine.storage.errors import EdgeChaosError

_DOUBLE: Final = struct.Struct("<d")
_FLOAT: Final = struct.Struct("<f")
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_STRING: Final = 7
_PACKED: Final = {
    1: (5, "f"), 2: (6, "d"), 3: (7, ""), 4: (7, ""), 5: (7, ""), 6: (7, ""), 9: (10, ""),
    10: (11, ""), 14: (13, ""), 17: (7, ""), 19: (13, ""), 22: (16, ""), 23: (17, ""),
}  # fmt: skip
"""By type of a tensor: the field with its values, and how one is packed ("": a varint)."""
_BITS: Final[dict[int, Callable[[float], float]]] = {
    14: lambda bits: _FLOAT.unpack(struct.pack("<I", int(bits) << 16 & 0xFFFFFFFF))[0],
    19: lambda bits: struct.unpack("<e", struct.pack("<H", int(bits) & 0xFFFF))[0],
}
"""By type of a tensor: the value of bits that stand as a number (bfloat16 and half)."""
_CONTENT: Final = {
    1: "f", 2: "d", 3: "i", 4: "B", 5: "h", 6: "b", 9: "q", 10: "?", 17: "H", 19: "e", 22: "I",
    23: "Q",
}  # fmt: skip
"""By type of a tensor: how one value stands in `tensor_content`."""
_KINDS: Final = {3: "histogram", 4: "image", 5: "histogram", 6: "audio"}
_START: Final = 1
_PLAIN_SCALAR: Final = re.compile(
    rb"\x09(.{8})(?:\x10([\x80-\xff]{0,9}[\x00-\x7f]))?"
    rb"\x2a([\x00-\x7f])\x0a([\x00-\x7f])\x0a([\x00-\x7f])(.*)\x15(.{4})",
    re.DOTALL,
)
"""An event with one `simple_value`, as PyTorch and tensorboardX write them; most events of most
files are such, and this is five times quicker than field by field."""


class Malformed(EdgeChaosError):
    """Bytes that are no such message."""


@dataclass
class Message:
    """What one event says. others: tags that are no scalars, with what they are; restarts: the run
    goes on from `step`; config: hyperparameters that it tells, nested as they were."""

    wall: float = math.nan
    step: int = 0
    scalars: list[tuple[str, float]] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    restarts: bool = False


def read_message(data: bytes) -> Message:
    """The event in `data`. Raises Malformed."""
    if (plain := _PLAIN_SCALAR.fullmatch(data)) and _lengths_agree(plain):
        wall, step, *_, tag, value = plain.groups()
        return Message(
            wall=_DOUBLE.unpack(wall)[0],
            step=_signed(_varint(step, 0)[0]) if step else 0,
            scalars=[(tag.decode("utf-8", "replace"), _FLOAT.unpack(value)[0])],
        )
    message = Message()
    summary = session = b""
    for number, value in _fields(data):
        if number == 1:
            message.wall = _DOUBLE.unpack(_bytes(value, 8))[0]
        elif number == 2:
            message.step = _signed(value)
        elif number == 5:
            summary = _bytes(value)
        elif number == 7:
            session = _bytes(value)
    if summary:
        for number, value in _fields(summary):
            if number == 1:
                _take_value(message, _bytes(value))
    if session:
        message.restarts = any(pair == (1, _START) for pair in _fields(session))
    return message


def _lengths_agree(plain: re.Match[bytes]) -> bool:
    """Whether its parts are as long as they say."""
    size = len(plain[6])
    return plain[5][0] == size and plain[4][0] == size + 7 and plain[3][0] == size + 9


def _take_value(message: Message, data: bytes) -> None:
    tag, kind, plugin = "", "", b""
    for number, value in _fields(data):
        if number == 1:
            tag = _text(value)
        elif number == 2:
            message.scalars.append((tag, _FLOAT.unpack(_bytes(value, 4))[0]))
            return
        elif number == 8:
            kind = "tensor"
            tensor = _bytes(value)
        elif number == 9:
            plugin = _bytes(value)
        elif number in _KINDS:
            kind = _KINDS[number]
    name, content = _plugin(plugin) if plugin else ("", b"")
    if name == "hparams":
        message.config |= _hyperparameters(content)
    elif kind == "tensor":
        _take_tensor(message, tag, name, tensor)
    elif kind:
        message.others.append((tag, kind))


def _take_tensor(message: Message, tag: str, plugin: str, data: bytes) -> None:
    fields = list(_fields(data))
    kind = next((int(value) for number, value in fields if number == 1 and value), 0)
    if kind == _STRING:
        texts = [_text(value) for number, value in fields if number == 8]
        arguments = _arguments(tag, texts)
        message.config |= arguments
        if not arguments:
            message.others.append((tag, plugin.rstrip("s") or "text"))
        return
    values = _numbers(kind, fields)
    if len(values) == 1:
        message.scalars.append((tag, values[0]))
    else:
        message.others.append((tag, plugin.rstrip("s") or f"tensor of {len(values)} values"))


def _numbers(kind: int, fields: list[tuple[int, int | bytes]]) -> list[float]:
    content = b"".join(_bytes(value) for number, value in fields if number == 4)
    if content and kind in _CONTENT:
        number_format = struct.Struct("<" + _CONTENT[kind])
        if len(content) % number_format.size:
            raise Malformed("a tensor's content has no whole number of values")
        return [float(value) for (value,) in number_format.iter_unpack(content)]
    if kind not in _PACKED:
        return []
    place, packed = _PACKED[kind]
    values: list[float] = []
    for number, value in fields:
        if number == place:
            values += _unpacked(value, packed)
    return list(map(_BITS[kind], values)) if kind in _BITS else values


def _unpacked(value: int | bytes, packed: str) -> list[float]:
    if isinstance(value, int):
        return [float(_signed(value))]
    if not packed:
        return [float(_signed(one)) for one in _varints(value)]
    one = struct.Struct("<" + packed)
    if len(value) % one.size:
        raise Malformed("a tensor has no whole number of values")
    return [number for (number,) in one.iter_unpack(value)]


def _plugin(metadata: bytes) -> tuple[str, bytes]:
    """The plugin that a value is for, and what it is told."""
    name, content = "", b""
    for number, value in _fields(metadata):
        if number == 1:
            for inner, told in _fields(_bytes(value)):
                if inner == 1:
                    name = _text(told)
                elif inner == 2:
                    content = _bytes(told)
    return name, content


def _hyperparameters(content: bytes) -> dict[str, Any]:
    """The hyperparameters in the content of the plugin `hparams` (`session_start_info`)."""
    hyperparameters: dict[str, Any] = {}
    for number, value in _fields(content):
        if number == 3:
            for inner, entry in _fields(_bytes(value)):
                if inner == 1:
                    pair = dict(_fields(_bytes(entry)))
                    if pair.get(1) and isinstance(pair.get(2), bytes):
                        hyperparameters[_text(pair[1])] = _plain(_bytes(pair[2]))
    return hyperparameters


def _plain(value: bytes) -> Any:
    """A `google.protobuf.Value` that is no list and no struct."""
    kinds: dict[int, Callable[[int | bytes], Any]] = {
        2: lambda told: _DOUBLE.unpack(_bytes(told, 8))[0],
        3: _text,
        4: bool,
    }
    for number, told in _fields(value):
        if number in kinds:
            return kinds[number](told)
    return ""


def _arguments(tag: str, texts: list[str]) -> dict[str, Any]:
    """What Hugging Face's Trainer writes as a text: its arguments, and the model's, as JSON."""
    if tag.removesuffix("/text_summary") not in ("args", "model_config") or not texts:
        return {}
    try:
        arguments = json.loads(texts[0])
    except (ValueError, RecursionError):
        return {}
    return arguments if isinstance(arguments, dict) else {}


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message by their numbers: varints as ints, all else as bytes."""
    at, size = 0, len(data)
    while at < size:
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            length, at = _varint(data, at)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise Malformed(f"there is no wire type {kind}")
        end = at + length
        if end > size:
            raise Malformed("a field ends beyond its message")
        yield key >> 3, data[at:end]
        at = end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise Malformed("a number has no end")


def _varints(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _signed(value: int | bytes) -> int:
    if not isinstance(value, int):
        raise Malformed("a number was expected")
    value &= 2**64 - 1
    return value - 2**64 if value >= 2**63 else value


def _bytes(value: int | bytes, size: int | None = None) -> bytes:
    if not isinstance(value, bytes) or (size is not None and len(value) != size):
        raise Malformed("bytes were expected")
    return value


def _text(value: int | bytes) -> str:
    return _bytes(value).decode("utf-8", "replace")
