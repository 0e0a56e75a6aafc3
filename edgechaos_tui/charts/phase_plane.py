"""A run's path through the phase diagram: J₀/J across, 1/J up. Draws a `PhasePlaneModel`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgechaos_tui.charts.chart import Chart
from edgechaos_tui.charts.models import PhasePlaneModel

if TYPE_CHECKING:
    from edgechaos_tui.charts.axis import Limits
    from edgechaos_tui.charts.canvas import Canvas


class PhasePlane(Chart):
    """The phase plane: the theoretical edge, the computed field if there is one, the path."""

    def __init__(self, model: PhasePlaneModel | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._model = model
        self._limits: tuple[Limits, Limits] | None = None

    def show(self, model: PhasePlaneModel) -> None:
        """Show this model from now on; what it shares with the last one is not repainted."""
        if self._model is None or model.zoom != self._model.zoom:
            self._limits = None
        self._model = model
        self.changed()

    def draw(self, canvas: Canvas) -> None:
        """Draw the model; when zoomed, limits stay where they are while they serve."""
        from edgechaos_tui.charts.phase_drawing import draw_plane

        if self._model is not None:
            few = self.few_colours
            self._limits = draw_plane(canvas, self._model, self._limits, few_colours=few)
