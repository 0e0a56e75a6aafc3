"""The widget of a heat map, with a cursor that keys and clicks move."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.message import Message

from edgechaos_tui.charts.chart import Chart

if TYPE_CHECKING:
    from textual import events

    from edgechaos_tui.charts.canvas import Canvas
    from edgechaos_tui.charts.heat_drawing import HeatModel
    from edgechaos_tui.presentation.sweep.grid import GridCell, ResultGrid


class HeatMap(Chart):
    """The heat map of a `ResultGrid`; the cursor stays inside of it."""

    class Opened(Message):
        """A cell was clicked twice."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._model: HeatModel | None = None
        self._active = False

    def show(self, grid: ResultGrid, marked: frozenset[str]) -> None:
        """Show `grid`, with a mark on cells whose runs are all in `marked`."""
        from edgechaos_tui.charts.heat_drawing import HeatModel

        previous = self._model or HeatModel(grid, active=self._active)
        few = self.few_colours
        self._change(replace(previous, grid=grid, marked=marked, few_colours=few))
        self.move(0, 0)

    @property
    def cell(self) -> GridCell | None:
        """The cell with the cursor."""
        return self._model.grid.cells.get(self._model.cursor) if self._model else None

    def move(self, across: int, down: int) -> None:
        """Move the cursor, at most to the border."""
        if self._model is None:
            return
        columns, rows = self._model.grid.size
        column, row = self._model.cursor
        self._go((min(max(column + across, 0), columns - 1), min(max(row + down, 0), rows - 1)))

    def activate(self, active: bool) -> None:
        """Show whether keys move the cursor."""
        self._active = active
        if self._model is not None:
            self._change(replace(self._model, active=active))

    def draw(self, canvas: Canvas) -> None:
        """Draw the map."""
        from edgechaos_tui.charts.heat_drawing import draw_heat

        if self._model is not None:
            draw_heat(canvas, self._model)

    def on_click(self, event: events.Click) -> None:
        from edgechaos_tui.charts.heat_drawing import layout

        offset = event.get_content_offset(self)
        if offset is None or self._model is None:
            return
        place = layout(*self.size, self._model).place_at(offset.x, offset.y)
        if place is not None:
            self._go(place)
            if event.chain == 2:
                self.post_message(self.Opened())

    def _go(self, place: tuple[int, int]) -> None:
        if self._model is not None:
            self._change(replace(self._model, cursor=place))

    def _change(self, model: HeatModel) -> None:
        self._model = model
        self.changed()
