"""The bytes that change one picture into another make the picture, and are few."""

import random

import pyte
import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from edgechaos_tui.terminal.cell_diff import Picture

COLUMNS, ROWS = 40, 8
STYLES = [
    None,
    Style(),
    Style(color="red"),
    Style(bgcolor="blue"),
    Style(color="color(214)", bgcolor="#102030"),
    Style(color="#d0d0d0", bold=True),
    Style(bold=True, italic=True),
    Style(reverse=True),
    Style(underline=True, color="green", bgcolor="blue"),
    Style(color="bright_cyan", strike=True),
]
TEXTS = ["a", "bc", " ", "   ", "⠋⠙", "─", "漢", "字a", "x 漢 y", "e\u0301", "edge 12", "·"]


class Shown:
    """A terminal; what stands on it, with colours."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.Stream(self.screen)

    def cells(self) -> list[list[tuple[object, ...]]]:
        return [[_seen(self.screen.buffer[row][x]) for x in range(COLUMNS)] for row in range(ROWS)]


def _seen(cell: "pyte.screens.Char") -> tuple[object, ...]:
    """What of a cell can be seen."""
    shown = (cell.underscore, cell.reverse, cell.strikethrough)
    if cell.data.strip() or any(shown):
        return (cell.data, cell.fg, cell.bg, cell.bold, cell.italics, *shown)
    return (cell.data, cell.bg)


def _strip(dice: random.Random, width: int) -> Strip:
    segments = [Segment(dice.choice(TEXTS), dice.choice(STYLES)) for _ in range(8)]
    return Strip(segments).adjust_cell_length(width, Style())


@pytest.mark.parametrize("colours", [ColorSystem.STANDARD, ColorSystem.EIGHT_BIT, None])
@pytest.mark.parametrize("seed", range(40))
def test_any_change_makes_the_picture_that_writing_it_anew_makes(
    seed: int, colours: ColorSystem | None
) -> None:
    dice = random.Random(seed)
    picture, told = Picture(), Shown()
    rows = [_strip(dice, COLUMNS) for _ in range(ROWS)]
    for first in [True, *[False] * 11]:
        pieces = []
        for row in dice.sample(range(ROWS), 4):
            start = dice.randrange(COLUMNS - 1)
            end = dice.randrange(start + 1, COLUMNS + 1)
            # As widgets do it: the row is made anew, and a span of it is asked for.
            fresh = _strip(dice, COLUMNS) if dice.random() < 0.7 else rows[row]
            old, piece = rows[row], fresh.crop(start, end)
            rows[row] = Strip.join([old.crop(0, start), piece, old.crop(end, COLUMNS)])
            wide = {character in strip.text for strip in (old, fresh) for character in "漢字"}
            # A wide character that is cut in half changes outside of the span.
            pieces.append((row, 0, rows[row]) if True in wide else (row, start, piece))
        if first:
            pieces = [(row, 0, strip) for row, strip in enumerate(rows)]
        told.stream.feed(picture.write(pieces, colours))
        anew = Shown()
        anew.stream.feed(
            Picture().write(((row, 0, strip) for row, strip in enumerate(rows)), colours)
        )
        plain = [
            f"\x1b[{row + 1};1H" + "".join(_plainly(s, colours) for s in strip)
            for row, strip in enumerate(rows)
        ]
        reference = Shown()
        reference.stream.feed("".join(plain))
        assert anew.cells() == reference.cells()
        assert told.cells() == reference.cells()


def _plainly(segment: Segment, colours: ColorSystem | None) -> str:
    """As Textual writes it. (Styles keep the codes of the first colour system they meet.)"""
    codes = Strip.render_ansi(segment.style or Style(), colours or ColorSystem.TRUECOLOR)
    return f"\x1b[{codes}m{segment.text}\x1b[0m"


def _row(text: str, style: Style) -> tuple[int, int, Strip]:
    return (0, 0, Strip([Segment(text, style)]))


def test_only_what_differs_is_sent_and_of_a_colour_too() -> None:
    picture = Picture()
    grey, amber = Style(color="color(253)", bgcolor="color(233)"), Style(color="color(214)")
    amber += Style(bgcolor="color(233)")
    first = picture.write([_row("epoch 48/212", grey)], ColorSystem.EIGHT_BIT)
    assert first == "\x1b[1H\x1b[38;5;253;48;5;233mepoch 48/212\x1b[m"
    assert picture.write([_row("epoch 48/212", grey)], ColorSystem.EIGHT_BIT) == ""
    second = picture.write([_row("epoch 49/212", grey)], ColorSystem.EIGHT_BIT)
    assert second == "\x1b[1;8H\x1b[38;5;253;48;5;233m9\x1b[m"
    both = Strip([Segment("epoch ", grey), Segment("49", amber), Segment("/213", grey)])
    third = picture.write([(0, 0, both)], ColorSystem.EIGHT_BIT)
    assert third == "\x1b[1;7H\x1b[38;5;214;48;5;233m49\x1b[12G\x1b[38;5;253m3\x1b[m"


def test_after_another_wrote_over_it_all_is_sent() -> None:
    picture = Picture()
    whole = picture.write([_row("some", Style())], None)
    picture.forget()
    assert picture.write([_row("some", Style())], None) == whole
