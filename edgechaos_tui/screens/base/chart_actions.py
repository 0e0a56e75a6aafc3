"""Keys and mouse that change how charts are looked at, the same on each screen with line charts."""

from collections.abc import Sequence

from textual import on

from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.presentation.chart_view import ChartView, Window, zoom_in, zoom_out
from edgechaos_tui.screens.base.replaying import Replaying
from edgechaos_tui.terminal.pace import News

_WHEEL: float = 1.25


class ChartActions(Replaying):
    """Changes `_view` as the keys of keys.CHARTS and the mouse on a chart say, and redraws."""

    _view: ChartView

    def _looked_at(self) -> Sequence[str]:
        """The charts that a key concerns: the one that is maximised, or all that are shown."""
        raise NotImplementedError

    def _whole(self) -> Window:
        """The ends of the horizontal axis without a window."""
        raise NotImplementedError

    def _place(self) -> float:
        """The place that the charts are read at."""
        raise NotImplementedError

    def _point(self, place: float) -> None:
        """Read the charts at `place`."""
        raise NotImplementedError

    def _look(self, view: ChartView, news: News = "key") -> None:
        if view != self._view:
            self._view = view
            self._redraw_all(news)

    def action_scale(self) -> None:
        charts = self._looked_at()
        if charts:
            self._look(self._view.scaled(*charts))

    def action_smooth(self) -> None:
        self._look(self._view.smoothed())

    def action_plan(self) -> None:
        self._look(self._view.planned())

    def action_zoom_in(self) -> None:
        self._look(zoom_in(self._view, self._place(), self._whole()))

    def action_zoom_out(self) -> None:
        self._look(zoom_out(self._view, self._place(), self._whole()))

    def action_whole(self) -> None:
        self._look(self._view.whole())

    @on(LineChart.Zoomed)
    def _zoomed(self, message: LineChart.Zoomed) -> None:
        factor = _WHEEL if message.closer else 1 / _WHEEL
        self._look(self._view.zoomed(factor, message.place, self._whole()))

    @on(LineChart.Panned)
    def _panned(self, message: LineChart.Panned) -> None:
        self._look(self._view.panned(message.distance, self._whole()))

    @on(LineChart.Pointed)
    def _pointed(self, message: LineChart.Pointed) -> None:
        self._point(message.place)

    @on(LineChart.Returned)
    def _returned(self) -> None:
        self.action_whole()
