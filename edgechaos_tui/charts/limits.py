"""The limits of a line chart's axes, and the number of points beyond them."""

from __future__ import annotations

import numpy as np

from edgechaos_tui.charts.axis import Limits, extent, linear_limits, log_limits
from edgechaos_tui.charts.models import ChartModel, Line
from edgechaos_tui.charts.raster import Scale
from edgechaos_tui.presentation.limits import Beyond, epoch_end, focus_range, full_range, outside
from edgechaos_tui.presentation.run.series import Floats


def y_limits(model: ChartModel, previous: Limits | None) -> Limits | None:
    """The y limits for the model's scaling, which contain its marks and `y_keep`.

    They are the previous ones if these still fit. None without a point.
    """
    curves = [_seen(line, model) for line in model.lines]
    if full_range(curves) is None:
        return None
    always_inside = [*model.y_keep, *(mark.value for mark in model.horizontals if mark.kept)]
    if model.scaling == "log":
        positive = [curve[curve > 0] for curve in curves]
        low, high = full_range(positive, [v for v in always_inside if v > 0]) or (0.1, 1.0)
        return log_limits(low, high, previous)
    measure = focus_range if model.scaling == "focus" else full_range
    low, high = measure(curves, always_inside) or (0.0, 1.0)
    return _bounded(linear_limits(*_with_room(model, low, high), previous), model.y_bounds)


def x_scale(model: ChartModel) -> Scale:
    """The x axis: the model's window, or from zero, or from data below it, to the known end."""
    if model.window is not None and model.window[0] < model.window[1]:
        return Scale(*model.window)
    ends = extent(v for line in model.lines if len(line.x) for v in (line.x[0], line.x[-1]))
    low, high = ends or (0.0, 0.0)
    end = model.x_end
    if end is None or not end > 0 or high > end:
        end = epoch_end(high, grows=True)
    return Scale(min(0.0, linear_limits(low, end)[0] if low < 0 else 0.0), float(end))


def beyond(model: ChartModel, limits: Limits) -> Beyond:
    """The points of the lines, within the model's window, that lie beyond the limits."""
    curves = [_seen(line, model) for line in model.lines if not line.faint]
    return outside(curves, limits, log=model.scaling == "log")


def _seen(line: Line, model: ChartModel) -> Floats:
    if model.window is None:
        return line.y
    inside = (line.x >= model.window[0]) & (line.x <= model.window[1])
    return line.y[inside]


def _with_room(model: ChartModel, low: float, high: float) -> Limits:
    """The range with room beyond its marks: a mark on the border is hard to see."""
    room = (high - low) / 20
    marked = [mark.value for mark in model.horizontals if mark.kept]
    spread = [v for value in marked for v in (value - room, value + room)]
    return extent([low, high, *(v for v in spread if v > 0 or low < 0)]) or (low, high)


def _bounded(limits: Limits, bounds: tuple[float, float]) -> Limits:
    """The limits cut to the bounds of the metric, unless nothing would be left."""
    low, high = max(limits[0], bounds[0]), min(limits[1], bounds[1])
    return (low, high) if np.isfinite(high - low) and low < high else limits
