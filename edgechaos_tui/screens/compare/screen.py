"""The screen of two to eight sessions side by side: charts with one cursor, and a table.

Live sessions keep growing: one thread polls all of them.
"""

import threading
from collections.abc import Sequence
from typing import ClassVar, Final

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from edgechaos_tui import keys
from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.presentation.chart_view import Window
from edgechaos_tui.presentation.compare.comparison import Axis, Member, axes_of, free_metrics
from edgechaos_tui.presentation.compare.effect import effect_words
from edgechaos_tui.presentation.compare.landmarks import as_of
from edgechaos_tui.presentation.compare.playback import ComparisonPlayback
from edgechaos_tui.presentation.compare.results import groups
from edgechaos_tui.presentation.compare.table import collapse_words, table_of
from edgechaos_tui.presentation.run.replay_clock import Start
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.run.watch import Watch
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.chart_actions import ChartKeys, ChartViewer
from edgechaos_tui.screens.base.painter import Painter
from edgechaos_tui.screens.base.replay_controller import ReplayController
from edgechaos_tui.screens.compare import charts, text
from edgechaos_tui.screens.compare.charts import View, axis_end, metrics_of
from edgechaos_tui.screens.compare.replay import CompareReplayKeys, mode_words, transport
from edgechaos_tui.screens.dialogs.export import ask_export, comparison_formats
from edgechaos_tui.terminal.textual_internals import HeldScreen
from edgechaos_tui.widgets.footer import too_wide, without
from edgechaos_tui.widgets.key_footer import KeyFooter
from edgechaos_tui.widgets.replay_bar import ReplayBar
from edgechaos_tui.workers import log_feed
from engine.storage.session.status import Status

_NARROWEST_CHART: Final = 24
# What a chart's title needs: `Loss`, then ` A .377` for each run.
_NAME_CELLS, _VALUE_CELLS = 4, 7
_SMALL_WIDTH, _SMALL_HEIGHT = 100, 32


