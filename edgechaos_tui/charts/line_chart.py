"""Curves over epochs: loss, accuracy, J², with marks. Draws a `ChartModel`.

The curves are drawn in braille by `raster`, not by plotext. Measured alternately on one core of a
busy machine, two lines of 500 points, plotext 5.3.2 with the `Text.from_ansi` that textual-plotext
needs: 18 ms against 2.6 ms at 58×16, 17 ms against 3.5 ms at 190×50 (CPU time, medians). Besides,
its output is one ANSI string without a grid to compare, its figure is global to the process, its
axes move with the data, and importing it costs 40 ms before the first paint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgechaos_tui.charts.chart import Chart
from edgechaos_tui.charts.models import ChartModel

if TYPE_CHECKING:
    from edgechaos_tui.charts.axis import Limits
    from edgechaos_tui.charts.canvas import Canvas


class LineChart(Chart):
    """A chart of curves."""

    def __init__(
        self,
        model: ChartModel | None = None,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._model = model or ChartModel(title=())
        self._y_limits: Limits | None = None

    def show(self, model: ChartModel) -> None:
        """Show this model from now on; what it shares with the last one is not repainted."""
        if model.y_log != self._model.y_log:
            self._y_limits = None
        self._model = model
        self.changed()

    def draw(self, canvas: Canvas) -> None:
        """Draw the model; limits stay where they are while they serve."""
        from edgechaos_tui.charts.line_drawing import draw_lines

        self._y_limits = draw_lines(canvas, self._model, self._y_limits)
