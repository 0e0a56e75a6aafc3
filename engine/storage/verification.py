"""The messages of a verification, from the process that retrains to the command."""

import msgspec

from engine.storage.line_codec import encode_line


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """The first metric of an epoch that differs from the log; None: not measured."""

    epoch: int
    metric: str
    recorded: float | None
    again: float | None


class Working(msgspec.Struct, tag="working", frozen=True, kw_only=True):
    """The progress: `epoch` of `last` is being trained; seconds_left is None when unknown."""

    stage: str
    epoch: int
    last: int
    seconds_left: float | None = None


class Verdict(msgspec.Struct, tag="verdict", frozen=True, kw_only=True):
    """The result of retraining.

    through: the last epoch compared. agrees: whether every metric agrees with the log to the last
    bit, or within `tolerance` where `differences` lists the changes of the site. exact: to
    the last bit. first: the first metric that disagrees; first_inexact: the first that differs in
    any bit. notes: the parts of the log that could not be judged.
    """

    through: int
    agrees: bool
    exact: bool
    first: Disagreement | None = None
    first_inexact: Disagreement | None = None
    differences: list[str] = []
    tolerance: str = ""
    notes: list[str] = []


class Impossible(msgspec.Struct, tag="impossible", frozen=True, kw_only=True):
    """The verification cannot be done; `text` is one sentence."""

    text: str


Message = Working | Verdict | Impossible
# Lax for the strings "nan", "inf" and "-inf", as in the log.
_decoder = msgspec.json.Decoder(Message, strict=False)


def encode(message: Message) -> bytes:
    """`message` as one line, newline included."""
    return encode_line(message)


def decode(line: bytes) -> Message:
    """The message on `line`. Raises msgspec.DecodeError."""
    message: Message = _decoder.decode(line)
    return message
