"""Input bytes of a terminal, cut into text, whole escape sequences and pastes.

A terminal sends keys, answers and reports on one line, in pieces of any size, and some of it is not
UTF-8. No part of a sequence may be taken for keys, so a sequence is kept until it is whole (ECMA-48
defines the end of each class) or until nothing more of it came for some time.
"""

import codecs
import re
from enum import Enum
from typing import Final, NamedTuple

ESCAPE: Final = "\x1b"
ESCAPE_SECONDS: Final = 0.3
"""An escape followed by nothing for this long is the key."""
SEQUENCE_SECONDS: Final = 2.0
"""A sequence or paste of which nothing more came for this long has lost its end."""
LATE_SECONDS: Final = 0.7
"""For this long after the escape key, `[` or `O` is the rest of an arrow key on a slow line."""
APART_SECONDS: Final = 0.05
"""Input that comes this long after an escape was not sent together with it."""

_ESC: Final = b"\x1b"
_PASTE_START, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
_INTRODUCERS: Final = b"[O]PX^_"
_LONGEST: Final = 4096


class _Form(NamedTuple):
    """A class of sequences. body: all before the end; whole: with the end."""

    body: re.Pattern[bytes]
    whole: re.Pattern[bytes]


def _form(body: bytes, end: bytes) -> _Form:
    return _Form(re.compile(body, re.DOTALL), re.compile(body + end, re.DOTALL))


_CSI: Final = _form(rb"\x1b\[[0-?]*[ -/]*", rb"[@-~]")
_CSI_FORMS: Final = {
    # Terminals have sent NaN for a coordinate, whose letters would end a sequence.
    b"<": _form(rb"\x1b\[<[ -LN-ln-~]*", rb"[Mm]"),
    # A mouse report in single bytes, and the function keys of the Linux console.
    b"M": _Form(re.compile(rb"\x1b\[M.{0,2}", re.DOTALL), re.compile(rb"\x1b\[M.{3}", re.DOTALL)),
    b"[": _form(rb"\x1b\[\[", rb"[ -~]"),
}
_SS3: Final = _form(rb"\x1bO\d?", rb"[@-~]")
# OSC, DCS, SOS, PM and APC: up to BEL or ST. They may contain format effectors (ECMA-48, 5.6): a
# return within a reply must not be the enter key. Other controls, such as ctrl+c, break them off.
_STRING: Final = _Form(
    re.compile(rb"\x1b[\]PX^_][^\x00-\x07\x0e-\x1f]*(?:\x1b\Z)?"),
    re.compile(rb"\x1b[\]PX^_][^\x00-\x07\x0e-\x1f]*(?:\x07|\x1b\\)"),
)
_CHARACTER_SET: Final = _form(rb"\x1b[ -/]+", rb"[0-~]")
# One character; in UTF-8 its first byte tells how many follow.
_WITH_ALT: Final = _Form(
    re.compile(rb"\x1b(?:[\xc2-\xf4][\x80-\xbf]{0,2})?"),
    re.compile(
        rb"\x1b(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
        rb"|[^\xc2-\xf4])",
        re.DOTALL,
    ),
)


class Kind(Enum):
    """Kinds of input: characters, one escape sequence (or the key alone), pasted text."""

    TEXT = "text"
    SEQUENCE = "sequence"
    PASTE = "paste"


class Input(NamedTuple):
    """A piece of input that is whole."""

    kind: Kind
    text: str


