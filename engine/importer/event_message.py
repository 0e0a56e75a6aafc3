"""TensorBoard's `Event` message: the fields of its protobuf that hold a run's scalars.

The numbers of fields are those in tensorboard/compat/proto/{event,summary,tensor}.proto.
"""

import json
import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from engine.importer.protobuf import (
    Malformed,
    bytes_of,
    fields_of,
    signed,
    text_of,
    varint_at,
    varints_of,
)

_DOUBLE: Final = struct.Struct("<d")
_FLOAT: Final = struct.Struct("<f")
_STRING: Final = 7
_PACKED: Final = {
    1: (5, "f"), 2: (6, "d"), 3: (7, ""), 4: (7, ""), 5: (7, ""), 6: (7, ""), 9: (10, ""),
    10: (11, ""), 14: (13, ""), 17: (7, ""), 19: (13, ""), 22: (16, ""), 23: (17, ""),
}  # fmt: skip
"""By type of a tensor: the field of its values, and the format of each ("": a varint)."""
_BITS: Final[dict[int, Callable[[float], float]]] = {
    14: lambda bits: _FLOAT.unpack(struct.pack("<I", int(bits) << 16 & 0xFFFFFFFF))[0],
    19: lambda bits: struct.unpack("<e", struct.pack("<H", int(bits) & 0xFFFF))[0],
}
"""By type of a tensor: the value of bits that are stored as a number (bfloat16 and half)."""
_CONTENT: Final = {
    1: "f", 2: "d", 3: "i", 4: "B", 5: "h", 6: "b", 9: "q", 10: "?", 17: "H", 19: "e", 22: "I",
    23: "Q",
}  # fmt: skip
"""By type of a tensor: the format of one value in `tensor_content`."""
_KINDS: Final = {3: "histogram", 4: "image", 5: "histogram", 6: "audio"}
_START: Final = 1
_PLAIN_SCALAR: Final = re.compile(
    rb"\x09(.{8})(?:\x10([\x80-\xff]{0,9}[\x00-\x7f]))?"
    rb"\x2a([\x00-\x7f])\x0a([\x00-\x7f])\x0a([\x00-\x7f])(.*)\x15(.{4})",
    re.DOTALL,
)
"""An event with one `simple_value`, as PyTorch and tensorboardX write them; most events of most
files are such, and this is five times faster than field by field."""


@dataclass
class Message:
    """The content of one event.

    wall: seconds since 1970; not_scalars: other tags, with their kinds; config: hyperparameters,
    nested as given; restarts: whether the run continues from `step`.
    """

    wall: float = math.nan
    step: int = 0
    scalars: list[tuple[str, float]] = field(default_factory=list)
    not_scalars: list[tuple[str, str]] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    restarts: bool = False


def read_message(data: bytes) -> Message:
    """The event in `data`. Raises Malformed."""
    if (plain := _PLAIN_SCALAR.fullmatch(data)) and _lengths_agree(plain):
        wall, step, *_, tag, value = plain.groups()
        return Message(
            wall=_DOUBLE.unpack(wall)[0],
            step=signed(varint_at(step, 0)[0]) if step else 0,
            scalars=[(tag.decode("utf-8", "replace"), _FLOAT.unpack(value)[0])],
        )
    message = Message()
    summary = session = b""
    for number, value in fields_of(data):
        if number == 1:
            message.wall = _DOUBLE.unpack(bytes_of(value, 8))[0]
        elif number == 2:
            message.step = signed(value)
        elif number == 5:
            summary = bytes_of(value)
        elif number == 7:
            session = bytes_of(value)
    if summary:
        for number, value in fields_of(summary):
            if number == 1:
                _take_value(message, bytes_of(value))
    if session:
        message.restarts = any(pair == (1, _START) for pair in fields_of(session))
    return message


def _lengths_agree(plain: re.Match[bytes]) -> bool:
    """Whether the stored lengths of the parts agree with the parts."""
    size = len(plain[6])
    return plain[5][0] == size and plain[4][0] == size + 7 and plain[3][0] == size + 9


