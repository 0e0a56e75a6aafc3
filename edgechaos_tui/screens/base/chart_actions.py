"""The view of line charts, and the keys and mouse actions that change it on each screen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from textual import on
from textual.screen import Screen

from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.presentation.chart_view import ChartView, Window, zoom_in, zoom_out
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.terminal.pace import News

_WHEEL: Final = 1.25


@dataclass
class ChartViewer:
    """How the charts of a screen are viewed; calls `show` when that changes.

    charts: those that keys act on, the maximised one or all that are shown. whole: the ends of the
    horizontal axis without a window. place: where the charts are read. point: moves that place.
    """

    charts: Callable[[], Sequence[str]]
    whole: Callable[[], Window]
    place: Callable[[], float]
    point: Callable[[float], None]
    show: Callable[[News], None]
    view: ChartView = field(default_factory=ChartView)

    def look(self, view: ChartView, news: News = "key") -> None:
        """View the charts by `view` from now on."""
        if view != self.view:
            self.view = view
            self.show(news)


class ChartKeys(Screen[None]):
    """The keys of keys.CHARTS and the mouse on a chart; each changes the view of `viewer`, which
    the screen makes."""

    viewer: ChartViewer

    def on_mount(self) -> None:
        # Charts are scaled as on the screen before.
        self.viewer.view = replace(self.viewer.view, scalings=shell(self).chart_scalings)

    def action_scale(self) -> None:
        charts = self.viewer.charts()
        if charts:
            self.viewer.look(self.viewer.view.scaled(*charts))
            shell(self).chart_scalings = self.viewer.view.scalings

    def action_smooth(self) -> None:
        self.viewer.look(self.viewer.view.smoothed())

    def action_plan(self) -> None:
        self.viewer.look(self.viewer.view.planned())

    def action_zoom_in(self) -> None:
        viewer = self.viewer
        viewer.look(zoom_in(viewer.view, viewer.place(), viewer.whole()))

    def action_zoom_out(self) -> None:
        viewer = self.viewer
        viewer.look(zoom_out(viewer.view, viewer.place(), viewer.whole()))

    def action_whole(self) -> None:
        self.viewer.look(self.viewer.view.whole())

    @on(LineChart.Zoomed)
    def _zoomed(self, message: LineChart.Zoomed) -> None:
        factor = _WHEEL if message.closer else 1 / _WHEEL
        self.viewer.look(self.viewer.view.zoomed(factor, message.place, self.viewer.whole()))

    @on(LineChart.Panned)
    def _panned(self, message: LineChart.Panned) -> None:
        self.viewer.look(self.viewer.view.panned(message.distance, self.viewer.whole()))

    @on(LineChart.Pointed)
    def _pointed(self, message: LineChart.Pointed) -> None:
        self.viewer.point(message.place)

    @on(LineChart.Returned)
    def _returned(self) -> None:
        self.action_whole()
