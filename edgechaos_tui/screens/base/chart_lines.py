"""Lines that the charts of a run and of a comparison share."""

from dataclasses import replace

from edgechaos_tui.charts.models import Line
from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.limits import smoothed


def averaged(line: Line, view: ChartView) -> tuple[Line, ...]:
    """The line, or its moving average over its faint raw trace."""
    if view.smoothing < 2:
        return (line,)
    raw = replace(line, name="", role="faint", stroke="solid", marker="", faint=True)
    return raw, replace(line, y=smoothed(line.y, view.smoothing))