def _take_value(message: Message, data: bytes) -> None:
    tag, kind, plugin = "", "", b""
    for number, value in fields_of(data):
        if number == 1:
            tag = text_of(value)
        elif number == 2:
            message.scalars.append((tag, _FLOAT.unpack(bytes_of(value, 4))[0]))
            return
        elif number == 8:
            kind = "tensor"
            tensor = bytes_of(value)
        elif number == 9:
            plugin = bytes_of(value)
        elif number in _KINDS:
            kind = _KINDS[number]
    name, content = _plugin(plugin) if plugin else ("", b"")
    if name == "hparams":
        message.config |= _hyperparameters(content)
    elif kind == "tensor":
        _take_tensor(message, tag, name, tensor)
    elif kind:
        message.not_scalars.append((tag, kind))


def _take_tensor(message: Message, tag: str, plugin: str, data: bytes) -> None:
    fields = list(fields_of(data))
    kind = next((int(value) for number, value in fields if number == 1 and value), 0)
    if kind == _STRING:
        texts = [text_of(value) for number, value in fields if number == 8]
        arguments = _arguments(tag, texts)
        message.config |= arguments
        if not arguments:
            message.not_scalars.append((tag, plugin.rstrip("s") or "text"))
        return
    values = _numbers(kind, fields)
    if len(values) == 1:
        message.scalars.append((tag, values[0]))
    else:
        message.not_scalars.append((tag, plugin.rstrip("s") or f"tensor of {len(values)} values"))


def _numbers(kind: int, fields: list[tuple[int, int | bytes]]) -> list[float]:
    content = b"".join(bytes_of(value) for number, value in fields if number == 4)
    if content and kind in _CONTENT:
        number_format = struct.Struct("<" + _CONTENT[kind])
        if len(content) % number_format.size:
            raise Malformed("a tensor's content is not a whole number of values")
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
        return [float(signed(value))]
    if not packed:
        return [float(signed(number)) for number in varints_of(value)]
    number_format = struct.Struct("<" + packed)
    if len(value) % number_format.size:
        raise Malformed("a tensor is not a whole number of values")
    return [number for (number,) in number_format.iter_unpack(value)]


def _plugin(metadata: bytes) -> tuple[str, bytes]:
    """The name and the content of the plugin in a value's metadata."""
    name, content = "", b""
    for number, value in fields_of(metadata):
        if number == 1:
            for inner, part in fields_of(bytes_of(value)):
                if inner == 1:
                    name = text_of(part)
                elif inner == 2:
                    content = bytes_of(part)
    return name, content


def _hyperparameters(content: bytes) -> dict[str, Any]:
    """The hyperparameters in the content of the plugin `hparams` (`session_start_info`)."""
    hyperparameters: dict[str, Any] = {}
    for number, value in fields_of(content):
        if number == 3:
            for inner, entry in fields_of(bytes_of(value)):
                if inner == 1:
                    pair = dict(fields_of(bytes_of(entry)))
                    if pair.get(1) and isinstance(pair.get(2), bytes):
                        hyperparameters[text_of(pair[1])] = _plain(bytes_of(pair[2]))
    return hyperparameters


def _plain(value: bytes) -> Any:
    """The value of a `google.protobuf.Value`; "" for a list or a struct."""
    kinds: dict[int, Callable[[int | bytes], Any]] = {
        2: lambda data: _DOUBLE.unpack(bytes_of(data, 8))[0],
        3: text_of,
        4: bool,
    }
    for number, data in fields_of(value):
        if number in kinds:
            return kinds[number](data)
    return ""


def _arguments(tag: str, texts: list[str]) -> dict[str, Any]:
    """The arguments, or the model's configuration, that Hugging Face's Trainer writes as JSON."""
    if tag.removesuffix("/text_summary") not in ("args", "model_config") or not texts:
        return {}
    try:
        arguments = json.loads(texts[0])
    except (ValueError, RecursionError):
        return {}
    return arguments if isinstance(arguments, dict) else {}
