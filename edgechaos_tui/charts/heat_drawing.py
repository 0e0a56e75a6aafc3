"""The drawing of a heat map: a coloured or shaded cell with its number for each pair of values."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Final

from edgechaos_tui.charts.canvas import FIRST_HEAT, FIRST_LEVEL, Canvas, ground, paint
from edgechaos_tui.charts.palette import LEVELS, phase_role
from edgechaos_tui.presentation.sweep.grid import GridAxis, GridCell, ResultGrid, cell_words
from edgechaos_tui.presentation.text import clean, setting
from engine.theory.phase import Phase

_TOP: Final = 3
"""Rows above the cells: title, the name of the axis across, its values."""
_WORDS: Final = 3
_BOTTOM: Final = 2 + _WORDS
"""Rows below the cells: a blank one, the legend, and words on the cell with the cursor."""
_LEAST: Final = 8
_LEAST_SHADED: Final = 11
_MOST: Final = 13
"""The widths of a cell with its gap: least, least with shades beside the number, and most."""
_TALLEST: Final = 3
_MOST_GUTTER: Final = 14
_LEAST_WIDTH: Final = 44
_SHADES: Final = " ░▒▓"
_PHASE_LEVELS: Final[dict[Phase, int]] = {"ordered": 0, "edge": LEVELS // 2, "chaotic": LEVELS - 1}
_LEGEND_CELLS: Final = 8


@dataclass(frozen=True)
class HeatModel:
    """The model of a heat map.

    cursor: (column, row); active: whether keys move the cursor; marked: the names of marked runs.
    """

    grid: ResultGrid
    cursor: tuple[int, int] = (0, 0)
    active: bool = False
    few_colours: bool = False
    marked: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True)
class HeatLayout:
    """The layout of a heat map, in characters.

    gutter: the width of the row labels; first: the first (column, row) shown; shown: the number of
    columns and rows; cell: the (width, height) of a cell.
    """

    gutter: int
    first: tuple[int, int]
    shown: tuple[int, int]
    cell: tuple[int, int]

    def place_at(self, column: int, row: int) -> tuple[int, int] | None:
        """The (column, row) of the map at a character; None outside of the map."""
        across = (column - self.gutter) // self.cell[0] if column >= self.gutter else -1
        down = (row - _TOP) // self.cell[1]
        if 0 <= across < self.shown[0] and 0 <= down < self.shown[1]:
            return self.first[0] + across, self.first[1] + down
        return None


def wanted_width(x: GridAxis | None, y: GridAxis | None) -> int:
    """The width that shows all columns, with the margin."""
    columns = len(x.values) if x else 1
    return max(_gutter(y) + columns * (_LEAST + 2), _LEAST_WIDTH) + 3


def layout(width: int, height: int, model: HeatModel) -> HeatLayout:
    """The layout of `model` in width × height characters; the cursor's cell is always shown."""
    grid = model.grid
    gutter = _gutter(grid.y)
    columns, rows = grid.size
    shown_rows = max(1, min(rows, height - _TOP - _BOTTOM))
    tall = max(1, min(_TALLEST, (height - _TOP - _BOTTOM) // shown_rows))
    least = _LEAST_SHADED if model.few_colours and tall == 1 else _LEAST
    shown_columns = max(1, min(columns, (width - gutter) // least))
    wide = min(_MOST, max(least, (width - gutter) // shown_columns))
    first = (
        _first(model.cursor[0], columns, shown_columns),
        _first(model.cursor[1], rows, shown_rows),
    )
    return HeatLayout(gutter, first, (shown_columns, shown_rows), (wide, tall))


def draw_heat(canvas: Canvas, model: HeatModel) -> None:
    """Draw the map, its title, its axes and its legend."""
    grid, plan = model.grid, layout(canvas.width, canvas.height, model)
    _draw_title(canvas, grid)
    _draw_axes(canvas, grid, plan)
    for down in range(plan.shown[1]):
        for across in range(plan.shown[0]):
            place = plan.first[0] + across, plan.first[1] + down
            left = plan.gutter + across * plan.cell[0]
            top = _TOP + down * plan.cell[1]
            painter = _Painter(canvas, left, top, plan.cell[0] - 1, plan.cell[1], model.few_colours)
            painter.draw(model, place)
    row = min(_TOP + plan.shown[1] * plan.cell[1] + 1, canvas.height - _WORDS - 1)
    _draw_legend(canvas, grid, row, model.few_colours)
    words = textwrap.wrap(cell_words(grid, model.cursor), max(canvas.width - 1, 1))
    for index, line in enumerate(words[:_WORDS]):
        canvas.text(0, row + 1 + index, line, paint("dim"))


@dataclass(frozen=True)
class _Painter:
    """The painter of one cell."""

    canvas: Canvas
    left: int
    top: int
    width: int
    height: int
    few_colours: bool

    def draw(self, model: HeatModel, place: tuple[int, int]) -> None:
        cell = model.grid.cells.get(place)
        selected = place == model.cursor
        back = self._back(cell)
        if cell is not None and cell.value is not None:
            for row in range(self.height):
                self.canvas.text(self.left, self.top + row, self._filling(cell), back)
        self._write(cell, back, model, selected)

    def _write(self, cell: GridCell | None, back: int, model: HeatModel, selected: bool) -> None:
        marked = cell is not None and bool(cell.runs) and model.marked.issuperset(cell.runs)
        words = ("✓" if marked else "") + _cell_text(cell)
        middle = self.top + (self.height - 1) // 2
        ink = back | self._ink(cell, bold=selected)
        if self.few_colours:
            # A number next to a shade is hard to read.
            words = f" {words} "
        self.canvas.text(self.left + (self.width - len(words) + 1) // 2, middle, words, ink)
        if selected:
            brackets = paint("text", bold=True) if model.active else paint("dim")
            self.canvas.text(self.left - 1, middle, "[", brackets)
            self.canvas.text(self.left + self.width, middle, "]", brackets)

    def _filling(self, cell: GridCell) -> str:
        if not self.few_colours or cell.phase or cell.share is None:
            return " " * self.width
        return _SHADES[min(int(cell.share * len(_SHADES)), len(_SHADES) - 1)] * self.width

    def _back(self, cell: GridCell | None) -> int:
        if self.few_colours or cell is None or cell.share is None:
            return 0
        if cell.phase:
            return ground(FIRST_LEVEL + _PHASE_LEVELS[cell.phase])
        return ground(FIRST_HEAT + round(cell.share * (LEVELS - 1)))

    def _ink(self, cell: GridCell | None, *, bold: bool) -> int:
        if cell is None or cell.value is None:
            return paint("dim", bold=bold)
        if cell.phase and self.few_colours:
            return paint(phase_role(cell.phase), bold=True)
        return paint("text", bold=bold or cell.best)


def _cell_text(cell: GridCell | None) -> str:
    if cell is None:
        return ""
    if cell.value is None:
        return "✗" if cell.diverged else "–" if cell.over else "…"
    return ("*" if cell.best else "") + cell.words + ("" if cell.over else "…")


def _draw_title(canvas: Canvas, grid: ResultGrid) -> None:
    canvas.text(0, 0, grid.result.name, paint("text", bold=True))
    if grid.mean_over:
        text = f"mean over {', '.join(grid.mean_over)}"
        canvas.text(len(grid.result.name) + 2, 0, text, paint("dim"))


def _draw_axes(canvas: Canvas, grid: ResultGrid, plan: HeatLayout) -> None:
    dim, plain = paint("dim"), paint("text")
    if grid.y:
        canvas.text(0, _TOP - 1, _cut(f"{grid.y.label}", plan.gutter - 1), dim)
        for index, label in _window(_labels(grid.y), plan.first[1], plan.shown[1]):
            row = _TOP + index * plan.cell[1] + (plan.cell[1] - 1) // 2
            canvas.text(0, row, _cut(label, plan.gutter - 1).rjust(plan.gutter - 1), plain)
    if grid.x:
        hidden = len(grid.x.values) - plan.shown[0]
        hidden_note = f"   {hidden} more beside" if hidden else ""
        canvas.text(plan.gutter, _TOP - 2, f"{grid.x.label}{hidden_note}", dim)
        for index, label in _window(_labels(grid.x), plan.first[0], plan.shown[0]):
            text = _cut(label, plan.cell[0] - 1).center(plan.cell[0] - 1)
            canvas.text(plan.gutter + index * plan.cell[0], _TOP - 1, text, plain)


def _draw_legend(canvas: Canvas, grid: ResultGrid, row: int, few_colours: bool) -> None:
    if grid.low is None or grid.high is None:
        canvas.text(0, row, "… no result yet", paint("dim"))
        return
    if grid.result.by_phase:
        column = 0
        for name, glyph in (("ordered", "▽"), ("edge", "◆"), ("chaotic", "▲")):
            canvas.text(column, row, f"{glyph} {name}", paint(phase_role(name)))
            column += len(name) + 4
        canvas.text(column, row, "the number is d", paint("dim"))
        return
    low, high = grid.result.words(grid.low), grid.result.words(grid.high)
    canvas.text(0, row, low, paint("text"))
    column = len(low) + 1
    for step in range(_LEGEND_CELLS):
        if few_colours:
            shade = _SHADES[step * len(_SHADES) // _LEGEND_CELLS]
            canvas.text(column + step, row, shade, paint("text"))
        else:
            level = round(step / (_LEGEND_CELLS - 1) * (LEVELS - 1))
            canvas.text(column + step, row, " ", ground(FIRST_HEAT + level))
    best = "  * best" if grid.result.best else ""
    canvas.text(column + _LEGEND_CELLS + 1, row, high, paint("text"))
    under_way = any(not cell.over for cell in grid.cells.values())
    notes = best + ("  … more to come" if under_way else "")
    canvas.text(column + _LEGEND_CELLS + 1 + len(high), row, notes, paint("dim"))


def _gutter(axis: GridAxis | None) -> int:
    """The width of the values beside the rows."""
    if axis is None:
        return 1
    return min(_MOST_GUTTER, max(map(len, [*_labels(axis), axis.label])) + 1)


def _first(cursor: int, count: int, shown: int) -> int:
    """The first shown of `count` items when `shown` fit, so that the one at `cursor` is visible."""
    return max(0, min(cursor - shown // 2, count - shown))


def _window(labels: list[str], first: int, count: int) -> list[tuple[int, str]]:
    return list(enumerate(labels[first : first + count]))


def _labels(axis: GridAxis | None) -> list[str]:
    return [clean(setting(value)) for value in axis.values] if axis else []


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"
