"""The drawing of a `DepthMapModel`: coloured cells, or signs when there are few colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from edgechaos_tui.charts.axes import Frame, draw_x_axis
from edgechaos_tui.charts.canvas import FIRST_LEVEL, Canvas, ground, paint
from edgechaos_tui.charts.palette import LEVELS, Role
from edgechaos_tui.charts.raster import Scale
from edgechaos_tui.charts.title import draw_sentence, draw_title

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edgechaos_tui.charts.models import DepthMapModel
    from edgechaos_tui.presentation.run.series import Floats

_TOP: Final = 2
"""Rows above the map: the title and the key to the colours."""
_MOST_GUTTER: Final = 14
_VALUE_WIDTH: Final = 7
_NEAR_EDGE: Final = 0.1
"""The share of the scale within which a cell shows the sign of the edge."""
_SIGNS: Final[tuple[tuple[str, Role], ...]] = (("▽", "order"), ("◆", "edge"), ("▲", "chaos"))
_LEGEND_CELLS: Final = 9


def draw_depth(canvas: Canvas, model: DepthMapModel, *, few_colours: bool) -> None:
    """Draw the title, the map with the names and values of its blocks, its axis and its key."""
    draw_title(canvas, model.title)
    if not len(model.names) or not np.isfinite(model.values).any():
        draw_sentence(canvas, model.empty)
        return
    area = _frame(canvas, model)
    columns = _columns(model, area)
    block_of_row = _block_of_row(len(model.names), area.height)
    for row in range(area.height):
        block = block_of_row[row]
        values = np.where(columns >= 0, model.values[block, np.maximum(columns, 0)], np.nan)
        _draw_row(canvas, area, row, values / model.scale, few_colours=few_colours)
    _name_blocks(canvas, area, model, block_of_row)
    draw_x_axis(canvas, area, model.x_label)
    _draw_key(canvas, model, few_colours=few_colours)
    at = area.column(model.cursor) if model.cursor is not None else None
    if at is not None and area.bottom < canvas.height:
        canvas.text(at, area.bottom, "┴", paint("text", bold=True))


def _frame(canvas: Canvas, model: DepthMapModel) -> Frame:
    gutter = min(max(map(len, model.names)) + 2, _MOST_GUTTER, max(canvas.width // 3, 1))
    height = max(canvas.height - 4, 1)
    width = max(canvas.width - gutter - _VALUE_WIDTH, 1)
    end = max(model.x_end, 1.0)
    return Frame(gutter, _TOP, width, height, Scale(0.0, end), Scale(0.0, 1.0))


def _columns(model: DepthMapModel, area: Frame) -> NDArray[np.intp]:
    """For each column, the index of the last measured epoch up to its place; −1 for none."""
    measured = np.flatnonzero(np.isfinite(model.values).any(axis=0))
    places = np.linspace(area.x.low, area.x.high, area.width)
    # A column belongs to the nearest epoch, except beyond the last one.
    step = (area.x.high - area.x.low) / max(area.width - 1, 1)
    epochs = model.epochs[measured]
    latest = np.searchsorted(epochs, places + max(step, 1.0) / 2, side="right") - 1
    recorded = places <= epochs[-1] + step / 2
    return np.where((latest >= 0) & recorded, measured[np.maximum(latest, 0)], -1)


def _block_of_row(blocks: int, rows: int) -> list[int]:
    """The block shown in each row; with more blocks than rows, some are left out."""
    return [min(row * blocks // rows, blocks - 1) for row in range(rows)]


def _draw_row(canvas: Canvas, area: Frame, row: int, shares: Floats, *, few_colours: bool) -> None:
    for column, share in enumerate(shares):
        if not np.isfinite(share):
            continue
        left, top = area.left + column, area.top + row
        if few_colours:
            sign, role = _sign(float(share))
            canvas.text(left, top, sign, paint(role))
        else:
            canvas.text(left, top, " ", ground(FIRST_LEVEL + _level(float(share))))


def _level(share: float) -> int:
    return round((min(max(share, -1.0), 1.0) + 1) / 2 * (LEVELS - 1))


def _sign(share: float) -> tuple[str, Role]:
    return _SIGNS[1 if abs(share) <= _NEAR_EDGE else 0 if share < 0 else 2]


def _name_blocks(
    canvas: Canvas, area: Frame, model: DepthMapModel, block_of_row: list[int]
) -> None:
    """Write the name of each block at the left of its rows, and its value at the right."""
    at = len(model.epochs) - 1
    if model.cursor is not None:
        at = max(int(np.searchsorted(model.epochs, model.cursor, side="right")) - 1, 0)
    for block in dict.fromkeys(block_of_row):
        rows = [row for row, other in enumerate(block_of_row) if other == block]
        row = area.top + rows[(len(rows) - 1) // 2]
        name = model.names[block]
        name = name if len(name) < area.left else name[: max(area.left - 2, 0)] + "…"
        canvas.text(0, row, name, paint("text"))
        measured = np.flatnonzero(np.isfinite(model.values[block, : at + 1]))
        if len(measured):
            value = float(model.values[block, measured[-1]])
            text = f"{value:+.2f}".replace("-", "−").rjust(_VALUE_WIDTH - 1)
            _, role = _sign(value / model.scale)
            canvas.text(area.left + area.width + 1, row, text[: _VALUE_WIDTH - 1], paint(role))


def _draw_key(canvas: Canvas, model: DepthMapModel, *, few_colours: bool) -> None:
    """Draw the colour scale above the map: from −scale over the edge at 0 to +scale."""
    column = 0

    def write(words: str, ink: int) -> None:
        nonlocal column
        canvas.text(column, 1, words, ink)
        column += len(words)

    write(f"−{model.scale:g} order ", paint("order"))
    for step in range(_LEGEND_CELLS):
        share = 2 * step / (_LEGEND_CELLS - 1) - 1
        if few_colours:
            sign, role = _sign(share)
            write(sign, paint(role))
        else:
            write(" ", ground(FIRST_LEVEL + _level(share)))
    write(f" chaos +{model.scale:g}", paint("chaos"))
    write("  0: edge", paint("edge"))
    if column + 2 + len(model.units) <= canvas.width:
        write(f"  {model.units}", paint("dim"))
