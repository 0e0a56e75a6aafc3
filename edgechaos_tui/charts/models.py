"""The content of charts as plain data, which screens build from a run's state.

Nothing here needs Textual. Arrays are never written to; a model may have views of growing columns
(`Series.view()`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Literal

from edgechaos_tui.charts.palette import Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edgechaos_tui.presentation.limits import Scaling
    from edgechaos_tui.presentation.run.series import Floats

Stroke = Literal["solid", "dashed", "dotted"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a chart's title: `Part("train 0.231", "train", "solid")`.

    stroke: put a sample of this line (─ ╌ ·) before the text, so that the title is the legend.
    The first part is the chart's name, in bold. When the title is too long, parts are left out
    from the end: the most important ones come first.
    """

    text: str
    role: Role = "text"
    stroke: Stroke | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """One curve. x: shape (n,), finite and not decreasing. y: shape (n,), gaps where not finite.

    stroke: distinguishes lines without colours: train "dashed", test "solid". name: written at the
    right end of the line, where there is room, unless a title part has it. marker: a character
    drawn on the line here and there, which distinguishes many lines without colours. faint: the raw
    trace of a moving average.
    """

    name: str
    x: Floats
    y: Floats
    role: Role = "text"
    stroke: Stroke = "solid"
    marker: str = ""
    faint: bool = False


@dataclass(frozen=True, slots=True)
class HorizontalMark:
    """A dashed line at `value` of the y axis with its label, such as the edge at J² = 1.

    kept: whether the y limits always contain it; else it is drawn only if they do.
    """

    value: float
    label: str
    role: Role = "edge"
    kept: bool = True


@dataclass(frozen=True, slots=True)
class VerticalMark:
    """A thin line at `x` of the x axis with its label: an edit, the forecast, the crossing."""

    x: float
    label: str = ""
    role: Role = "dim"


@dataclass(frozen=True, slots=True)
class Point:
    """A mark on one point of the chart: the best epoch of a curve."""

    x: float
    y: float
    glyph: str = "▲"
    role: Role = "mark"


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of the x axis drawn as a bar on it, such as the forecast's (50, 62)."""

    low: float
    high: float
    role: Role = "edge"


@dataclass(frozen=True, eq=False, slots=True)
class ChartModel:
    """Everything a `LineChart` shows.

    x_end: the end of the x axis; None: a little beyond the data. window: the part of the x axis
    that is shown, None for all of it. cursor: the x value at which all lines are read. scaling: the
    choice of the y limits; on a logarithmic axis values ≤ 0 are gaps. y_keep: values that the y
    axis always contains. y_bounds: the smallest and largest possible value of the metric. note:
    text after the title, where there is room. empty: the sentence shown while no line has a point.
    """

    title: tuple[Part, ...]
    lines: tuple[Line, ...] = ()
    horizontals: tuple[HorizontalMark, ...] = ()
    verticals: tuple[VerticalMark, ...] = ()
    points: tuple[Point, ...] = ()
    interval: Interval | None = None
    fit: Line | None = None
    x_label: str = "epoch"
    y_label: str = ""
    scaling: Scaling = "focus"
    x_end: float | None = None
    window: tuple[float, float] | None = None
    cursor: float | None = None
    y_keep: tuple[float, ...] = ()
    y_bounds: tuple[float, float] = (-inf, inf)
    note: str = ""
    empty: str = "waiting for the first epoch"


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """A theoretical edge in the phase plane. x: J₀/J, y: 1/J, both shape (n,).

    name: "edge" (tanh), "growth" or "gain" (ReLU). The first curve of a model separates order from
    chaos.
    """

    name: str
    x: Floats
    y: Floats
    stroke: Stroke = "dashed"


@dataclass(frozen=True, eq=False, slots=True)
class Field:
    """The asymptotic distances over the phase plane, a coloured field behind the path.

    x: J₀/J, shape (nx,), ascending. y: 1/J, shape (ny,), ascending. values: shape (ny, nx).
    low, high: the ends of the logarithmic colour scale: (1e-4, 1) for tanh, (1e-5, 100) for ReLU.
    """

    x: Floats
    y: Floats
    values: NDArray[np.floating]
    low: float = 1e-4
    high: float = 1.0


@dataclass(frozen=True, eq=False, slots=True)
class PhasePlaneModel:
    """Everything a `PhasePlane` shows.

    path_x: J₀/J, path_y: 1/J, shape (n,), one point per epoch; points that are not finite are gaps.
    best: the index of the best test loss in the path. now_role: the colour of the present point:
    the role of the run's phase ("order", "edge", "chaos"). x_range, y_range: the whole diagram (the
    field's own range when there is a field). zoom: show the path's surroundings instead.
    """

    title: tuple[Part, ...]
    path_x: Floats
    path_y: Floats
    best: int | None = None
    now_role: Role = "text"
    curves: tuple[Curve, ...] = ()
    field: Field | None = None
    x_range: tuple[float, float] = (-1.0, 2.0)
    y_range: tuple[float, float] = (0.0, 2.0)
    zoom: bool = False
    empty: str = "waiting for the first epoch"


@dataclass(frozen=True, eq=False, slots=True)
class DepthMapModel:
    """Everything a `DepthMap` shows: a number for each block at each epoch, 0 at the edge.

    names: of the blocks, the first at the top. epochs: shape (n,), ascending. values: shape
    (blocks, n), negative in order and positive in chaos, nan where not measured. scale: the colours
    reach from −scale to +scale. units: of the values, in words. x_end: the end of the axis of
    epochs. cursor: the epoch at which values are read; None: the last.
    """

    title: tuple[Part, ...]
    names: tuple[str, ...]
    epochs: Floats
    values: Floats
    scale: float
    units: str
    x_end: float
    x_label: str = "epoch"
    cursor: float | None = None
    empty: str = "waiting for the first epoch"
