"""How a `ChartModel` is drawn on a canvas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgechaos_tui.charts.axes import Frame, draw_axes, frame
from edgechaos_tui.charts.axis import Limits, extent, linear_limits, log_limits, reach
from edgechaos_tui.charts.canvas import Canvas, paint
from edgechaos_tui.charts.markers import draw_markers
from edgechaos_tui.charts.models import (
    ChartModel,
    HorizontalMark,
    Interval,
    Line,
    VerticalMark,
)
from edgechaos_tui.charts.raster import Scale, curve, curve_dots
from edgechaos_tui.charts.title import draw_sentence, draw_title
from edgechaos_tui.presentation.run.series import Floats, reduce

_MARKERS = {"solid": "*", "dashed": "o", "dotted": "."}


def draw_lines(canvas: Canvas, model: ChartModel, previous: Limits | None) -> Limits | None:
    """Draw the model. previous: the y limits of the last drawing; returns those of this one."""
    draw_title(canvas, model.title, _units(model))
    model = replace(model, lines=_reduced(model, 2 * canvas.width))
    limits = y_limits(model, previous)
    if limits is None:
        draw_sentence(canvas, model.empty)
        return None
    area = frame(canvas, x_scale(model), Scale(*limits, log=model.y_log))
    draw_axes(canvas, area, model.x_label)
    if model.interval is not None:
        _draw_interval(canvas, area, model.interval)
    for vertical in model.verticals:
        _draw_vertical(canvas, area, vertical)
    if model.fit is not None:
        _draw_line(canvas, area, model.fit)
    for horizontal in model.horizontals:
        _draw_horizontal(canvas, area, horizontal)
    for line in model.lines:
        _draw_line(canvas, area, line)
    draw_markers(canvas, area, model.lines)
    _label_marks(canvas, area, model)
    _name_lines(canvas, area, model)
    return limits


def y_limits(model: ChartModel, previous: Limits | None) -> Limits | None:
    """Limits that hold the lines, the marks and what the model includes. None without a point."""
    bounds = [b for line in model.lines if (b := _bounds(line.y)) is not None]
    if not bounds:
        return None
    values = [v for b in bounds for v in b]
    values += [m.value for m in model.horizontals] + list(model.y_include)
    if model.y_log:
        low, high = extent(v for v in values if v > 0) or (0.1, 1.0)
        return log_limits(low, high, previous)
    low, high = extent(values) or (0.0, 1.0)
    # A mark at the very edge of a chart is hard to see: it gets room on its other side.
    room = (high - low) / 20
    spread = [v for m in model.horizontals for v in (m.value - room, m.value + room)]
    low, high = extent([low, high, *(v for v in spread if v > 0 or low < 0)]) or (low, high)
    return linear_limits(low, high, previous)


def x_scale(model: ChartModel) -> Scale:
    """The x axis: from zero, or from the data where they begin below, to the planned end."""
    ends = extent(v for line in model.lines if len(line.x) for v in (line.x[0], line.x[-1]))
    low, high = ends or (0.0, 0.0)
    end = model.x_end
    if end is None or not end > 0 or high > end:
        end = reach(high)
    return Scale(min(0.0, linear_limits(low, end)[0] if low < 0 else 0.0), float(end))


def _reduced(model: ChartModel, columns: int) -> tuple[Line, ...]:
    """The lines with as many points as can be seen: all that follows is then independent of n."""
    scale = x_scale(model)
    return tuple(
        replace(line, x=x, y=y)
        for line in model.lines
        for x, y in [reduce(line.x, _usable(line.y, model.y_log), columns, (scale.low, scale.high))]
    )


def _usable(y: Floats, y_log: bool) -> Floats:
    return np.where(y > 0, y, np.nan) if y_log else y


def _bounds(y: Floats) -> Limits | None:
    usable = y[np.isfinite(y)]
    return (float(usable.min()), float(usable.max())) if len(usable) else None


def _units(model: ChartModel) -> str:
    return ", ".join(filter(None, (model.y_label, "log" if model.y_log else "")))


def _draw_line(canvas: Canvas, area: Frame, line: Line) -> None:
    width, height = 2 * area.width, 4 * area.height
    first, last = curve(line.x, line.y, area.x, area.y, width, height)
    # In ASCII the marker tells the lines apart, and cells are too few to leave some out.
    stroke = "solid" if canvas.ascii_only else line.stroke
    bits = curve_dots(first, last, height, stroke)
    canvas.dots(area.left, area.top, bits, paint(line.role), _MARKERS[line.stroke])


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
    """Name at its right end each line that the title does not name."""
    told = " ".join(part.text for part in model.title)
    for line in [*model.lines, *([model.fit] if model.fit else [])]:
        finite = np.flatnonzero(np.isfinite(line.y))
        if not line.name or line.name in told or not len(finite):
            continue
        last = finite[-1]
        column, row = area.column(float(line.x[last])), area.row(float(line.y[last]))
        if column is not None and row is not None:
            text = f" {line.name}"
            spots = [
                (column + 1, row),
                (column - len(text), row - 1),
                (column - len(text), row + 1),
            ]
            canvas.label(text, spots, paint(line.role))
