"""The drawing of the phase diagram as a field of coloured half blocks, or of shades."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edgechaos_tui.charts.axes import Frame
from edgechaos_tui.charts.canvas import FIRST_SHADE, Canvas, block_paints
from edgechaos_tui.charts.models import Field
from edgechaos_tui.charts.palette import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edgechaos_tui.charts.raster import Scale
    from edgechaos_tui.presentation.run.series import Floats

_SHADES = " ░▒▓"
_ASCII_SHADES = " .:#"


def draw_field(canvas: Canvas, area: Frame, field: Field, *, few_colours: bool = False) -> None:
    """Fill the plot area with the field: two values per cell in colour, one as a shade."""
    rows = area.height if few_colours else 2 * area.height
    shares = sample(field, area.x, area.y, area.width, rows)
    if few_colours:
        _fill_shades(canvas, area, shares)
    else:
        _fill_blocks(canvas, area, shares)


def sample(field: Field, x: Scale, y: Scale, width: int, height: int) -> Floats:
    """The field at the centres of height × width cells, as shares of its colour scale.

    0 is the low end and 1 the high end. Values are interpolated in the logarithm between the
    field's points; nan outside of the field and where it is unknown. The first row is the highest
    y. Shape (height, width).
    """
    across = _middles(x, width)
    up = _middles(y, height)[::-1]
    low, high = np.log10(field.low), np.log10(field.high)
    values = np.clip(np.asarray(field.values, dtype=np.float64), field.low, field.high)
    shares = (np.log10(values) - low) / (high - low)
    left, along = _neighbours(np.asarray(field.x), across)
    below, upward = _neighbours(np.asarray(field.y), up)
    right = np.minimum(left + 1, shares.shape[1] - 1)
    above = np.minimum(below + 1, shares.shape[0] - 1)
    rows = shares[below] * (1 - upward)[:, None] + shares[above] * upward[:, None]
    result: Floats = rows[:, left] * (1 - along) + rows[:, right] * along
    return result


def _fill_blocks(canvas: Canvas, area: Frame, shares: Floats) -> None:
    finite = np.isfinite(shares)
    levels = np.where(finite, np.rint(np.where(finite, shares, 0) * (LEVELS - 1)), -1)
    levels = levels.astype(np.int32)
    upper, lower = levels[0::2], levels[1::2]
    # Equal halves need no glyph, which saves two thirds of the bytes.
    equal = upper == lower
    only_lower = (upper < 0) & (lower >= 0)
    codes = np.where(equal, ord(" "), np.where(only_lower, ord("▄"), ord("▀"))).astype(np.uint32)
    paints = np.where(
        only_lower, block_paints(lower, upper), block_paints(np.where(equal, -1, upper), lower)
    ).astype(np.int32)
    canvas.fill(area.left, area.top, codes, paints)


def _fill_shades(canvas: Canvas, area: Frame, shares: Floats) -> None:
    shades = _ASCII_SHADES if canvas.ascii_only else _SHADES
    letters = np.array([ord(c) for c in shades], dtype=np.uint32)
    paints = np.array([0, FIRST_SHADE, FIRST_SHADE + 1, FIRST_SHADE + 2], dtype=np.int32)
    finite = np.isfinite(shares)
    index = np.clip((np.where(finite, shares, 0) * len(shades)).astype(np.intp), 0, len(shades) - 1)
    codes = np.where(finite, letters[index], ord(" ")).astype(np.uint32)
    canvas.fill(area.left, area.top, codes, paints[index])


def _middles(scale: Scale, cells: int) -> Floats:
    return scale.low + (np.arange(cells) + 0.5) / cells * (scale.high - scale.low)


def _neighbours(points: Floats, at: Floats) -> tuple[NDArray[np.intp], Floats]:
    """For each place, the index of the point before it and its share of the way to the next.

    The share is nan outside of the points.
    """
    if len(points) < 2:
        return np.zeros(len(at), dtype=np.intp), np.full(len(at), np.nan)
    lower = np.clip(np.searchsorted(points, at, side="right") - 1, 0, len(points) - 2)
    share = (at - points[lower]) / (points[lower + 1] - points[lower])
    # Places up to half a step beyond the outer points belong to these.
    inside = (share >= -0.5) & (share <= 1.5)
    return lower, np.where(inside, np.clip(share, 0, 1), np.nan)
