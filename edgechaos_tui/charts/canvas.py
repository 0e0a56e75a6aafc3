"""A grid of characters with colours, as numpy arrays, and the differences between two of them.

A whole chart is drawn again and compared with the last drawing, which is cheap; only the spans that
differ go to the terminal, where bytes on a slow line are expensive.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edgechaos_tui.charts.palette import LEVELS, ROLES, Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]

BRAILLE = 0x2800
_SPACE = ord(" ")
# The dots of a braille cell: how far down, how far right, and the bit in the character's code.
_DOTS = [
    (down, right, np.uint32(1 << bit))
    for right, column in enumerate(((0, 1, 2, 6), (3, 4, 5, 7)))
    for down, bit in enumerate(column)
]

# A paint is one integer, so that a grid of them compares and fills as an array: the foreground's
# index, the background's index, bold. Index 0 is the widget's own colour; the roles follow, then
# the levels of a field's colour ramp and of a heat map's, then a field's three shades for terminals
# of few colours.
_BACKGROUND = 1 << 8
_GROUND = 0xFF * _BACKGROUND
_BOLD = 1 << 16
_INDEX = {role: i for i, role in enumerate(ROLES)}
FIRST_LEVEL = 64
FIRST_HEAT = FIRST_LEVEL + LEVELS
FIRST_SHADE = 128

# Two changed spans in a row with fewer cells than this between them are sent as one: moving the
# cursor and setting the colour again costs about as many bytes.
_JOIN = 10


def paint(role: Role, *, bold: bool = False) -> int:
    """The paint of text in a role, on the widget's own background."""
    return _INDEX[role] | (_BOLD if bold else 0)


def block_paints(upper: NDArray[np.int32], lower: NDArray[np.int32]) -> NDArray[np.int32]:
    """The paints of half blocks ▀ with these ramp levels above and below; −1 for no colour."""
    above = np.where(upper >= 0, upper + FIRST_LEVEL, 0)
    below = np.where(lower >= 0, lower + FIRST_LEVEL, 0)
    paints: NDArray[np.int32] = (above + below * _BACKGROUND).astype(np.int32)
    return paints


def ground(level: int) -> int:
    """The paint of a background. level: FIRST_LEVEL or FIRST_HEAT, plus a level of that ramp."""
    return level * _BACKGROUND


@dataclass(frozen=True, slots=True)
class PaintParts:
    """The parts of a paint: role indices or ramp levels; 0 is the widget's own colour."""

    foreground: int
    background: int
    bold: bool

    @classmethod
    def of(cls, paint: int) -> PaintParts:
        """The parts of a paint."""
        return cls(paint & 0xFF, (paint >> 8) & 0xFF, bool(paint & _BOLD))


@dataclass(frozen=True, slots=True)
class Span:
    """Cells start … end − 1 of one row."""

    row: int
    start: int
    end: int


_TO_ASCII = str.maketrans(
    {
        "─": "-",
        "━": "=",
        "┄": "-",
        "╌": "-",
        "┊": ":",
        "│": "|",
        "├": "+",
        "┤": "+",
        "┬": "+",
        "┴": "+",
        "└": "+",
        "·": ".",
        "…": "~",
        "−": "-",
        "–": "-",
        "×": "x",
        "✗": "x",
        "✓": "+",
        "±": "~",
        "₀": "0",
        "²": "2",
        "λ": "l",
        "η": "n",
        "α": "a",
        "τ": "t",
        "χ": "X",
        "○": "o",
        "●": "@",
        "▲": "^",
        "▴": "^",
        "▾": "v",
        "≤": "<",
        "▽": "v",
        "▶": ">",
        "‖": "|",
        "◆": "#",
        "░": ".",
        "▒": ":",
        "▓": "#",
        "█": "#",
    }
)


def plain(text: str) -> str:
    """The text in ASCII, of the same length, for a terminal that shows nothing else."""
    return text.translate(_TO_ASCII).encode("ascii", "replace").decode("ascii")


def cells_of(bits: Bits) -> Bits:
    """Whether each cell has a dot, shape (h, w). bits: dots, shape (4h, 2w)."""
    height, width = bits.shape[0] // 4, bits.shape[1] // 2
    return np.asarray(bits.reshape(height, 4, width, 2).any(axis=(1, 3)))


