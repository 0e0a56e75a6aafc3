"""The drawing of a `PhasePlaneModel` on a canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edgechaos_tui.charts.axes import Frame, draw_axes, frame
from edgechaos_tui.charts.axis import Limits, linear_limits
from edgechaos_tui.charts.canvas import Canvas, paint
from edgechaos_tui.charts.field import draw_field
from edgechaos_tui.charts.models import Curve, PhasePlaneModel
from edgechaos_tui.charts.palette import Role
from edgechaos_tui.charts.raster import Scale, path_dots, stroked, thin_path
from edgechaos_tui.charts.title import draw_sentence, draw_title
from edgechaos_tui.presentation.run.series import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REGIONS: tuple[Role, ...] = ("order", "chaos")
AGES: tuple[Role, ...] = ("dim", "mark", "text")
"""The colours of the first, the second and the last third of a path."""
_LEGEND = (("○", "start"), ("▲", "best test"), ("●", "now"))


def draw_plane(
    canvas: Canvas,
    model: PhasePlaneModel,
    previous: tuple[Limits, Limits] | None,
    *,
    few_colours: bool = False,
) -> tuple[Limits, Limits] | None:
    """Draw the model. previous: the (x, y) limits of the last zoomed drawing.

    Returns the limits of this one if it is zoomed.
    """
    title_end = draw_title(canvas, model.title)
    known_rows = np.flatnonzero(np.isfinite(model.path_x) & np.isfinite(model.path_y))
    if not len(known_rows) and not model.curves and model.field is None:
        draw_sentence(canvas, model.empty)
        return None
    zoomed = model.zoom and len(known_rows) > 0
    x, y = _limits(model, known_rows, previous) if zoomed else (model.x_range, model.y_range)
    area = frame(canvas, Scale(*x), Scale(*y))
    if model.field is not None:
        draw_field(canvas, area, model.field, few_colours=few_colours)
    draw_axes(canvas, area, "J₀/J")
    for curve in model.curves:
        _draw_path(canvas, area, curve.x, curve.y, "edge", curve)
    _draw_aged_path(canvas, area, model.path_x, model.path_y)
    if len(known_rows):
        _draw_markers(canvas, area, model, int(known_rows[0]), int(known_rows[-1]))
    canvas.label("1/J", [(area.left, area.top), (area.left, area.top + 1)], paint("mark"))
    _name_curves(canvas, area, model.curves)
    if model.curves:
        _name_regions(canvas, area, model.curves[0])
    if len(known_rows):
        _draw_legend(canvas, area, model, title_end)
    return (x, y) if zoomed else None


def _limits(
    model: PhasePlaneModel, rows: NDArray[np.intp], previous: tuple[Limits, Limits] | None
) -> tuple[Limits, Limits]:
    xs, ys = model.path_x[rows], model.path_y[rows]
    old_x, old_y = previous or (None, None)
    return _roomy(xs, old_x), _roomy(ys, old_y)


def _roomy(values: Floats, previous: Limits | None) -> Limits:
    """Round limits with a little room beyond the values, so that no marker is on the border."""
    low, high = float(values.min()), float(values.max())
    room = (high - low) / 20
    return linear_limits(low - room, high + room, previous)


def _draw_aged_path(canvas: Canvas, area: Frame, x: Floats, y: Floats) -> None:
    """Draw the path in three pieces that share their ends; older ones are fainter."""
    cuts = np.linspace(0, max(len(x) - 1, 0), len(AGES) + 1).astype(int)
    for role, first, last in zip(AGES, cuts[:-1], cuts[1:], strict=True):
        _draw_path(canvas, area, x[first : last + 1], y[first : last + 1], role)


def _draw_path(
    canvas: Canvas, area: Frame, x: Floats, y: Floats, role: Role, curve: Curve | None = None
) -> None:
    width, height = 2 * area.width, 4 * area.height
    x, y = thin_path(x, y)
    columns = area.x.unit(x) * (width - 1)
    rows = (1 - area.y.unit(y)) * (height - 1)
    bits = path_dots(columns, rows, width, height)
    if curve is not None:
        bits = stroked(bits, curve.stroke)
    canvas.dots(area.left, area.top, bits, paint(role), "-" if curve else "*")


def _draw_markers(
    canvas: Canvas, area: Frame, model: PhasePlaneModel, start: int, now: int
) -> None:
    markers: list[tuple[int, str, int]] = [(start, "○", paint("text"))]
    if model.best is not None and 0 <= model.best < len(model.path_x):
        markers.append((model.best, "▲", paint("text", bold=True)))
    markers.append((now, "●", paint(model.now_role, bold=True)))
    for index, glyph, ink in markers:
        column = area.column(float(model.path_x[index]))
        row = area.row(float(model.path_y[index]))
        if column is not None and row is not None:
            canvas.text(column, row, glyph, ink)


def _draw_legend(canvas: Canvas, area: Frame, model: PhasePlaneModel, title_end: int) -> None:
    """Write the meaning of the markers at the right of the title, or at the bottom of the plane."""
    pairs = [p for p in _LEGEND if p[0] != "▲" or model.best is not None]
    text = "  ".join(f"{glyph} {word}" for glyph, word in pairs)
    column = canvas.width - len(text)
    spots = [(area.left + area.width - len(text), area.bottom - 1)]
    if column >= title_end + 3 and area.top > 0:
        spots.insert(0, (column, 0))
    canvas.label(text, spots, paint("mark"))


def _name_curves(canvas: Canvas, area: Frame, curves: tuple[Curve, ...]) -> None:
    for curve in curves:
        text = f" {curve.name} "
        rightmost = area.left + area.width - len(text)
        for column in (rightmost, area.left + area.width // 2, area.left + 1):
            row = _row_at(area, curve, column + len(text) // 2)
            if row is not None and canvas.label(
                text, [(column, row - 1), (column, row + 1)], paint("edge")
            ):
                break


def _name_regions(canvas: Canvas, area: Frame, edge: Curve) -> None:
    """Write "order" above the edge and "chaos" below it, where there is room."""
    for role in _REGIONS:
        word: str = role
        for share in (0.08, 0.75, 0.45):
            column = area.left + round(share * max(area.width - len(word), 0))
            height = _height_at(area, edge, column + len(word) // 2)
            if height is None:
                continue
            low, high = (0.0, height) if word == "chaos" else (height, float(area.height))
            low, high = max(low, 0.0), min(high, float(area.height))
            if high - low < 2:
                continue
            row = area.bottom - 1 - int((low + high) / 2)
            if canvas.label(word, [(column, row)], paint(role, bold=True)):
                break


def _height_at(area: Frame, curve: Curve, column: int) -> float | None:
    """The curve's height above the axis, in rows, at a column of the canvas; None if unknown."""
    share = (column - area.left) / max(area.width - 1, 1)
    x = area.x.low + share * (area.x.high - area.x.low)
    finite = np.isfinite(curve.x) & np.isfinite(curve.y)
    xs, ys = curve.x[finite], curve.y[finite]
    if len(xs) < 2:
        return None
    order = np.argsort(xs, kind="stable")
    y = float(np.interp(x, xs[order], ys[order]))
    return float(area.y.unit(y)) * area.height


def _row_at(area: Frame, curve: Curve, column: int) -> int | None:
    height = _height_at(area, curve, column)
    if height is None or not 0 <= height <= area.height:
        return None
    return area.bottom - 1 - min(int(height), area.height - 1)
