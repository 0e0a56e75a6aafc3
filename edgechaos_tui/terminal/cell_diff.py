"""The cells on the terminal, and the shortest sequence of bytes that changes them.

Textual sends whole spans, each piece of a colour with all its attributes before it and a reset
after it: more than half of the bytes of an epoch. Here only cells that differ are sent, and of a
style only the part that differs from the one before.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from textual.strip import Strip


class Pen(NamedTuple):
    """The style of a cell as parameters of SGR: attributes, colours ("": the terminal's)."""

    attributes: frozenset[str] = frozenset()
    foreground: str = ""
    background: str = ""


class ScreenCell(NamedTuple):
    """A character with its pen; "" is the second half of the wide character before it."""

    text: str
    pen: Pen


_PLAIN: Final = Pen()
# Underline, blink, reverse, strike through, overline: the attributes visible on a blank.
_SHOWN_ON_BLANKS: Final = frozenset(("4", "5", "6", "7", "9", "21", "51", "52", "53"))
_COLOUR: Final = re.compile(r"[34]8;(?:5;\d+|2;\d+;\d+;\d+)|\d+")


class Picture:
    """The cells that are known to be on the terminal; unknown ones are always written."""

    def __init__(self) -> None:
        self._rows: dict[int, list[ScreenCell | None]] = {}

    def forget(self) -> None:
        """Forget all cells: something else may have been written over them."""
        self._rows.clear()

    def write(self, pieces: Iterable[tuple[int, int, Strip]], colours: ColorSystem | None) -> str:
        """The bytes that write each strip at its (row, column); the picture contains them from then
        on.

        They begin and end with the terminal's own colours, at any position of the cursor.
        """
        writer = _Writer()
        for row, column, strip in pieces:
            self._write(writer, row, column, _cells(strip, colours or ColorSystem.TRUECOLOR))
        return writer.end()

    def _write(self, writer: "_Writer", row: int, column: int, cells: list[ScreenCell]) -> None:
        end = column + len(cells)
        standing = self._rows.setdefault(row, [])
        standing += [None] * (end - len(standing))
        if not cells:
            return
        before = standing[column:end]
        # Half of a wide character does not remain when the other half is overwritten.
        if column and _is_half(standing[column]):
            standing[column - 1] = None
        if end < len(standing) and _is_half(standing[end]):
            standing[end] = None
        standing[column:end] = cells
        for x, (old, new) in enumerate(zip(before, cells, strict=True), column):
            if old != new and new.text:
                writer.go(row, x, standing)
                writer.put(new, wide=x + 1 < end and standing[x + 1] == ScreenCell("", new.pen))


class _Writer:
    """The bytes so far, and the pen and the cursor's place after them, as far as known."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._pen = _PLAIN
        self._row, self._column = -1, -1

    def go(self, row: int, column: int, standing: list[ScreenCell | None]) -> None:
        """Move to a cell: over a few cells by writing them again where that takes fewer bytes."""
        if row != self._row:
            self._out.append(f"\x1b[{row + 1};{column + 1}H" if column else f"\x1b[{row + 1}H")
        elif column != self._column:
            move = f"\x1b[{column + 1}G"
            between = self._again(standing[self._column : column], len(move))
            self._out.append(move if between is None else between)
        self._row, self._column = row, column

    def put(self, cell: ScreenCell, *, wide: bool) -> None:
        """Write a cell at the cursor."""
        pen = _blank_with(self._pen, cell.pen) if cell.text == " " else cell.pen
        if pen != self._pen:
            self._out.append(_change(self._pen, pen))
            self._pen = pen
        self._out.append(cell.text)
        self._column += 1 + wide

    def end(self) -> str:
        """All bytes, and a reset to the terminal's own colours."""
        if self._pen != _PLAIN:
            self._out.append("\x1b[m")
        return "".join(self._out)

    def _again(self, cells: list[ScreenCell | None], most: int) -> str | None:
        """The cells as text, if it has at most `most` bytes and needs no other pen; else None."""
        if not 0 < len(cells) <= most:
            return None
        texts = []
        for cell in cells:
            if cell is None:
                return None
            pen = _blank_with(self._pen, cell.pen) if cell.text == " " else cell.pen
            if pen != self._pen:
                return None
            texts.append(cell.text)
        text = "".join(texts)
        return text if len(text.encode()) <= most else None


def _is_half(cell: ScreenCell | None) -> bool:
    return cell is not None and not cell.text


def _cells(strip: Strip, colours: ColorSystem) -> list[ScreenCell]:
    cells: list[ScreenCell] = []
    for text, style, _ in strip:
        pen = _pen(Strip.render_ansi(style, colours)) if style else _PLAIN
        blank = ScreenCell(" ", _on_blanks(pen))
        if text.isascii():
            cells += [
                blank if character == " " else ScreenCell(character, pen) for character in text
            ]
            continue
        for character in text:
            width = get_character_cell_size(character)
            if width:
                cells.append(blank if character == " " else ScreenCell(character, pen))
                cells += [ScreenCell("", pen)] * (width - 1)
            elif cells:
                # A combining character belongs to the one before it.
                head = -1 if cells[-1].text else -2
                cells[head] = ScreenCell(cells[head].text + character, cells[head].pen)
    return cells


@lru_cache(maxsize=4096)
def _pen(parameters: str) -> Pen:
    attributes, foreground, background = set(), "", ""
    for code in _COLOUR.findall(parameters):
        number = int(code.partition(";")[0])
        if 30 <= number <= 39 or 90 <= number <= 97:
            foreground = code
        elif 40 <= number <= 49 or 100 <= number <= 107:
            background = code
        else:
            attributes.add(code)
    return Pen(frozenset(attributes), foreground, background)


@lru_cache(maxsize=4096)
def _on_blanks(pen: Pen) -> Pen:
    """The visible part of a pen on a blank, so that blanks which look the same are equal."""
    visible = pen.attributes & _SHOWN_ON_BLANKS
    return pen if visible else Pen(background=pen.background)


@lru_cache(maxsize=4096)
def _blank_with(now: Pen, blank: Pen) -> Pen:
    """The pen nearest to `now` that writes the blank as `blank` does."""
    if blank.attributes:
        return blank
    attributes = frozenset() if now.attributes & _SHOWN_ON_BLANKS else now.attributes
    return Pen(attributes, now.foreground, blank.background)


@lru_cache(maxsize=4096)
def _change(old: Pen, new: Pen) -> str:
    """The shorter SGR sequence from `old` to `new`: only the differences, or all after a reset."""
    colours = [colour for colour in new[1:] if colour]
    after_reset = ["0", *sorted(new.attributes), *colours]
    if new == _PLAIN:
        return "\x1b[m"
    if old.attributes - new.attributes:
        return f"\x1b[{';'.join(after_reset)}m"
    differing = sorted(new.attributes - old.attributes)
    if new.foreground != old.foreground:
        differing.append(new.foreground or "39")
    if new.background != old.background:
        differing.append(new.background or "49")
    return f"\x1b[{min(';'.join(differing), ';'.join(after_reset), key=len)}m"
