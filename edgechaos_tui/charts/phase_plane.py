"""The widget of a `PhasePlaneModel`: a run's path through the plane of J₀/J and 1/J."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgechaos_tui.charts.chart import Chart
from edgechaos_tui.charts.models import PhasePlaneModel

if TYPE_CHECKING:
    from edgechaos_tui.charts.axis import Limits
    from edgechaos_tui.charts.canvas import Canvas


class PhasePlane(Chart):
    """The phase plane: the theoretical edge, the computed field, if there is one, and the path."""

    def __init__(self, model: PhasePlaneModel | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._model = model
        self._limits: tuple[Limits, Limits] | None = None

    def show(self, model: PhasePlaneModel) -> None:
        """Show `model`; only cells that differ from the last drawing are repainted."""
        if self._model is None or model.zoom != self._model.zoom:
            self._limits = None
        self._model = model
        self.changed()

    def draw(self, canvas: Canvas) -> None:
        """Draw the model; when zoomed, the limits stay as long as they fit."""
        from edgechaos_tui.charts.phase_drawing import draw_plane

        if self._model is not None:
            few = self.few_colours
            self._limits = draw_plane(canvas, self._model, self._limits, few_colours=few)
