"""Lines and bounds that the charts of a run and of a comparison share."""

import math
from dataclasses import replace
from typing import Final

from edgechaos_tui.charts.models import Line
from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.limits import smoothed

LOSS_BOUNDS: Final = (0.0, math.inf)
"""A loss, like J², is never negative."""
ACCURACY_BOUNDS: Final = (0.0, 1.0)
NEAR_EDGE: Final = 0.5
"""The edge is on a chart of J² once J² has come to this share of it."""


def averaged(line: Line, view: ChartView) -> tuple[Line, ...]:
    """The line, or its moving average over its faint raw trace."""
    if view.smoothing < 2:
        return (line,)
    raw = replace(line, name="", role="faint", stroke="solid", marker="", faint=True)
    return raw, replace(line, y=smoothed(line.y, view.smoothing))
