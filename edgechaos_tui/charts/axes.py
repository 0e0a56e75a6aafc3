"""The plot area of a chart, and its two axes: lines, ticks and labels."""

from __future__ import annotations

from dataclasses import dataclass

from edgechaos_tui.charts.axis import linear_ticks, log_ticks, tick_labels
from edgechaos_tui.charts.canvas import Canvas, paint
from edgechaos_tui.charts.raster import Scale

_GUTTER = 5


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot area of a chart. left, top: its first cell; width, height: in cells; x, y: axes."""

    left: int
    top: int
    width: int
    height: int
    x: Scale
    y: Scale

    @property
    def bottom(self) -> int:
        """The row below the plot area: the x axis."""
        return self.top + self.height

    def column(self, x: float) -> int | None:
        """The cell column of an x value; None outside."""
        return _cell(float(self.x.unit(x)), self.width, 2, self.left)

    def row(self, y: float) -> int | None:
        """The cell row of a y value; None outside."""
        return _cell(1 - float(self.y.unit(y)), self.height, 4, self.top)


def frame(canvas: Canvas, x: Scale, y: Scale) -> Frame:
    """The plot area of the canvas, beside a title row, a gutter for y labels, and the x axis.

    On a small canvas the axes go first, the x axis before the y axis.
    """
    top = 1 if canvas.height >= 3 else 0
    below = 2 if canvas.height >= 7 else 1 if canvas.height >= 5 else 0
    height = max(canvas.height - top - below, 1)
    labels = tick_labels(y_ticks(y, height))
    gutter = max([_GUTTER, *(len(label) + 2 for label in labels)])
    if canvas.width < gutter + 8:
        gutter = 0
    return Frame(gutter, top, max(canvas.width - gutter, 1), height, x, y)


def y_ticks(scale: Scale, height: int) -> list[float]:
    """The ticks of a y axis `height` rows high."""
    return _ticks(scale, max(2, min(6, height // 3)))


def draw_axes(canvas: Canvas, frame: Frame, x_label: str) -> None:
    """Draw the axes' lines, ticks and labels."""
    line, words = paint("faint"), paint("dim")
    if frame.left:
        _draw_y(canvas, frame, line, words)
    draw_x_axis(canvas, frame, x_label)


def draw_x_axis(canvas: Canvas, frame: Frame, x_label: str) -> None:
    """Draw the x axis alone, where there is a row for it."""
    if frame.bottom < canvas.height:
        _draw_x(canvas, frame, x_label, paint("faint"), paint("dim"))


def _draw_y(canvas: Canvas, frame: Frame, line: int, words: int) -> None:
    axis = frame.left - 1
    canvas.upright(axis, range(frame.top, frame.bottom), "│", line)
    ticks = y_ticks(frame.y, frame.height)
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        at = frame.row(tick)
        if at is not None and canvas.is_free(0, at, axis):
            canvas.text(axis, at, "┤", line)
            canvas.text(axis - len(label), at, label.replace("-", "−", 1), words)


def _draw_x(canvas: Canvas, frame: Frame, x_label: str, line: int, words: int) -> None:
    labels_row = canvas.height - 1
    has_line = labels_row > frame.bottom
    if has_line:
        canvas.text(frame.left - 1, frame.bottom, "└" + "─" * frame.width, line)
    ticks = _ticks(frame.x, max(2, min(10, frame.width // 8)))
    placed: list[tuple[int, str]] = []
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        column = frame.column(tick)
        if column is None:
            continue
        start = min(max(column - len(label) // 2, 0), canvas.width - len(label))
        if start >= _end(placed):
            placed.append((start, label.replace("-", "−", 1)))
            if has_line:
                canvas.text(column, frame.bottom, "┬", line)
    for start, label in _with_name(placed, x_label, canvas.width):
        canvas.text(start, labels_row, label, words)


def _with_name(placed: list[tuple[int, str]], name: str, width: int) -> list[tuple[int, str]]:
    """The labels of an axis and its name, after the last label or before it.

    Where there is no room, the name replaces the last label but one, if enough labels remain; else
    it is left out.
    """
    if _end(placed) + len(name) <= width:
        return [*placed, (width - len(name), name)]
    for dropped in (0, 1) if placed else ():
        remaining = placed[: -1 - dropped]
        room_from, room_to = _end(remaining), placed[-1][0] - 2
        if room_to - room_from >= len(name) and len(remaining) >= 1 + dropped:
            return [*remaining, ((room_from + room_to - len(name) + 1) // 2, name), placed[-1]]
    return placed


def _end(placed: list[tuple[int, str]]) -> int:
    """The first column that the next label may take."""
    return placed[-1][0] + len(placed[-1][1]) + 2 if placed else 0


def _ticks(scale: Scale, most: int) -> list[float]:
    return (log_ticks if scale.log else linear_ticks)(scale.low, scale.high, most)


def _cell(share: float, cells: int, dots: int, first: int) -> int | None:
    if not -1e-9 <= share <= 1 + 1e-9:
        return None
    return first + min(max(round(share * (dots * cells - 1)), 0) // dots, cells - 1)
