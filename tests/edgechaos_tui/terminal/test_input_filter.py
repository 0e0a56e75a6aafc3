"""Input is cut into whole pieces, whatever pieces it comes in; nothing of a sequence is a key."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgechaos_tui.terminal.input_driver import known
from edgechaos_tui.terminal.input_filter import (
    ESCAPE_SECONDS,
    SEQUENCE_SECONDS,
    Input,
    InputFilter,
    Kind,
)

COLOUR = b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\"
VERSION = b"\x1bP>|XTerm(370)\x1b\\"
MEANINGLESS = {
    "colour reply": COLOUR,
    "colour reply ended by BEL": b"\x1b]11;rgb:ffff/ffff/ffff\x07",
    "version reply": VERSION,
    "title with a return": b"\x1b]lname\r\n\x1b\\",
    "reply in lines": b"\x1bP1$r\tq\nd\ry\x1b\\",
    "kitty graphics": b"\x1b_Gi=31;OK\x1b\\",
    "privacy message": b"\x1b^xxx\x1b\\",
    "device attributes": b"\x1b[?62;22c",
    "secondary attributes": b"\x1b[>41;370;0c",
    "kitty flags": b"\x1b[?1u",
    "size in the line": b"\x1b[48;24;80;0;0t",
    "mode 2048": b"\x1b[?2048;2$y",
    "mouse at NaN": b"\x1b[<35;NaN;NaNM",
    "old mouse": b"\x1b[M \xff\xffx"[:6],
    "key let go": b"\x1b[120;1:3u",
    "cursor position": b"\x1b[12;40R",
    "unknown function key": b"\x1b[120;1~",
    "character set": b"\x1b(B",
    "alt and x": b"\x1bx",
    "very long": b"\x1b]52;c;" + b"xyrn" * 4000 + b"\x07",
    "very long number": b"\x1b[" + b"1" * 9000 + b"A",
    "surrogate": b"\x1b[55357u",
}


def _pieces(*parts: bytes, apart: float = 0.0) -> list[Input]:
    source, now, pieces = InputFilter(), 100.0, []
    for part in parts:
        now += apart
        pieces += source.feed(part, now)
    return [*pieces, *source.tick(now + 2 * SEQUENCE_SECONDS)]


def _keys(pieces: list[Input]) -> str:
    """What reaches the app."""
    return "".join(
        known(p.text) if p.kind is Kind.SEQUENCE and p.text != "\x1b" else p.text for p in pieces
    )


@pytest.mark.parametrize("data", MEANINGLESS.values(), ids=MEANINGLESS)
def test_what_is_not_known_is_thrown_away_whole(data: bytes) -> None:
    assert _keys(_pieces(data + b"n")) == "n"


# With a pause behind the escape these are the escape key and characters.
TOGETHER = ("character set", "alt and x", "very long", "very long number")


@pytest.mark.parametrize("name", [name for name in MEANINGLESS if name not in TOGETHER])
def test_also_byte_by_byte_on_a_slow_line(name: str) -> None:
    data = MEANINGLESS[name]
    assert not _keys(_pieces(*[data[i : i + 1] for i in range(len(data))], apart=0.25))


def test_an_arrow_key_in_pieces_is_an_arrow_key() -> None:
    assert _pieces(b"\x1b", b"[", b"A", apart=0.25) == [Input(Kind.SEQUENCE, "\x1b[A")]
    late = _pieces(b"\x1b", b"[", b"A", apart=ESCAPE_SECONDS + 0.1)
    assert [piece.text for piece in late] == ["\x1b", "\x1b[A"]


def test_escape_is_a_key() -> None:
    assert _keys(_pieces(b"\x1b")) == "\x1b"
    assert _keys(_pieces(b"\x1b\x1b")) == "\x1b\x1b"
    assert _keys(_pieces(b"\x1b", b"n", apart=0.1)) == "\x1bn"


def test_what_is_no_utf8_is_replaced() -> None:
    assert _keys(_pieces(b"caf\xe9")) == "caf\ufffd"
    assert _keys(_pieces(b"\xe9", b"x", apart=1)) == "\ufffdx"
    assert _keys(_pieces(b"\xc3", b"\xa9", apart=0.1)) == "é"
    assert _keys(_pieces(b"\xe9\x1b[A")) == "\ufffd\x1b[A"


def test_sub_fields_of_a_key_report_are_left_out() -> None:
    assert known("\x1b[97:65;2:1;65u") == "\x1b[97;2;65u"
    assert known("\x1b[97;1u") == "\x1b[97;1;u"
    assert known("\x1b[1;5:2A") == "\x1b[1;5;A"
    assert known("\x1b[97;1;1114112u") == "\x1b[97;1;u"


def test_pastes() -> None:
    whole = [Input(Kind.PASTE, "xy\nz")]
    assert _pieces(b"\x1b[200~xy\nz\x1b[201~") == whole
    assert _pieces(b"\x1b[200~xy", b"\nz\x1b[2", b"01~", apart=0.25) == whole
    # Without its end: the keyboard comes back.
    assert _pieces(b"\x1b[200~xy\nz", b"n", apart=3) == [*whole, Input(Kind.TEXT, "n")]
    escaped = _pieces(b"\x1b[200~xy\nz", b"\x1b", b"n", apart=0.5)
    assert escaped == [*whole, Input(Kind.TEXT, "n")]


def test_a_sequence_without_end_does_not_take_the_keyboard_away() -> None:
    for start in (b"\x1b]11;", b"\x1bP", b"\x1b[", b"\x1b[<", b"\x1bO"):
        assert _keys(_pieces(start, b"n", apart=3)) == "n"
        assert _keys(_pieces(start + b"\x03n")) == "\x03n"


SEQUENCES = st.sampled_from([*MEANINGLESS.values(), b"\x1b[A", b"\x1b[<0;3;4M", b"\x1b"])
NOISE = st.lists(st.one_of(SEQUENCES, st.binary(max_size=6), st.text(max_size=4).map(str.encode)))


@example([b"\x1b", b"\x80\x80"], [1])
@example([b"\x1b", b"\xe2\x82"], [1])
@example([b"\xc2", b"\x1b[A"], [1])
@given(NOISE, st.lists(st.integers(1, 9), min_size=1))
def test_cuts_make_no_difference(parts: list[bytes], sizes: list[int]) -> None:
    data = b"".join(parts)
    cut, at, turn = [], 0, 0
    while at < len(data):
        cut.append(data[at : at + sizes[turn % len(sizes)]])
        at += sizes[turn % len(sizes)]
        turn += 1
    assert _keys(_pieces(*cut)) == _keys(_pieces(data))
