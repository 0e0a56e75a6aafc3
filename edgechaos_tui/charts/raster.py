"""The rasterisation of curves: the dots of a braille grid that a line covers. Pure arithmetic.

A dot grid has its origin at the top left; coordinates are in dots, whole numbers at dot centres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edgechaos_tui.presentation.run.series import Floats, reduce

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edgechaos_tui.charts.models import Stroke

    Bits = NDArray[np.bool_]

# The columns of dots that a stroke shows, repeated. They are fixed to the grid, so that a growing
# line does not change where it was drawn before.
_PATTERNS: dict[str, tuple[int, ...]] = {"dashed": (1, 1, 1, 1, 0, 0), "dotted": (1, 0, 0, 0)}
# A path of more points than about this is thinned before drawing.
_LONGEST_PATH = 50_000


@dataclass(frozen=True, slots=True)
class Scale:
    """One axis, linear or logarithmic, which maps low … high to 0 … 1."""

    low: float
    high: float
    log: bool = False

    def unit(self, values: Floats | float) -> Floats:
        """The share of the axis below each value, cut to ±1e6; nan for values without a place."""
        v = np.asarray(values, dtype=np.float64)
        low, high = self.low, self.high
        if self.log:
            v = np.log10(np.where(v > 0, v, np.nan))
            low, high = float(np.log10(low)), float(np.log10(high))
        with np.errstate(over="ignore"):
            unit = (np.where(np.isfinite(v), v, np.nan) - low) / (high - low)
        return np.clip(unit, -1e6, 1e6)


def curve(
    x: Floats, y: Floats, horizontal: Scale, vertical: Scale, width: int, height: int
) -> tuple[Floats, Floats]:
    """The first and the last dot row of a function's graph in each of `width` dot columns.

    Shape (width,) each, whole numbers from the top of `height` rows; nan in columns that the graph
    does not touch. A column covers the dots whose centres lie in the graph's extent between its
    borders, so that a slope is one dot thick; if there is none, the nearest dot; and also the peaks
    inside the column.
    """
    x, y = reduce(x, y, width, _column_limits(horizontal, width))
    column = horizontal.unit(x) * (width - 1)
    row = (1 - vertical.unit(y)) * (height - 1)
    inside = np.isfinite(column)
    column, row = column[inside], row[inside]
    highest, lowest = np.full(width, np.nan), np.full(width, np.nan)
    if not len(column):
        return highest, lowest
    visible = np.isfinite(row) & (column > -0.5) & (column < width - 0.5)
    at = np.rint(column[visible]).astype(np.intp)
    np.fmin.at(highest, at, row[visible])
    np.fmax.at(lowest, at, row[visible])
    borders = np.interp(np.arange(width + 1) - 0.5, column, row, left=np.nan, right=np.nan)
    top, bottom = np.fmin(borders[:-1], borders[1:]), np.fmax(borders[:-1], borders[1:])
    middle = np.rint((np.fmin(top, highest) + np.fmax(bottom, lowest)) / 2)
    # Comparisons with nan are false: a column with only borders, or only a point, needs no case.
    first = np.where((highest < top) | np.isnan(top), np.rint(highest), np.ceil(top))
    last = np.where((lowest > bottom) | np.isnan(bottom), np.rint(lowest), np.ceil(bottom) - 1)
    flat = last < first
    return np.where(flat, middle, first), np.where(flat, middle, last)


def curve_dots(first: Floats, last: Floats, height: int, stroke: Stroke = "solid") -> Bits:
    """The dots of a graph, by its extent in each column (see `curve`), shape (height, width).

    Every stroke shows steep columns, so that a spike stays.
    """
    visible = np.isfinite(first)
    pattern = _PATTERNS.get(stroke)
    if pattern is not None:
        steep = np.where(visible, last - first, 0) >= 3
        visible = visible & (np.resize(np.array(pattern, dtype=bool), len(first)) | steep)
    rows = np.arange(height)[:, None]
    bits: Bits = visible & (rows >= first) & (rows <= last)
    return bits


def path_dots(columns: Floats, rows: Floats, width: int, height: int) -> Bits:
    """The dots of a path through points in dot coordinates, shape (height, width).

    Points that are not finite interrupt the path.
    """
    bits = np.zeros((height, width), dtype=bool)
    finite = np.isfinite(columns) & np.isfinite(rows)
    # Points far outside are moved nearer, which bounds the number of steps.
    column = np.clip(np.where(finite, columns, 0), -4 * width, 5 * width)
    row = np.clip(np.where(finite, rows, 0), -4 * height, 5 * height)
    column, row, finite = _moving(column, row, finite)
    if not len(column):
        return bits
    joined = finite[:-1] & finite[1:]
    dx, dy = np.diff(column)[joined], np.diff(row)[joined]
    steps = np.ceil(np.maximum(np.abs(dx), np.abs(dy))).astype(np.intp) + 1
    starts = np.repeat(np.cumsum(steps) - steps, steps)
    share = (np.arange(len(starts)) - starts) / np.repeat(steps, steps)
    along_x = np.repeat(column[:-1][joined], steps) + share * np.repeat(dx, steps)
    along_y = np.repeat(row[:-1][joined], steps) + share * np.repeat(dy, steps)
    all_x = np.rint(np.concatenate((along_x, column[finite]))).astype(np.intp)
    all_y = np.rint(np.concatenate((along_y, row[finite]))).astype(np.intp)
    inside = (all_x >= 0) & (all_x < width) & (all_y >= 0) & (all_y < height)
    bits[all_y[inside], all_x[inside]] = True
    return bits


def thin_path(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The path thinned for drawing: of each run of points, the outermost four in their order."""
    size = len(x) * 4 // _LONGEST_PATH
    if size <= 4:
        return x, y
    whole = len(x) // size * size
    across, up = x[:whole].reshape(-1, size), y[:whole].reshape(-1, size)
    inside = [_extreme(v, sign) for v in (across, up) for sign in (-1, 1)]
    places = np.sort(np.stack(inside, axis=1), axis=1) + np.arange(0, whole, size)[:, None]
    rows = np.concatenate((places.ravel(), np.arange(whole, len(x))))
    return x[rows], y[rows]


def stroked(bits: Bits, stroke: Stroke) -> Bits:
    """The dots of a line that `stroke` shows."""
    pattern = _PATTERNS.get(stroke)
    if pattern is None:
        return bits
    return bits & np.resize(np.array(pattern, dtype=bool), bits.shape[1])[None, :]


def _column_limits(scale: Scale, width: int) -> tuple[float, float]:
    """The limits of the dot columns on the axis: half a dot beyond the outer dots."""
    half = (scale.high - scale.low) / max(width - 1, 1) / 2
    return scale.low - half, scale.high + half


def _moving(column: Floats, row: Floats, finite: Bits) -> tuple[Floats, Floats, Bits]:
    """The path without the steps that stay on one dot."""
    if not len(column):
        return column, row, finite
    dot = np.rint(column) * 1e7 + np.rint(row) + ~finite * 1e16
    moved = np.concatenate(([True], dot[1:] != dot[:-1]))
    return column[moved], row[moved], finite[moved]


def _extreme(values: Floats, sign: int) -> NDArray[np.intp]:
    """The column of the largest finite sign × value in each row."""
    places: NDArray[np.intp] = np.where(np.isfinite(values), sign * values, -np.inf).argmax(axis=1)
    return places
