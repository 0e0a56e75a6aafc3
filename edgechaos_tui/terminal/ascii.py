"""ASCII in the place of all characters, for terminals that cannot show Unicode."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

VARIABLE: Final = "EDGECHAOS_ASCII"
_OFF: Final = ("0", "no", "off", "false")
_WITHOUT_BRAILLE: Final = ("linux", "vt", "dumb", "cons25")
"""Kinds of terminals (TERM) whose font has too few characters in any locale."""

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


def wanted(environment: Mapping[str, str] | None = None) -> bool:
    """Whether to show ASCII only: on request, or by the terminal's locale or kind.

    environment: by default that of this process, without the variables that Python itself set.
    """
    variables = _environment() if environment is None else environment
    if asked := variables.get(VARIABLE, "").strip().lower():
        return asked not in _OFF
    # By the name alone: in the C locale Python reports UTF-8 everywhere.
    locale = next((variables[k] for k in ("LC_ALL", "LC_CTYPE", "LANG") if variables.get(k)), "")
    utf8 = "UTF-8" in locale.upper() or "UTF8" in locale.upper()
    return not utf8 or variables.get("TERM", "").startswith(_WITHOUT_BRAILLE)


def _environment() -> Mapping[str, str]:
    """The environment as the process was started with it.

    Python sets LC_CTYPE in the C locale (PEP 538); the kernel keeps the first environment.
    """
    environment = dict(os.environ)
    try:
        was_set = b"\0LC_CTYPE=" in b"\0" + Path("/proc/self/environ").read_bytes()
    except OSError:
        was_set = environment.get("LANG", "C") not in ("", "C", "POSIX")
    if not was_set:
        environment.pop("LC_CTYPE", None)
    return environment


def ascii_text(text: str) -> str:
    """`text` as ASCII characters, as many as it had columns."""
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