class Canvas:
    """A drawing of width × height cells. Whatever is drawn outside of it is cut off."""

    def __init__(self, width: int, height: int, *, ascii_only: bool = False) -> None:
        self.width = width
        self.height = height
        self.ascii_only = ascii_only
        self.codes = np.full((height, width), _SPACE, dtype=np.uint32)
        self.paints = np.zeros((height, width), dtype=np.int32)
        # True where there is only background so far: labels are put in such places.
        self._free = np.ones((height, width), dtype=bool)

    def text(self, column: int, row: int, text: str, paint: int) -> None:
        """Write `text` from `column` on; backgrounds stay."""
        if not 0 <= row < self.height:
            return
        if self.ascii_only:
            text = plain(text)
        start, end = max(column, 0), min(column + len(text), self.width)
        if start >= end:
            return
        letters = text[start - column : end - column].encode("utf-32-le")
        self.codes[row, start:end] = np.frombuffer(letters, dtype=np.uint32)
        cells = self.paints[row, start:end]
        cells[:] = (cells & _GROUND) | paint
        self._free[row, start:end] = False

    def upright(self, column: int, rows: range, character: str, paint: int) -> None:
        """Write `character` into each of `rows`, one below the other; backgrounds stay."""
        start, end = max(rows.start, 0), min(rows.stop, self.height)
        if start >= end or not 0 <= column < self.width:
            return
        self.codes[start:end, column] = ord(plain(character) if self.ascii_only else character)
        cells = self.paints[start:end, column]
        cells[:] = (cells & _GROUND) | paint
        self._free[start:end, column] = False

    def beneath(self, column: int, row: int, text: str, paint: int) -> None:
        """Write the characters of `text` at cells that are still free; all of it lies inside."""
        cells = slice(column, column + len(text))
        free = self._free[row, cells].copy()
        codes, paints = self.codes[row, cells].copy(), self.paints[row, cells].copy()
        self.text(column, row, text, paint)
        self.codes[row, cells] = np.where(free, self.codes[row, cells], codes)
        self.paints[row, cells] = np.where(free, self.paints[row, cells], paints)

    def fill(
        self, column: int, row: int, codes: NDArray[np.uint32], paints: NDArray[np.int32]
    ) -> None:
        """Put a background of characters and paints, shape (h, w) each, at (column, row)."""
        height, width = codes.shape
        self.codes[row : row + height, column : column + width] = codes
        self.paints[row : row + height, column : column + width] = paints

    def dots(self, column: int, row: int, bits: Bits, paint: int, marker: str = "*") -> None:
        """Draw dots, shape (4h, 2w), as braille from cell (column, row) on; in ASCII as `marker`.

        Dots join those already in a cell; a cell with new dots takes the new colour.
        """
        height, width = bits.shape[0] // 4, bits.shape[1] // 2
        patterns = np.zeros((height, width), dtype=np.uint32)
        for down, right, dot in _DOTS:
            patterns |= np.where(bits[down::4, right::2], dot, np.uint32(0))
        touched = patterns > 0
        codes = self.codes[row : row + height, column : column + width]
        paints = self.paints[row : row + height, column : column + width]
        if self.ascii_only:
            codes[touched] = ord(marker)
        else:
            braille = (codes >= BRAILLE) & (codes < BRAILLE + 256)
            existing = np.where(braille, codes - BRAILLE, 0)
            codes[touched] = (BRAILLE + (existing | patterns))[touched]
        paints[touched] = (paints[touched] & _GROUND) | paint
        self._free[row : row + height, column : column + width][touched] = False

    def recolour(self, column: int, row: int, cells: Bits, paint: int, marker: str) -> None:
        """Give `cells`, shape (h, w) from (column, row) on, this paint; in ASCII also `marker`."""
        height, width = cells.shape
        paints = self.paints[row : row + height, column : column + width]
        paints[cells] = (paints[cells] & _GROUND) | paint
        if self.ascii_only:
            self.codes[row : row + height, column : column + width][cells] = ord(marker)

    def is_free(self, column: int, row: int, length: int) -> bool:
        """Whether `length` cells from (column, row) on lie inside and are free."""
        if not (0 <= row < self.height and column >= 0 and column + length <= self.width):
            return False
        return bool(self._free[row, column : column + length].all())

    def label(self, text: str, spots: Iterable[tuple[int, int]], paint: int) -> bool:
        """Write `text` at the first free one of `spots`; returns whether there was one."""
        for column, row in spots:
            if self.is_free(column, row, len(text)):
                self.text(column, row, text, paint)
                return True
        return False

    def row_text(self, row: int) -> str:
        """One row's characters."""
        text: str = self.codes[row].tobytes().decode("utf-32-le")
        return text

    def runs(self, row: int) -> list[tuple[str, int]]:
        """One row as (text, paint) pieces, each of one paint; [] without columns."""
        if not self.width:
            return []
        text, paints = self.row_text(row), self.paints[row]
        cuts = [0, *(np.flatnonzero(paints[1:] != paints[:-1]) + 1).tolist(), self.width]
        return [(text[start:end], int(paints[start])) for start, end in itertools.pairwise(cuts)]

    def differences(self, older: Canvas) -> list[Span]:
        """The spans in which this drawing differs from an older one of the same size."""
        changed = (self.codes != older.codes) | (self.paints != older.paints)
        # A blank shows no foreground: only its background can differ.
        blank = (self.codes == _SPACE) & (older.codes == _SPACE)
        same_ground = ((self.paints ^ older.paints) & _GROUND) == 0
        changed &= ~(blank & same_ground)
        spans = []
        for row in np.flatnonzero(changed.any(axis=1)).tolist():
            columns = np.flatnonzero(changed[row])
            breaks = np.flatnonzero(np.diff(columns) > _JOIN)
            starts = columns[np.concatenate(([0], breaks + 1))].tolist()
            ends = columns[np.concatenate((breaks, [len(columns) - 1]))].tolist()
            spans += [Span(row, s, e + 1) for s, e in zip(starts, ends, strict=True)]
        return spans
