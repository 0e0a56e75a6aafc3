"""Two to eight sessions side by side: split or overlaid, one cursor through all, a table beneath.

Live sessions keep growing: one thread looks at all of them.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.timer import Timer
from textual.widgets import Footer, Static

from edgechaos_tui import compare_feed, keys
from edgechaos_tui.core import comparison
from edgechaos_tui.core.comparison import AXES, Axis, Member
from edgechaos_tui.core.comparison_places import Kind, as_of, next_stop
from edgechaos_tui.core.comparison_results import groups
from edgechaos_tui.core.comparison_table import collapse_words, table_of
from edgechaos_tui.core.run_state import RunState
from edgechaos_tui.core.text import clean
from edgechaos_tui.core.watch import Watch
from edgechaos_tui.screens import compare_charts, compare_words
from edgechaos_tui.screens.compare_charts import METRICS, View
from edgechaos_tui.screens.exporting import Exporting, comparison_formats
from edgechaos_tui.screens.paced import Paced
from edgechaos_tui.widgets.line_chart import LineChart
from engine.record.status import Status

_NARROWEST_CHART: Final = 24
_SPEEDS: Final = (1, 2, 4, 8, 16, 32, 64)
_TICKS: Final = 8
_SMALL_WIDTH, _SMALL_HEIGHT = 100, 32
_NO_STOP: Final = {
    "best": "no run has a test loss yet",
    "edge": "no run reaches the edge of chaos",
    "edit": "no run was edited",
}


class CompareScreen(Paced, Exporting):
    """Shows what the feed reports of several sessions."""

    BINDINGS = keys.bindings(keys.COMPARE)
    CSS_PATH = "compare.tcss"
    AUTO_FOCUS = ""

    def __init__(self, watches: Sequence[Watch], *, axis: Axis = "epoch") -> None:
        super().__init__()
        self._watches = watches
        self._members = [
            Member(w.session.name, w.info.hyperparameters, RunState(w.info.hyperparameters))
            for w in watches
        ]
        self._statuses: dict[int, Status] = {}
        self._view = View(axis=axis)
        self._overlay = True
        self._chosen: int | None = None
        self._table: bool | None = None
        self._reference: int | None = None
        self._every = False
        self._said: dict[str, Text] = {}
        self._speed = _SPEEDS.index(8)
        self._playing: Timer | None = None
        self._ended = threading.Event()
        self._read = False

    def compose(self) -> ComposeResult:
        yield Static("", id="header")
        yield Static("", id="legend")
        yield Static("", id="collapse")
        yield Static("", id="tabs")
        with Container(id="charts"):
            for name in METRICS:
                yield LineChart(id=f"overlay-{name}")
            for name in METRICS:
                for index in range(len(self._members)):
                    yield LineChart(id=f"split-{name}-{index}")
        with VerticalScroll(id="table", can_focus=False):
            yield Static("", id="cells")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        self._arrange()
        arguments = (self, self._watches, self._ended)
        threading.Thread(target=compare_feed.follow_all, args=arguments, daemon=True).start()

    def on_unmount(self) -> None:
        self._ended.set()

    def on_resize(self) -> None:
        self.call_after_refresh(self._arrange)

    # What the feed reports

    @on(compare_feed.Looked)
    def _looked(self, message: compare_feed.Looked) -> None:
        for index, sight in message.sights.items():
            self._statuses[index] = sight.status
            for event in sight.events:
                self._members[index].state.apply(event)
        if message.behind:
            self._say("collapse", Text("reading the logs …"))
        else:
            # Who opens a comparison waits for it as for the answer to a key.
            self.redraw("epoch" if self._read else "key")
            self._read = True

    @on(compare_feed.Lost)
    def _lost(self, message: compare_feed.Lost) -> None:
        self.notify(clean(message.sentence), severity="error")

    # What is on the screen

    @property
    def _small(self) -> bool:
        return self.size.width < _SMALL_WIDTH or self.size.height < _SMALL_HEIGHT

    @property
    def _single(self) -> bool:
        """Whether one metric is shown at a time: chosen, or for want of room."""
        crowded = not self._overlay and self._columns < len(self._members)
        return self._chosen is not None or self._small or crowded

    @property
    def _columns(self) -> int:
        """How many charts fit beside one another."""
        fit = max(1, self.size.width // _NARROWEST_CHART)
        return min(len(self._members), fit)

    @property
    def _table_shown(self) -> bool:
        return not self._small if self._table is None else self._table

    def _arrange(self) -> None:
        """Which charts there are, beside how many others."""
        self.set_class(self._single, "-single")
        self.set_class(self._small, "-small")
        self.set_class(not self._overlay, "-split")
        self.set_class(self._table_shown, "-table")
        shown = {chart for name in self._metrics for chart in self._charts_of(name)}
        for chart in self.query(LineChart):
            chart.set_class(chart.id in shown, "-shown")
        columns = self._columns if not self._overlay else 1 if self._single else len(METRICS)
        self.query_one("#charts").styles.grid_size_columns = columns
        on_table = self._small and self._table_shown
        self._say("tabs", compare_words.tabs(None if on_table else self._chosen or 0))
        self.draw()

    @property
    def _metrics(self) -> tuple[str, ...]:
        return (METRICS[self._chosen or 0],) if self._single else METRICS

    def _charts_of(self, name: str) -> list[str]:
        if self._overlay:
            return [f"overlay-{name}"]
        return [f"split-{name}-{i}" for i in range(len(self._members))]

    def _show(self) -> None:
        """Show what a person, or the clock while it plays, has changed."""
        self.redraw("key" if self._playing is None else "epoch")

    def draw(self) -> None:
        members, view = self._members, self._view
        for name in self._metrics:
            if self._overlay:
                models = [compare_charts.overlay_chart(members, name, view)]
            else:
                models = compare_charts.split_charts(members, name, view)
            for chart_id, model in zip(self._charts_of(name), models, strict=True):
                self.query_one(f"#{chart_id}", LineChart).show(model)
        width = self.size.width - 2
        speed = None if self._playing is None else _SPEEDS[self._speed]
        header = compare_words.header(len(members), view, overlay=self._overlay, speed=speed)
        self._say("header", header)
        self._say("legend", compare_words.legend(members, self._statuses, self._reference, width))
        self._say("collapse", Text(collapse_words(members)))
        if self._table_shown:
            then = as_of(members, view.axis, view.place)
            table = table_of(then, reference=self._reference, every=self._every)
            # The last note, the collapse, has a line of its own.
            table = replace(table, notes=table.notes[:-1])
            self._say("cells", compare_words.table_text(table, width))

    def _say(self, where: str, text: Text) -> None:
        """Write a text where it differs from what is there: nothing new sends nothing."""
        if self._said.get(where) != text:
            self._said[where] = text
            self.query_one(f"#{where}", Static).update(text)

    # What a person does

    def action_overlay(self) -> None:
        self._overlay = not self._overlay
        self._arrange()

    def action_axis(self) -> None:
        old = self._view.axis
        new = AXES[(AXES.index(old) + 1) % len(AXES)]
        place = comparison.carried(self._members, old, new, self._view.place)
        self._view = replace(self._view, axis=new, place=place)
        self._show()

    def action_step(self, steps: int) -> None:
        place = comparison.moved(self._members, self._view.axis, self._view.place, steps)
        self._view = replace(self._view, place=place)
        self._show()

    def action_play(self) -> None:
        if self._playing is not None:
            self._halt()
        else:
            if self._view.place is None:
                self._view = replace(self._view, place=0.0)
            self._play()
        self._show()

    def action_speed(self, direction: int) -> None:
        last = len(_SPEEDS) - 1
        self._speed = min(max(self._speed + direction, 0), last)
        if self._playing is not None:
            self._halt()
            self._play()
        self._show()

    def _play(self) -> None:
        speed = _SPEEDS[self._speed]
        # Charts are drawn four times a second: more often, the cursor moves by several epochs.
        steps = max(1, speed // _TICKS)
        self._playing = self.set_interval(steps / speed, lambda: self._advance(steps))

    def _halt(self) -> None:
        if self._playing is not None:
            self._playing.stop()
            self._playing = None

    def _advance(self, steps: int) -> None:
        self.action_step(steps)
        if self._view.place is None:
            self._halt()
            self._show()

    def action_first(self) -> None:
        self._view = replace(self._view, place=0.0)
        self._show()

    def action_last(self) -> None:
        self._view = replace(self._view, place=None)
        self._show()

    def action_jump(self, kind: Kind, direction: int) -> None:
        stop = next_stop(self._members, self._view.axis, kind, self._view.place, direction)
        if stop is None:
            self.notify(_NO_STOP[kind])
            return
        self._view = replace(self._view, place=stop.place)
        self._show()

    def action_chart(self, index: int) -> None:
        self._chosen = None if self._chosen == index and not self._small else index
        if self._small:
            self._table = None
        self._arrange()

    def action_log(self) -> None:
        self._view = replace(self._view, y_log=not self._view.y_log)
        self._show()

    def action_means(self) -> None:
        if not groups(self._members):
            self.notify("no two of these runs differ in nothing but the seed")
            return
        self._overlay = True
        self._view = replace(self._view, means=not self._view.means)
        self._arrange()

    def action_table(self) -> None:
        self._table = not self._table_shown
        self._arrange()

    def action_scroll(self, steps: int) -> None:
        self.query_one("#table", VerticalScroll).scroll_relative(y=steps, animate=False)

    def action_export(self) -> None:
        view = self._view
        formats = comparison_formats(
            [watch.session for watch in self._watches], view.axis, view.place,
            reference=self._reference, every=self._every,
        )  # fmt: skip
        self.ask_export("the comparison", "comparison", formats)

    def action_reference(self) -> None:
        count = len(self._members)
        now = -1 if self._reference is None else self._reference
        self._reference = now + 1 if now + 1 < count else None
        self._show()

    def action_every(self) -> None:
        self._every = not self._every
        self._show()

    def action_leave(self) -> None:
        self.dismiss()
