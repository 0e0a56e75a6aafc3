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
    """From the gateway: the run begun under `incarnation` has ended."""

    incarnation: str


GatewayMessage = Ready | Ended
_messages = msgspec.json.Decoder(GatewayMessage)
_begins = msgspec.json.Decoder(Begin)


def encode(message: Begin | GatewayMessage) -> bytes:
    """`message` as one line, newline included."""
    return msgspec.json.encode(message) + b"\n"


def decode_message(line: bytes) -> GatewayMessage:
    """The gateway's message on `line`. Raises msgspec.DecodeError."""
    message: GatewayMessage = _messages.decode(line)
    return message


def decode_begin(line: bytes) -> Begin:
    """The coordinator's request on `line`. Raises msgspec.DecodeError."""
    return _begins.decode(line)
