"""The widget of a `DepthMapModel`: order and chaos of each block over the epochs, as a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgechaos_tui.charts.chart import Chart

if TYPE_CHECKING:
    from edgechaos_tui.charts.canvas import Canvas
    from edgechaos_tui.charts.models import DepthMapModel


class DepthMap(Chart):
    """Blocks from top to bottom, epochs from left to right."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._model: DepthMapModel | None = None

    def show(self, model: DepthMapModel) -> None:
        """Show `model`; only cells that differ from the last drawing are repainted."""
        self._model = model
        self.changed()

    def draw(self, canvas: Canvas) -> None:
        """Draw the map."""
        from edgechaos_tui.charts.depth_drawing import draw_depth

        if self._model is not None:
            draw_depth(canvas, self._model, few_colours=self.few_colours)
