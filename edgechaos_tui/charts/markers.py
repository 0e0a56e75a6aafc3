"""Markers: letters on curves that distinguish many lines without colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgechaos_tui.charts.axes import Frame
from edgechaos_tui.charts.canvas import Canvas, paint
from edgechaos_tui.charts.models import Line

_APART = 14


def draw_markers(canvas: Canvas, area: Frame, lines: Sequence[Line]) -> None:
    """Write each line's marker at columns of its own, so that coinciding lines show all letters.

    The columns do not depend on the data: the letters stay where they are when a chart grows.
    """
    marked = [line for line in lines if line.marker]
    apart = max(_APART, 3 * len(marked))
    for index, line in enumerate(marked):
        finite = np.isfinite(line.y)
        if not finite.any():
            continue
        x, y = line.x[finite], line.y[finite]
        first_column = int((index + 0.5) / len(marked) * apart)
        columns = np.arange(first_column, area.width, apart)
        places = area.x.low + (columns + 0.5) / area.width * (area.x.high - area.x.low)
        inside = (places >= x[0]) & (places <= x[-1])
        # A line too short for any of its columns has a marker at its end.
        at = places[inside] if inside.any() else x[-1:]
        for place, value in zip(at, np.interp(at, x, y), strict=True):
            _set(canvas, area, line, float(place), float(value))
    for line in marked:
        _name_end(canvas, area, line)


def _name_end(canvas: Canvas, area: Frame, line: Line) -> None:
    """Write the line's marker after its last point, where there is room."""
    measured = np.flatnonzero(np.isfinite(line.y))
    if not len(measured):
        return
    last_point = measured[-1]
    column, row = area.column(float(line.x[last_point])), area.row(float(line.y[last_point]))
    if column is not None and row is not None:
        spots = [(column + 1, row), (column, row - 1), (column, row + 1)]
        inside = [(c, r) for c, r in spots if area.top <= r < area.bottom]
        canvas.label(line.marker, inside, paint(line.role, bold=True))


def _set(canvas: Canvas, area: Frame, line: Line, x: float, y: float) -> None:
    column, row = area.column(x), area.row(y)
    if column is not None and row is not None:
        canvas.text(column, row, line.marker, paint(line.role, bold=True))
