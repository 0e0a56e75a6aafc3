"""The charts of a run, all that fit or one with tabs, and the keys that choose among them."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.screen import Screen
from textual.widgets import Static

from edgechaos_tui.charts.depth_map import DepthMap
from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.charts.models import ChartModel, Field
from edgechaos_tui.charts.phase_plane import PhasePlane
from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.run.analysis import depth
from edgechaos_tui.presentation.run.playback import Playback
from edgechaos_tui.screens.run import charts, depth_charts, free_metrics, text
from edgechaos_tui.terminal.pace import News

CHARTS: Final = ("loss", "accuracy", "j2", "phase", "indicator", "depth")
_TABS: Final = ("Loss", "Accuracy", "J²", "Phase", "Indicators")
_DEEP_TABS: Final = (*_TABS, "Depth")
_RECORDED_TABS: Final = ("Loss", "Accuracy", "Metrics", "Phase", "More metrics")


class Redraw(Protocol):
    """Asks for the named parts of the screen to be drawn again, as soon as the pace allows."""

    def __call__(self, news: News, *parts: str) -> None: ...


class ChartBoard(Vertical):
    """Draws the state at the place of `playback`, as `view` says.

    redraw: called when a key changed the choice.
    """

    def __init__(self, playback: Playback, view: Callable[[], ChartView], redraw: Redraw) -> None:
        super().__init__()
        self._playback = playback
        self._view = view
        self._redraw = redraw
        self._field: Field | None = None
        self._field_words = ""
        self._zoom: bool | None = None
        self._indicator = 0
        self._layer = 0
        self._profile = False
        self._chosen: int | None = None
        self._small = False
        self._drawers = {
            "loss": self._draw_loss,
            "accuracy": self._draw_accuracy,
            "j2": self._draw_j2,
            "phase": self._draw_phase,
            "indicator": self._draw_indicator,
            "depth": self._draw_depth,
        }

    def compose(self) -> ComposeResult:
        yield Static("", id="tabs")
        with Container(id="charts"):
            yield LineChart(id="loss")
            yield LineChart(id="accuracy")
            yield LineChart(id="j2")
            yield PhasePlane(id="phase")
            yield LineChart(id="indicator")
            with Container(id="depth"):
                yield DepthMap(id="depth-map")
                yield LineChart(id="profile")

    @property
    def deep(self) -> bool:
        """Whether the network has more than one block."""
        return depth.has_depth(self._playback.whole)

    @property
    def line_charts(self) -> Sequence[str]:
        """The line charts that chart keys act on: the maximised one, or all."""
        chosen = CHARTS[self._chosen or 0]
        if self.has_class("-single"):
            return (chosen,) if chosen not in ("phase", "depth") else ()
        return ("loss", "accuracy", "j2", "indicator")

    def visible_charts(self, *, vast: bool) -> set[str]:
        """The charts that fit. vast: whether the screen is very wide."""
        if self.has_class("-single"):
            return {CHARTS[self._chosen or 0]}
        absent = {"phase"} if self.has_class("-deep") else {"depth"}
        return set(CHARTS) - absent - (set() if vast else {"indicator"})

    def draw(self, name: str) -> None:
        """Draw the chart `name` of the present state."""
        self._drawers[name]()

    def lay_out(self, *, small: bool) -> None:
        """Show one chart with tabs where space is small or one was chosen; else all."""
        self._small = small
        chosen = self._chosen or 0
        self.set_class(small or self._chosen is not None, "-single")
        self.set_class(self.deep, "-deep")
        self.set_class(self._profile, "-profile")
        for index, name in enumerate(CHARTS):
            self.query_one(f"#{name}").set_class(index == chosen, "-chosen")
        names = _DEEP_TABS if self.deep else _TABS
        if free_metrics.fills_j2(self._playback.state):
            names = _RECORDED_TABS
        self.query_one("#tabs", Static).update(text.tabs(names, chosen))

    def take_field(self, field: Field | None, words: str) -> None:
        """Draw the phase plane over `field` from now on; None keeps the last one. words: on the
        progress of its computation."""
        self._field = field or self._field
        self._field_words = words
        self._redraw("epoch" if field else "progress", "phase")

    def choose(self, index: int) -> None:
        """Maximise the chart at `index` in CHARTS; show all again if it is maximised."""
        if CHARTS[index] == "depth" and not self.deep:
            return
        self._chosen = None if self._chosen == index and not self._small else index
        self.lay_out(small=self._small)
        self._redraw("key")

    def zoom(self) -> None:
        """Switch the phase plane between the surroundings of the path and the whole."""
        self._zoom = not charts.zoomed(self._playback.state, self._zoom)
        self._redraw("key", "phase")

    def next_indicator(self) -> None:
        """Show the next indicator, or the next group of metrics."""
        self._indicator += 1
        self._redraw("key", "indicator", "j2")
        name = "j2" if free_metrics.fills_j2(self._playback.state) else "indicator"
        if not self.query_one(f"#{name}").display:
            self.choose(CHARTS.index(name))

    def next_layer(self) -> None:
        """Show J² and the path of the next layer."""
        self._layer += 1
        self._redraw("key", "j2", "phase")

    def turn_depth(self) -> None:
        """Switch between the map of blocks over epochs and the profile at one epoch."""
        if self.query_one("#depth").display:
            self._profile = not self._profile
            self.lay_out(small=self._small)
            self._redraw("key", "depth")
        else:
            self.choose(CHARTS.index("depth"))

    def _draw_loss(self) -> None:
        self._show("loss", charts.loss_chart(self._playback.state, self._view()))

    def _draw_accuracy(self) -> None:
        self._show("accuracy", charts.accuracy_chart(self._playback.state, self._view()))

    def _draw_j2(self) -> None:
        state, view = self._playback.state, self._view()
        if free_metrics.fills_j2(state):
            model = free_metrics.chart(state, view, self._indicator)
        elif self._layer_path is not None:
            model = depth_charts.layer_j2_chart(state, view, self._layer_path)
        else:
            model = charts.j2_chart(state, view)
        self._show("j2", model)

    def _draw_indicator(self) -> None:
        state, view, index = self._playback.state, self._view(), self._indicator
        if free_metrics.has_charts(state):
            # The first group may have taken the place of J².
            model = free_metrics.chart(state, view, index + free_metrics.fills_j2(state))
        else:
            model = charts.indicator_chart(state, view, index)
        self._show("indicator", model)

    def _draw_phase(self) -> None:
        model = charts.phase_plane(
            self._playback.state,
            zoom=self._zoom,
            field=self._field,
            news=self._field_words,
            layer=self._layer_path,
        )
        self.query_one(PhasePlane).show(model)

    def _draw_depth(self) -> None:
        state, view = self._playback.state, self._view()
        if self._profile:
            self._show("profile", depth_charts.profile(state, view))
        else:
            self.query_one(DepthMap).show(depth_charts.depth_map(state, view))

    def _show(self, name: str, model: ChartModel) -> None:
        self.query_one(f"#{name}", LineChart).show(model)

    @property
    def _layer_path(self) -> charts.LayerPath | None:
        """The layer whose J² and path are shown, of a network with depth."""
        return depth_charts.layer_path(self._playback.state, self._layer)


class ChartBoardKeys(Screen[None]):
    """The keys that choose a chart and its content on `board`, which the screen makes."""

    board: ChartBoard

    def action_chart(self, index: int) -> None:
        self.board.choose(index)

    def action_zoom(self) -> None:
        self.board.zoom()

    def action_indicator(self) -> None:
        self.board.next_indicator()

    def action_layer(self) -> None:
        if self.board.deep:
            self.board.next_layer()
        else:
            self.notify("this network has one hidden layer")

    def action_depth(self) -> None:
        if self.board.deep:
            self.board.turn_depth()
        else:
            self.notify("this network has one hidden layer: i shows its indicators")
