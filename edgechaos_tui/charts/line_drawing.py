"""The drawing of a `ChartModel` on a canvas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from edgechaos_tui.charts.axes import Frame, draw_axes, frame
from edgechaos_tui.charts.axis import Limits
from edgechaos_tui.charts.canvas import Canvas, cells_of, paint
from edgechaos_tui.charts.limits import beyond, x_scale, y_limits
from edgechaos_tui.charts.markers import draw_markers
from edgechaos_tui.charts.models import (
    ChartModel,
    HorizontalMark,
    Interval,
    Line,
    Part,
    Point,
    VerticalMark,
)
from edgechaos_tui.charts.raster import Scale, curve, curve_dots
from edgechaos_tui.charts.title import draw_sentence, draw_title
from edgechaos_tui.presentation.limits import Beyond
from edgechaos_tui.presentation.run.series import Floats, reduce

if TYPE_CHECKING:
    from edgechaos_tui.charts.raster import Bits

_TURN = 2
"""Columns of cells shared by several curves that have the colour of one of them in turn."""
_MARKERS = {"solid": "*", "dashed": "o", "dotted": "."}


class Drawn(NamedTuple):
    """The y limits of a drawing, and its plot area with both axes."""

    limits: Limits
    area: Frame


def draw_lines(canvas: Canvas, model: ChartModel, previous: Limits | None) -> Drawn | None:
    """Draw the model. previous: the y limits of the last drawing. Returns None without a point."""
    limits = y_limits(model, previous)
    if limits is None:
        draw_title(canvas, model.title, _units(model))
        draw_sentence(canvas, model.empty)
        return None
    outside = beyond(model, limits)
    optional = "  ".join(filter(None, (model.note, outside.words)))
    draw_title(canvas, _with_missing(model.title, outside), _units(model), optional=optional)
    model = replace(model, lines=_reduced(model, 2 * canvas.width))
    area = frame(canvas, x_scale(model), Scale(*limits, log=model.scaling == "log"))
    draw_axes(canvas, area, model.x_label)
    if model.interval is not None:
        _draw_interval(canvas, area, model.interval)
    for vertical in model.verticals:
        _draw_vertical(canvas, area, vertical)
    if model.fit is not None:
        _draw_dots(canvas, area, model.fit, _line_dots(canvas, area, model.fit))
    for horizontal in model.horizontals:
        _draw_horizontal(canvas, area, horizontal)
    _draw_curves(canvas, area, model.lines)
    if model.cursor is not None:
        _draw_vertical(canvas, area, VerticalMark(model.cursor, role="mark"))
    draw_markers(canvas, area, model.lines)
    for point in model.points:
        _draw_point(canvas, area, point)
    _label_marks(canvas, area, model)
    _name_lines(canvas, area, model)
    return Drawn(limits, area)


def _with_missing(title: Sequence[Part], outside: Beyond) -> Sequence[Part]:
    """The title with the number of points that a logarithmic axis cannot show.

    It comes right after the name, so that a narrow chart shows it too.
    """
    if not outside.not_positive:
        return title
    return (*title[:1], Part(f"{outside.not_positive} ≤ 0", "mark"), *title[1:])


def _reduced(model: ChartModel, columns: int) -> tuple[Line, ...]:
    """The lines reduced to as many points as can be seen: later steps no longer depend on n."""
    scale, log = x_scale(model), model.scaling == "log"
    ends = (scale.low, scale.high)
    return tuple(
        replace(line, x=x, y=y)
        for line in model.lines
        for x, y in [reduce(line.x, _usable(line.y, log), columns, ends)]
    )


def _usable(y: Floats, y_log: bool) -> Floats:
    return np.where(y > 0, y, np.nan) if y_log else y


def _units(model: ChartModel) -> str:
    return ", ".join(filter(None, (model.y_label, "log" if model.scaling == "log" else "")))


def _draw_curves(canvas: Canvas, area: Frame, lines: Sequence[Line]) -> None:
    """Draw all curves; in cells that several share they take turns in colour, so that none hides
    another."""
    dots = [_line_dots(canvas, area, line) for line in lines]
    for line, bits in zip(lines, dots, strict=True):
        _draw_dots(canvas, area, line, bits)
    # The raw trace of an average takes no turn.
    cells_by_line = [
        (line, cells_of(b)) for line, b in zip(lines, dots, strict=True) if not line.faint
    ]
    if len(cells_by_line) > 1:
        _share_cells(canvas, area, cells_by_line)
    for line in lines:
        _draw_beyond(canvas, area, line)


def _share_cells(canvas: Canvas, area: Frame, cells_by_line: Sequence[tuple[Line, Bits]]) -> None:
    touched = np.array([cells for _, cells in cells_by_line])
    count = touched.sum(axis=0)
    turn = np.arange(area.width) // _TURN % np.maximum(count, 1)
    rank = np.cumsum(touched, axis=0) - 1
    for (line, cells), place in zip(cells_by_line, rank, strict=True):
        own_cells = cells & (count > 1) & (place == turn)
        marker = line.marker or _MARKERS[line.stroke]
        canvas.recolour(area.left, area.top, own_cells, paint(line.role), marker)


def _line_dots(canvas: Canvas, area: Frame, line: Line) -> Bits:
    width, height = 2 * area.width, 4 * area.height
    first, last = curve(line.x, line.y, area.x, area.y, width, height)
    # In ASCII the marker distinguishes the lines, and cells are too few to leave some out.
    stroke = "solid" if canvas.ascii_only else line.stroke
    return curve_dots(first, last, height, stroke)


def _draw_dots(canvas: Canvas, area: Frame, line: Line, bits: Bits) -> None:
    canvas.dots(area.left, area.top, bits, paint(line.role), _MARKERS[line.stroke])


def _draw_point(canvas: Canvas, area: Frame, point: Point) -> None:
    column, row = area.column(point.x), area.row(point.y)
    if column is not None and row is not None:
        canvas.text(column, row, point.glyph, paint(point.role, bold=True))


def _draw_beyond(canvas: Canvas, area: Frame, line: Line) -> None:
    """Draw an arrow at the border, at the first column of each stretch of the line beyond it."""
    columns = np.rint(area.x.unit(line.x) * (2 * area.width - 1)) // 2
    for outside, glyph, row in (
        (line.y > area.y.high, "▴", area.top),
        (line.y < area.y.low, "▾", area.bottom - 1),
    ):
        reached = np.unique(columns[outside & (columns >= 0) & (columns < area.width)])
        # A stretch begins at a column whose predecessor is not in it.
        for column in reached[np.diff(reached, prepend=-np.inf) > 1]:
            canvas.text(area.left + int(column), row, glyph, paint(line.role))


def _draw_horizontal(canvas: Canvas, area: Frame, mark: HorizontalMark) -> None:
    if area.row(mark.value) is None:
        return
    height, width = 4 * area.height, 2 * area.width
    row = round((1 - float(area.y.unit(mark.value))) * (height - 1))
    bits = np.zeros((height, width), dtype=bool)
    bits[row] = np.arange(width) % 4 < 2
    canvas.dots(area.left, area.top, bits, paint(mark.role), "-")


def _draw_vertical(canvas: Canvas, area: Frame, mark: VerticalMark) -> None:
    column = area.column(mark.x)
    if column is not None:
        canvas.upright(column, range(area.top, area.bottom), "┊", paint(mark.role))


def _draw_interval(canvas: Canvas, area: Frame, interval: Interval) -> None:
    if area.bottom >= canvas.height - 1:
        return
    start, end = (area.column(min(v, area.x.high)) for v in (interval.low, interval.high))
    if start is not None and end is not None and start <= end:
        text = "━" * (end - start + 1)
        canvas.text(start, area.bottom, text, paint(interval.role, bold=True))


def _label_marks(canvas: Canvas, area: Frame, model: ChartModel) -> None:
    right = area.left + area.width
    for mark in model.horizontals:
        row = area.row(mark.value)
        if row is not None:
            text = f" {mark.label}"
            rows = [r for r in (row - 1, row + 1) if area.top <= r < area.bottom]
            spots = [(right - len(text), r) for r in rows] + [(area.left, r) for r in rows]
            canvas.label(text, spots, paint(mark.role))
    for vertical in model.verticals:
        column = area.column(vertical.x)
        if column is not None and vertical.label:
            around = (area.top, area.bottom - 1, area.top + 1, area.bottom - 2)
            inside = [r for r in around if area.top <= r < area.bottom]
            beside = (column + 1, column - len(vertical.label))
            spots = [(c, r) for r in inside for c in beside]
            canvas.label(vertical.label, spots, paint(vertical.role))


def _name_lines(canvas: Canvas, area: Frame, model: ChartModel) -> None:
    """Write the name of each line that the title does not name at its right end."""
    title = " ".join(part.text for part in model.title)
    for line in [*model.lines, *([model.fit] if model.fit else [])]:
        finite = np.flatnonzero(np.isfinite(line.y))
        if not line.name or line.name in title or not len(finite):
            continue
        last_point = finite[-1]
        column, row = area.column(float(line.x[last_point])), area.row(float(line.y[last_point]))
        if column is not None and row is not None:
            text = f" {line.name}"
            spots = [
                (column + 1, row),
                (column - len(text), row - 1),
                (column - len(text), row + 1),
            ]
            canvas.label(text, spots, paint(line.role))
