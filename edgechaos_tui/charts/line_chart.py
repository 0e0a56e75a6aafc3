"""The widget of a `ChartModel`: curves over epochs, with marks.

The curves are drawn in braille by `raster`, not by plotext. Measured alternately on one core of a
busy machine, two lines of 500 points, plotext 5.3.2 with the `Text.from_ansi` that textual-plotext
needs: 18 ms against 2.6 ms at 58×16, 17 ms against 3.5 ms at 190×50 (CPU time, medians). Besides,
its output is one ANSI string without a grid to compare, its figure is global to the process, its
axes move with the data, and importing it costs 40 ms before the first paint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.events import (
    Click,
    MouseDown,
    MouseEvent,
    MouseMove,
    MouseScrollDown,
    MouseScrollUp,
)
from textual.message import Message

from edgechaos_tui.charts.chart import Chart
from edgechaos_tui.charts.models import ChartModel

if TYPE_CHECKING:
    from edgechaos_tui.charts.canvas import Canvas
    from edgechaos_tui.charts.line_drawing import Drawn


class LineChart(Chart):
    """A chart of curves. It posts a message for the wheel, a drag, a click and a double click.

    The screen answers them for all its charts together.
    """

    class Zoomed(Message):
        """The wheel was turned at `place` of the horizontal axis."""

        def __init__(self, place: float, *, closer: bool) -> None:
            super().__init__()
            self.place = place
            self.closer = closer

    class Panned(Message):
        """The chart was dragged: its window is to move by `distance` along the axis."""

        def __init__(self, distance: float) -> None:
            super().__init__()
            self.distance = distance

    class Pointed(Message):
        """A click at `place` of the horizontal axis."""

        def __init__(self, place: float) -> None:
            super().__init__()
            self.place = place

    class Returned(Message):
        """A double click, which asks for the whole axis again."""

    def __init__(
        self,
        model: ChartModel | None = None,
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._model = model or ChartModel(title=())
        self._drawn: Drawn | None = None
        self._dragged_from: float | None = None
        self._dragged = False
        self._column = 0

    def show(self, model: ChartModel) -> None:
        """Show `model`; only cells that differ from the last drawing are repainted."""
        if (model.scaling, model.window) != (self._model.scaling, self._model.window):
            self._drawn = None
        self._model = model
        self.changed()

    def draw(self, canvas: Canvas) -> None:
        """Draw the model; y limits stay as long as they fit."""
        from edgechaos_tui.charts.line_drawing import draw_lines

        self._drawn = draw_lines(canvas, self._model, self._drawn.limits if self._drawn else None)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self._turn(event, closer=True)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self._turn(event, closer=False)

    def _turn(self, event: MouseEvent, *, closer: bool) -> None:
        place = self._place(event.x)
        if place is not None:
            event.stop()
            self.post_message(self.Zoomed(place, closer=closer))

    def on_mouse_down(self, event: MouseDown) -> None:
        self._dragged_from, self._dragged = self._place(event.x), False
        self._column = event.x
        self.capture_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        place = self._place(event.x)
        if self._dragged_from is not None and place is not None and event.x != self._column:
            self._dragged, self._column = True, event.x
            self.post_message(self.Panned(self._dragged_from - place))

    def on_mouse_up(self) -> None:
        self.release_mouse()
        self._dragged_from = None

    def on_click(self, event: Click) -> None:
        place = self._place(event.x)
        if place is None or self._dragged:
            return
        self.post_message(self.Returned() if event.chain > 1 else self.Pointed(place))

    def _place(self, column: int) -> float | None:
        """The place on the horizontal axis at a column of the widget; None outside of it."""
        if self._drawn is None:
            return None
        area = self._drawn.area
        share = (column - area.left + 0.5) / area.width
        if not 0 <= share <= 1:
            return None
        return area.x.low + share * (area.x.high - area.x.low)
