"""Bytes as terminals, broken lines and cats on keyboards send them, drawn from a seed."""

import random
from collections.abc import Iterator

_TEXT = "xyqrsEnN0123456789;:=,.?!/\\ \"'()\r\n\t"
_KEYS = _TEXT + "abcdfgjklmopvwzCFIPRTWX"
_NO_KEY_ENDS = "abcdfghijklmnopqstvwxyz@IJKLMNOTUVWXY^`{|}"
_STRINGS = (b"]", b"P", b"_", b"^", b"X")
# Any control character ends a string early, so that who typed its beginning can go on.
_IN_STRINGS = "".join(character for character in _TEXT if character >= " ")
_SWALLOWED_SECONDS = 5.0

Piece = tuple[bytes, float]
"""Bytes, and how many seconds pass before the next ones."""


def pieces(rng: random.Random, data: bytes) -> Iterator[Piece]:
    """`data` split anywhere, with pauses as on a fast and on a slow line."""
    while data:
        length = rng.randint(1, len(data)) if rng.random() < 0.5 else len(data)
        yield data[:length], rng.choice((0.0, 0.0, 0.02, 0.25))
        data = data[length:]


def no_key(rng: random.Random) -> Iterator[Piece]:
    """What no key sends: reports, replies, unknown sequences, broken characters, a paste."""
    kind = rng.randrange(8)
    text = "".join(rng.choices(_TEXT, k=rng.randint(0, 30))).encode()
    within = "".join(rng.choices(_IN_STRINGS, k=rng.randint(0, 30))).encode()
    if kind == 0:
        yield from pieces(rng, bytes(rng.randint(0x80, 0xFF) for _ in range(rng.randint(1, 6))))
    elif kind == 1:
        end = rng.choice((b"\x07", b"\x1b\\"))
        # The introducer comes in one piece: an escape by itself is a key.
        yield b"\x1b" + rng.choice(_STRINGS), 0.0
        yield from pieces(rng, within + end)
    elif kind == 2:
        # Without its end: what follows soon is of it, and then it is over.
        yield b"\x1b" + rng.choice(_STRINGS) + within, _SWALLOWED_SECONDS
    elif kind in (3, 4):
        private = rng.choice((b"", b"?", b"<", b"=", b">"))
        numbers = "".join(rng.choices("0123456789;:", k=rng.randint(0, 12))).encode()
        between = rng.choice((b"", b"", b" ", b"$", b"!"))
        sequence = b"\x1b[" + private + numbers + between + rng.choice(_NO_KEY_ENDS).encode()
        yield sequence if private != b"<" else sequence[:-1] + b"h", 0.3
    elif kind == 5:
        report = bytes(rng.randint(0x20, 0xFF) for _ in range(3))
        yield b"\x1b[M" + report, 0.3
    elif kind == 6:
        place = rng.choice((b"NaN;NaN;NaN", b"-1;-1;-1", b"35;999999999;1", b";;"))
        yield b"\x1b[<" + place + rng.choice((b"h", b"x")), 0.3
    else:
        yield from pieces(rng, b"\x1b[200~" + text.replace(b"\x1b", b"") + b"\x1b[201~")


def anything(rng: random.Random) -> Iterator[Piece]:
    """Any bytes at all: keys, clicks, bursts of text, halves of sequences."""
    kind = rng.randrange(4)
    if kind == 0:
        data = bytes(rng.randrange(256) for _ in range(rng.randint(1, 12)))
    elif kind == 1:
        data = "".join(rng.choices(_KEYS, k=rng.randint(1, 12))).encode()
    elif kind == 2:
        numbers = ";".join(str(rng.randint(0, 300)) for _ in range(rng.randint(0, 3)))
        before, end = rng.choice(("", "<", "?", "O")), rng.choice("ABCDEFHMPQRSZmu~")
        data = f"\x1b[{before}{numbers}{end}".encode()
    else:
        data = rng.choice(("é", "字", "🙂", "\u202e", "\x9b31m", "\x7f" * 9, "\t\t\r")).encode()
    # What only quits would leave little to try.
    yield from pieces(rng, data.replace(b"q", b"").replace(b"\x11", b"").replace(b"\x1a", b""))
