"""Terminals that cannot show Unicode: every character on screen is replaced by an ASCII one."""

import locale
import os
from collections.abc import Mapping

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_GROUPS = {
    "-": "─━╌┄┈╴╶–—−",
    "=": "═",
    "|": "│┃║▌▐▎▏▕‖",
    ":": "┊┆╎▒",
    "+": "┌┐└┘├┤┬┴┼╭╮╯╰╷╵",
    "*": "•",
    ".": "·…◌░",
    "x": "×✗✓",
    ">": "→▶›",
    "<": "←",
    "^": "↑▲△",
    "v": "↓▽▼√",
    '"': "“”",
    "'": "‘’▀▔",
    "#": "■█▇▆▅▓",
    "_": "▄▃▂▁",
    "o": "●○□°",
    "@": "◆◇",
    "a": "α", "b": "β", "n": "η", "l": "λ", "t": "τ", "X": "χ", "f": "φϕ", "F": "Φ", "s": "σ",
    "r": "ρ", "0": "₀", "1": "₁", "2": "²₂", "~": "≈±", "8": "∞", "S": "Σ",
}  # fmt: skip
_TABLE = {ord(character): plain for plain, group in _GROUPS.items() for character in group}
_TABLE |= {ord("≤"): "<", ord("≥"): ">"}
_BRAILLE = range(0x2800, 0x2900)


def wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal cannot be trusted with Unicode: its locale's encoding is not UTF-8."""
    name = next((environment[k] for k in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(k)), "")
    if "UTF-8" in name.upper() or "UTF8" in name.upper():
        return False
    # Python turns the C locale into UTF-8 for itself (PEP 538), which says nothing of the terminal.
    return name in ("", "C", "POSIX") or locale.getpreferredencoding(False).upper() != "UTF-8"


def ascii_text(text: str) -> str:
    """`text` in as many ASCII characters as it had columns."""
    if text.isascii():
        return text
    return "".join(_ascii_character(character) for character in text.translate(_TABLE))


def _ascii_character(character: str) -> str:
    if character.isascii():
        return character
    if ord(character) in _BRAILLE:
        dots = (ord(character) - 0x2800).bit_count()
        return " .::++**#"[dots]
    return "?"


class AsciiFilter(LineFilter):
    """The last step before the terminal: see `ascii_text`."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """`segments` with ASCII characters of the same width."""
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(ascii_text(segment.text), segment.style)
            for segment in segments
        ]