class CompareScreen(CompareReplayKeys, ChartKeys, HeldScreen):
    """Shows several sessions at the place of `_playback`.

    begin: the replay to start once the records are read.
    """

    KEY_HELP: ClassVar[keys.Help] = ("compare", (keys.PLAYER, keys.COMPARE))
    BINDINGS = keys.bindings(keys.PLAYER, keys.COMPARE)
    CSS_PATH = "compare.tcss"
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_SMALL_WIDTH, "-wide")]

    def __init__(
        self, watches: Sequence[Watch], *, axis: Axis = "epoch", begin: Start | None = None
    ) -> None:
        super().__init__()
        self._watches = watches
        self._members = [
            Member(
                w.session.name, w.info.hyperparameters, RunState(w.start), w.info.id, w.info.parent
            )
            for w in watches
        ]  # fmt: skip
        self._all_metrics = metrics_of(self._members)
        self._playback = ComparisonPlayback(self._members, axis)
        self._begin = begin
        self._statuses: dict[int, Status] = {}
        # Charts of half a record would choose limits that stay when the rest is there.
        self._caught_up = False
        self._means = False
        self._free = ""
        self._overlay = True
        self._chosen: int | None = None
        self._table: bool | None = None
        self._reference: int | None = None
        self._every = False
        self._shown_texts: dict[str, Text] = {}
        self._ended = threading.Event()
        self._painter = Painter(self, self._draw)
        self.replay = ReplayController(self, self._playback, self._painter.request)
        self.viewer = ChartViewer(
            lambda: self._metrics, self._whole, self._place, self.replay.seek, self._painter.request
        )

    def compose(self) -> ComposeResult:
        with Container(id="top"):
            yield Static("", id="header")
            yield ReplayBar()
        yield Static("", id="legend")
        yield Static("", id="collapse")
        yield Static("", id="tabs")
        with Container(id="charts"):
            for name in self._all_metrics:
                yield LineChart(id=f"overlay-{name}")
            for name in self._all_metrics:
                for index in range(len(self._members)):
                    yield LineChart(id=f"split-{name}-{index}")
        with VerticalScroll(id="table", can_focus=False):
            yield Static("", id="cells")
        yield KeyFooter()

    def on_mount(self) -> None:
        self._painter.start()
        self._say("collapse", Text("reading the logs …"))
        self._arrange()
        arguments = (self, self._watches, self._ended)
        threading.Thread(target=log_feed.follow_all, args=arguments, daemon=True).start()

    def on_screen_resume(self) -> None:
        self._painter.resume()

    def on_unmount(self) -> None:
        self._ended.set()

    def on_resize(self) -> None:
        self.call_after_refresh(self._arrange)
        # How many keys the footer shows depends on the width.
        self.refresh_bindings()

    # Messages of the log feed

    @on(log_feed.Looked)
    def _take_sights(self, message: log_feed.Looked) -> None:
        for index, sight in message.sights.items():
            self._statuses[index] = sight.status
            self._playback.take(index, sight.events)
        message.taken.set()
        if message.behind:
            return
        self._caught_up = True
        self._playback.choose_axis()
        self._free = self._free or next(iter(free_metrics(self._members)), "")
        effects = effect_words(self._members)
        self.set_class(bool(effects), "-effect")
        words = "\n".join(effects) or collapse_words(self._members)
        self._say("collapse", Text(words))
        if self._begin is not None:
            self._playback.begin(self._begin)
            self._begin = None
            self.replay.start()
        self._painter.request("epoch")
        self._painter.open()

    @on(log_feed.Lost)
    def _report_lost(self, message: log_feed.Lost) -> None:
        self.notify(clean(message.sentence), severity="error")

    # Drawing

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The bindings that work now; a narrow footer shows those that matter most."""
        narrow = too_wide(keys.COMPARE_UNSHOWN, self.size.width)
        return without(super().active_bindings, narrow)

    @property
    def _comparison_view(self) -> View:
        playback = self._playback
        return View(playback.axis, playback.place, self.viewer.view, self._means, self._free)

    @property
    def _small(self) -> bool:
        return self.size.width < _SMALL_WIDTH or self.size.height < _SMALL_HEIGHT

    @property
    def _single(self) -> bool:
        """Whether one metric is shown at a time, by choice or for lack of space."""
        return self._chosen is not None or self._small or self._crowded

    @property
    def _crowded(self) -> bool:
        """Whether the charts of all metrics would be too narrow for the runs' values."""
        if not self._overlay:
            return self._columns < len(self._members)
        cells = self.size.width // len(self._all_metrics) - 2
        return cells < _NAME_CELLS + _VALUE_CELLS * len(self._members)

    @property
    def _columns(self) -> int:
        """The number of charts that fit side by side."""
        return min(len(self._members), max(1, self.size.width // _NARROWEST_CHART))

    @property
    def _table_shown(self) -> bool:
        return not self._small if self._table is None else self._table

    def _arrange(self) -> None:
        """Choose the charts that are shown, and their number of columns."""
        self.set_class(self._single, "-single")
        self.set_class(self._small, "-small")
        self.set_class(not self._overlay, "-split")
        self.set_class(self._table_shown, "-table")
        visible = {chart_id for name in self._metrics for chart_id in self._charts_of(name)}
        for chart in self.query(LineChart):
            chart.set_class(chart.id in visible, "-shown")
        columns = 1 if self._single else len(self._all_metrics)
        if not self._overlay:
            columns = self._columns
        self.query_one("#charts").styles.grid_size_columns = columns
        on_table = self._small and self._table_shown
        self._say("tabs", text.tabs(self._all_metrics, None if on_table else self._chosen or 0))
        self._painter.draw()

    @property
    def _metrics(self) -> tuple[str, ...]:
        return (self._all_metrics[self._chosen or 0],) if self._single else self._all_metrics

    def _charts_of(self, name: str) -> list[str]:
        if self._overlay:
            return [f"overlay-{name}"]
        return [f"split-{name}-{i}" for i in range(len(self._members))]

    def _draw(self) -> None:
        """Draw the present state; no charts before the records were read once."""
        members, view = self._members, self._comparison_view
        if self._caught_up:
            self._draw_charts(view)
        width = self.size.width - 2
        mode = mode_words(self._playback, self._statuses.values())
        axes = axes_of(members)
        header = text.header(len(members), axes, view.axis, mode, overlay=self._overlay)
        self._say("header", header)
        bar = transport(self._playback, self.replay.speed_words, self.viewer.view)
        self.query_one(ReplayBar).show(bar)
        self._say("legend", text.legend(members, self._statuses, self._reference, width))
        if self._table_shown:
            members_then = as_of(members, view.axis, view.place)
            table = table_of(members_then, reference=self._reference, every=self._every)
            # Its scrollbar takes a column.
            self._say("cells", text.table_text(table, width - 1))

    def _draw_charts(self, view: View) -> None:
        members = self._members
        for name in self._metrics:
            if self._overlay:
                models = [charts.overlay_chart(members, name, view)]
            else:
                models = charts.split_charts(members, name, view)
            for chart_id, model in zip(self._charts_of(name), models, strict=True):
                # Each in a turn of its own: two dozen charts drawn at once would hold up the keys.
                chart = self.query_one(f"#{chart_id}", LineChart)
                chart.call_later(chart.show, model)

    def _say(self, where: str, words: Text) -> None:
        """Show `words` in the widget `where`; the same words again send nothing."""
        if self._shown_texts.get(where) != words:
            self._shown_texts[where] = words
            self.query_one(f"#{where}", Static).update(words)

    # Keys

    def action_overlay(self) -> None:
        self._overlay = not self._overlay
        self._arrange()

    def action_axis(self) -> None:
        self._playback.next_axis()
        # A window of epochs means nothing in seconds.
        self.viewer.view = self.viewer.view.whole()
        self.replay.moved()

    def action_chart(self, index: int) -> None:
        if index >= len(self._all_metrics):
            self.notify(
                "none of these runs is a twin; t on a run's own screen starts one"
                if charts.TWIN not in self._all_metrics and index == len(charts.METRICS)
                else f"there is no chart {index + 1} here"
            )
            return
        self._chosen = None if self._chosen == index and not self._small else index
        if self._small:
            self._table = None
        self._arrange()

    def _whole(self) -> Window:
        return 0.0, axis_end(self._members, self._playback.axis, self.viewer.view)

    def _place(self) -> float:
        place = self._playback.place
        return self._playback.recorded if place is None else place

    def action_means(self) -> None:
        if not groups(self._members):
            self.notify("no two of these runs differ only in the seed")
            return
        self._overlay = True
        self._means = not self._means
        self._arrange()

    def action_metric(self) -> None:
        names = free_metrics(self._members)
        if not names:
            self.notify("none of these runs logged a metric under a name of its own")
            return
        index = names.index(self._free) if self._free in names else -1
        self._free = names[(index + 1) % len(names)]
        if self._single:
            self._chosen, self._table = self._all_metrics.index(charts.FREE), False
        self._arrange()

    def action_table(self) -> None:
        self._table = not self._table_shown
        self._arrange()

    def action_scroll(self, steps: int) -> None:
        self.query_one("#table", VerticalScroll).scroll_relative(y=steps, animate=False)

    def action_export(self) -> None:
        view = self._comparison_view
        formats = comparison_formats(
            [watch.session for watch in self._watches], view.axis, view.place,
            reference=self._reference, every=self._every,
        )  # fmt: skip
        ask_export(self, "the comparison", "comparison", formats)

    def action_reference(self) -> None:
        following = 0 if self._reference is None else self._reference + 1
        self._reference = following if following < len(self._members) else None
        self._painter.request("key")

    def action_every(self) -> None:
        self._every = not self._every
        self._painter.request("key")

    def action_leave(self) -> None:
        self.dismiss()