class InputFilter:
    """Takes bytes as they come, at times that never decrease, and returns the whole pieces."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._pending = b""
        self._pasted: bytearray | None = None
        self._last = 0.0
        self._escaped = -LATE_SECONDS

    def feed(self, data: bytes, now: float) -> list[Input]:
        """The pieces that are whole with `data`, which came at `now` (seconds)."""
        tokens = self.tick(now)
        if not data:
            return tokens
        if self._pending == _ESC and self._pasted is None and data[0] not in _INTRODUCERS:
            if now - self._last > APART_SECONDS:
                tokens += self._lone_escape(now)
        elif not self._pending and data[0] in b"[O" and now - self._escaped < LATE_SECONDS:
            self._pending = _ESC
        self._last = now
        self._pending += data
        while self._pending:
            before = len(self._pending)
            tokens += self._paste() if self._pasted is not None else self._next()
            if len(self._pending) == before:
                break
        return tokens

    def tick(self, now: float) -> list[Input]:
        """The pieces that are whole because nothing more of them came until `now`."""
        silence = now - self._last
        if silence >= ESCAPE_SECONDS:
            if self._pasted is not None and self._pending == _ESC:
                return self._end_paste(b"")
            if self._pending == _ESC:
                return self._lone_escape(now)
            if not self._pending and (text := self._decoder.decode(b"", final=True)):
                return [Input(Kind.TEXT, text)]
        if silence >= SEQUENCE_SECONDS:
            self._pending = b""
            if self._pasted is not None:
                return self._end_paste(b"")
        return []

    def _lone_escape(self, now: float) -> list[Input]:
        self._pending = b""
        self._escaped = now
        return [Input(Kind.SEQUENCE, ESCAPE)]

    def _next(self) -> list[Input]:
        """Take the whole pieces at the front of the pending bytes."""
        pending = self._pending
        if not pending.startswith(_ESC):
            text, escape, rest = pending.partition(_ESC)
            self._pending = escape + rest
            decoded = self._decoder.decode(text, final=bool(escape))
            return [Input(Kind.TEXT, decoded)] if decoded else []
        # A character that an escape breaks off comes before it, wherever the bytes were cut.
        broken = self._decoder.decode(b"", final=True)
        return [*([Input(Kind.TEXT, broken)] if broken else []), *self._next_sequence(pending)]

    def _next_sequence(self, pending: bytes) -> list[Input]:
        if pending.startswith(_ESC + _ESC):
            self._pending = pending[1:]
            return [Input(Kind.SEQUENCE, ESCAPE)]
        length, whole = _sequence(pending)
        if not length and len(pending) > _LONGEST:
            # Its end is still to come; the part that is kept has no meaning any more.
            self._pending = pending[:3] + b"=" + (_ESC if pending.endswith(_ESC) else b"")
            return []
        self._pending = pending[length:]
        sequence = pending[:length]
        if sequence == _PASTE_START:
            self._pasted = bytearray()
            return []
        if whole and length and sequence.isascii():
            return [Input(Kind.SEQUENCE, sequence.decode("ascii"))]
        return []

    def _paste(self) -> list[Input]:
        assert self._pasted is not None
        text, end, rest = self._pending.partition(_PASTE_END)
        if end:
            self._pasted += text
            return self._end_paste(rest)
        # A part of the end marker may have come.
        partial = next((n for n in range(5, 0, -1) if text.endswith(_PASTE_END[:n])), 0)
        self._pasted += text[: len(text) - partial]
        self._pending = text[len(text) - partial :]
        return []

    def _end_paste(self, rest: bytes) -> list[Input]:
        assert self._pasted is not None
        text = self._pasted.decode("utf-8", errors="replace")
        self._pasted, self._pending = None, rest
        return [Input(Kind.PASTE, text)]


def _sequence(pending: bytes) -> tuple[int, bool]:
    """The length of the sequence at the front, and whether it is whole; 0 while more must come.

    A broken sequence ends before the character that breaks it off.
    """
    form = _form_of(pending)
    if match := form.whole.match(pending):
        return match.end(), True
    body = form.body.match(pending)
    end = body.end() if body else len(pending)
    return (0, False) if end == len(pending) else (end, False)


def _form_of(pending: bytes) -> _Form:
    first = pending[1:2]
    if first == b"[":
        return _CSI_FORMS.get(pending[2:3], _CSI)
    if first == b"O":
        return _SS3
    if first and first in b"]PX^_":
        return _STRING
    if first and first in b" !\"#$%&'()*+,-./":
        return _CHARACTER_SET
    return _WITH_ALT
