"""Messages between the coordinator and its gateway to a Ray cluster, a JSON object a line."""

import msgspec


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """To the gateway: train the session in `folder`."""

    folder: str
    incarnation: str


class Ready(msgspec.Struct, tag="ready", frozen=True, kw_only=True):
    """From the gateway: it has reached the cluster, which has `cpus` cores."""

    cpus: int


class Ended(msgspec.Struct, tag="ended", frozen=True, kw_only=True):
    """From the gateway: it is done with what it began under `incarnation`."""

    incarnation: str


Said = Ready | Ended
_said = msgspec.json.Decoder(Said)
_begin = msgspec.json.Decoder(Begin)


def encode(words: Begin | Said) -> bytes:
    """`words` as one line, newline included."""
    return msgspec.json.encode(words) + b"\n"


def decode_said(line: bytes) -> Said:
    """What the gateway says on `line`. Raises msgspec.DecodeError."""
    said: Said = _said.decode(line)
    return said


def decode_begin(line: bytes) -> Begin:
    """What the coordinator asks for on `line`. Raises msgspec.DecodeError."""
    return _begin.decode(line)
