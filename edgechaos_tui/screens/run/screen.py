"""A run, live or as it was: header, story, hyperparameters, charts and the events.

What speaks to the engine is in `commands`, what moves through the record in `replay`.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Container, Horizontal, Vertical
from textual.widgets import RichLog, Static

from edgechaos_tui import keys
from edgechaos_tui.charts.depth_map import DepthMap
from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.charts.models import Field
from edgechaos_tui.charts.phase_plane import PhasePlane
from edgechaos_tui.presentation.chart_view import Window
from edgechaos_tui.presentation.run import depth, headline
from edgechaos_tui.presentation.run.pending import Pending
from edgechaos_tui.presentation.run.playback import Playback
from edgechaos_tui.presentation.run.replay_clock import Start
from edgechaos_tui.presentation.run.watch import Sight, Watch
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.chart_actions import ChartKeys, ChartViewer
from edgechaos_tui.screens.base.painter import Painter
from edgechaos_tui.screens.base.replay_controller import ReplayController
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.screens.dialogs.export import ask_export, session_formats
from edgechaos_tui.screens.forms.fork import ask_fork
from edgechaos_tui.screens.run import charts, depth_charts, free_metrics, text
from edgechaos_tui.screens.run.commands import RunCommands
from edgechaos_tui.screens.run.replay import RunReplayKeys, mode_of, transport, works
from edgechaos_tui.terminal.notifications import alert_for
from edgechaos_tui.terminal.pace import News
from edgechaos_tui.terminal.textual_internals import HeldScreen
from edgechaos_tui.widgets.footer import too_wide, without
from edgechaos_tui.widgets.guideline_panel import GuidelinePanel
from edgechaos_tui.widgets.hyperparameter_panel import HyperparameterPanel
from edgechaos_tui.widgets.key_footer import KeyFooter
from edgechaos_tui.widgets.run_header import RunHeader
from edgechaos_tui.widgets.static_update import update_in_place
from edgechaos_tui.workers import log_feed, phase_diagram
from engine.storage.commands import AnyCommand
from engine.storage.hyperparameters import PARAMETERS
from engine.storage.session.events import AnyEvent, Epoch
from engine.storage.session.session import RecordedInfo
from engine.storage.session.status import Status

_CHARTS = ("loss", "accuracy", "j2", "phase", "indicator", "depth")
_TABS = ("Loss", "Accuracy", "J²", "Phase", "Indicators")
_DEEP_TABS = (*_TABS, "Depth")
_RECORDED_TABS = ("Loss", "Accuracy", "Metrics", "Phase", "More metrics")
_ALL = {*_CHARTS, "guideline", "events", "beside"}
_BESIDE = {"events", "beside"}
_EVENTS_SHOWN = 1000
_READ_STEP = 20_000


class RunScreen(RunReplayKeys, ChartKeys, HeldScreen):
    """Shows the state at the place where `Playback` is; the end of the record by itself.

    begin: a replay to begin with, once the record is read.
    """

    KEY_HELP: ClassVar[keys.Help] = ("run", (keys.LIVE, keys.REPLAY, keys.RUN))
    BINDINGS = keys.bindings(keys.LIVE, keys.REPLAY, keys.REFUSED, keys.RUN)
    CSS_PATH = "run.tcss"
    # Keys belong to the run until the person asks to edit.
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-vast")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]

    def __init__(self, watch: Watch, *, diagram: bool = True, begin: Start | None = None) -> None:
        super().__init__()
        self._diagram = diagram
        self._field: Field | None = None
        self._field_words = ""
        self._indicator = 0
        self._advised: dict[str, float] = {}
        self._watch = watch
        self._playback = Playback(watch.start)
        self._begin = begin
        self._pending = Pending()
        self._sight: Sight | None = None
        self._mode_shown = "live"
        self._ended = threading.Event()
        # Whether the record as it was has been read: what comes then happens now.
        self._caught_up = False
        self._zoom: bool | None = None
        self._chosen: int | None = None
        self._layer = 0
        self._profile = False
        self._story = ""
        self._events_written = 0
        self._painter = Painter(self, self._draw)
        self.replay = ReplayController(self, self._playback, self._redraw_all)
        self.viewer = ChartViewer(
            self._looked_at, self._whole, self._place, self._point, self._redraw_all
        )
        self._recorded = isinstance(watch.info, RecordedInfo)
        self._engine = RunCommands(
            self, watch.session, lambda: self._status, self._sent, recorded=self._recorded
        )
        # What of the screen does not show the present state, and how each part is shown.
        self._stale = set(_ALL)
        self._parts = {
            "events": self._show_events,
            "beside": self._show_beside,
            "guideline": self._show_guideline,
            "loss": self._show_loss,
            "accuracy": self._show_accuracy,
            "j2": self._show_j2,
            "phase": self._show_phase,
            "indicator": self._show_indicator,
            "depth": self._show_depth,
        }

    def compose(self) -> ComposeResult:
        yield RunHeader()
        yield Static("", id="story")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield HyperparameterPanel()
                yield GuidelinePanel()
            with Vertical(id="main"):
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
                log = RichLog(id="events", wrap=True, max_lines=_EVENTS_SHOWN, markup=False)
                log.can_focus = False
                yield log
        yield KeyFooter()

    def on_mount(self) -> None:
        self._painter.start()
        self._arrange()
        self._start(log_feed.follow, self._watch)
        activation = self._watch.info.hyperparameters.activation
        if self._diagram and activation in PARAMETERS["activation"].choices:
            self._start(phase_diagram.provide, activation)

    def _start(self, work: Callable[..., None], subject: object) -> None:
        """A thread that posts messages here until the screen ends."""
        threading.Thread(target=work, args=(self, subject, self._ended), daemon=True).start()

    def on_screen_resume(self) -> None:
        self._painter.resume()

    def on_unmount(self) -> None:
        self._ended.set()

    def on_resize(self) -> None:
        self.call_after_refresh(self._arrange)
        # How many keys the footer shows depends on the width.
        self.refresh_bindings()

    # What the feed reports

    @on(log_feed.Seen)
    def _seen(self, message: log_feed.Seen) -> None:
        before, sight = self._sight, message.sight
        self._sight = sight
        self._take(sight.events)
        message.taken.set()
        self._caught_up = self._caught_up or not sight.behind
        if sight.behind:
            # In words that change rarely: every change is a redraw, and there is much to read.
            read = self._playback.whole.summary.epochs_done // _READ_STEP * _READ_STEP
            self._tell(f"reading the record: {read:,} epochs so far" if read else "reading …")
            return
        if self._begin is not None:
            self._playback.begin(self._begin)
            self._begin = None
            self.replay.moved()
            self._painter.open()
            return
        if sight.events:
            self._stale |= _ALL if self._playback.following else _BESIDE
        within = before is not None and before.status is sight.status and not sight.events
        self._redraw("progress" if within else "epoch", "beside")
        self._painter.open()

    def _take(self, events: Sequence[AnyEvent]) -> None:
        self._playback.take(events)
        for event in events:
            if not isinstance(event, Epoch):
                self._pending.settle(event)
            # Not by the event's time: this clock may have been set, or the machine suspended.
            if self._caught_up:
                summary = self._playback.whole.summary
                alert = alert_for(event, summary, self._watch.session.name)
                if alert is not None:
                    shell(self).alert(alert)

    @on(phase_diagram.Diagram)
    def _diagram_came(self, message: phase_diagram.Diagram) -> None:
        self._field = message.field or self._field
        self._field_words = message.words
        self._redraw("epoch" if message.field else "progress", "phase")

    @on(log_feed.LogUnreadable)
    def _unreadable(self, message: log_feed.LogUnreadable) -> None:
        self._tell(clean(message.sentence))
        self._painter.open()

    # What is on the screen

    def _draw(self) -> None:
        """Show what is stale and can be seen; charts not while a long record is still read."""
        seen = _ALL - set(_CHARTS) | self._charts_seen
        if self._sight is not None and self._sight.behind:
            seen = _BESIDE
        due = self._stale & seen
        self._stale -= due
        for part, show in self._parts.items():
            if part in due:
                show()

    def _redraw(self, news: News, *parts: str) -> None:
        self._stale.update(parts)
        self._painter.request(news)

    def _redraw_all(self, news: News) -> None:
        self._redraw(news, *_ALL)

    @property
    def _charts_seen(self) -> set[str]:
        """The charts that there is room for."""
        if self.has_class("-single"):
            return {_CHARTS[self._chosen or 0]}
        absent = {"phase"} if self.has_class("-deep") else {"depth"}
        return set(_CHARTS) - absent - ({"indicator"} if not self.has_class("-vast") else set())

    def _show_loss(self) -> None:
        model = charts.loss_chart(self._playback.state, self.viewer.view)
        self.query_one("#loss", LineChart).show(model)

    def _show_accuracy(self) -> None:
        model = charts.accuracy_chart(self._playback.state, self.viewer.view)
        self.query_one("#accuracy", LineChart).show(model)

    def _show_j2(self) -> None:
        state, view = self._playback.state, self.viewer.view
        if free_metrics.fills_j2(state):
            model = free_metrics.chart(state, view, self._indicator)
        elif self._layer_path is not None:
            model = depth_charts.layer_j2_chart(state, view, self._layer_path)
        else:
            model = charts.j2_chart(state, view)
        self.query_one("#j2", LineChart).show(model)

    def _show_indicator(self) -> None:
        state, view, index = self._playback.state, self.viewer.view, self._indicator
        if free_metrics.has_charts(state):
            # The first group may stand in the place of J².
            model = free_metrics.chart(state, view, index + free_metrics.fills_j2(state))
        else:
            model = charts.indicator_chart(state, view, index)
        self.query_one("#indicator", LineChart).show(model)

    def _show_phase(self) -> None:
        model = charts.phase_plane(
            self._playback.state,
            zoom=self._zoom,
            field=self._field,
            news=self._field_words,
            layer=self._layer_path,
        )
        self.query_one(PhasePlane).show(model)

    def _show_depth(self) -> None:
        state, view = self._playback.state, self.viewer.view
        if self._profile:
            self.query_one("#profile", LineChart).show(depth_charts.profile(state, view))
        else:
            self.query_one(DepthMap).show(depth_charts.depth_map(state, view))

    @property
    def _layer_path(self) -> charts.LayerPath | None:
        """The layer whose J² and path are shown, of a network with depth."""
        return depth_charts.layer_path(self._playback.state, self._layer)

    def _show_guideline(self) -> None:
        advice, self._advised = text.guideline(self._playback.state)
        takes = bool(self._advised) and self._playback.following
        self.query_one(GuidelinePanel).show(advice, advice=takes)

    def _show_beside(self) -> None:
        """Header, story and panel: what changes between epochs too."""
        state, following = self._playback.state, self._playback.following
        sight = self._sight if following or self._sight is None else self._sight.as_then()
        name = self._watch.session.name
        bar = transport(self._playback, self._mode, self.replay.speed_words)
        header = text.header(name, state.summary, sight, bar, replay=not following)
        self.query_one(RunHeader).show(header)
        status = sight.status if sight else Status.STARTING
        pending = self._pending if following else Pending()
        if sight and sight.gone:
            self._tell(sight.problem)
        else:
            words = headline.tell(state, status, sight.progress if sight else None)
            problem = f" · {sight.problem}" if sight and sight.problem else ""
            self._tell(words + problem + text.waiting(pending.names))
        self.query_one(HyperparameterPanel).show(text.panel(state.summary, pending))
        if self._mode != self._mode_shown:
            # Makes every key of the footer anew: only when the keys are others.
            self._mode_shown = self._mode
            self.refresh_bindings()

    def _tell(self, words: str) -> None:
        if words != self._story:
            self._story = words
            coloured = text.coloured(words, self._playback.state.summary)
            update_in_place(self.query_one("#story", Static), coloured)

    def _show_events(self) -> None:
        """Write the events that are new; all of them anew where the place went back."""
        log, lines = self.query_one("#events", RichLog), self._playback.state.events
        if len(lines) < self._events_written:
            log.clear()
            self._events_written = 0
        for line in lines[max(self._events_written, len(lines) - _EVENTS_SHOWN) :]:
            log.write(text.event_line(line))
        self._events_written = len(lines)

    def _arrange(self) -> None:
        """One chart with tabs where there is little room or one was chosen; else all four."""
        small = self.has_class("-narrow") or self.has_class("-short")
        single = small or self._chosen is not None
        chosen = self._chosen or 0
        self.set_class(single, "-single")
        deep = self._deep
        self.set_class(deep, "-deep")
        self.set_class(self._profile, "-profile")
        for index, name in enumerate(_CHARTS):
            self.query_one(f"#{name}").set_class(index == chosen, "-chosen")
        tabs = self.query_one("#tabs", Static)
        names = _DEEP_TABS if deep else _TABS
        if free_metrics.fills_j2(self._playback.state):
            names = _RECORDED_TABS
        tabs.update(text.tabs(names, chosen))
        self._painter.draw()

    # What a person does

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """All that work now; the footer shows those that matter in this mode."""
        unshown = [*keys.UNSHOWN[self._mode], *too_wide(keys.RUN_UNSHOWN, self.size.width)]
        if self._recorded:
            unshown += keys.RECORDED_UNSHOWN[self._mode]
        return without(super().active_bindings, unshown)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return works(action, self._mode)

    def action_pause(self) -> None:
        self._engine.pause()

    def action_resume(self) -> None:
        self._engine.resume()

    def action_stop(self) -> None:
        self._engine.stop()

    def action_extend(self) -> None:
        self._engine.extend()

    @on(HyperparameterPanel.Wanted)
    def _edited(self, message: HyperparameterPanel.Wanted) -> None:
        if self._mode == "replay":
            self.action_refuse()
        else:
            self._engine.set_values(message.values)

    def _sent(self, command: AnyCommand) -> None:
        self._pending.sent(command)
        self._show_beside()

    def action_chart(self, index: int) -> None:
        if _CHARTS[index] == "depth" and not self._deep:
            return
        small = self.has_class("-narrow") or self.has_class("-short")
        self._chosen = None if self._chosen == index and not small else index
        self._arrange()

    def _looked_at(self) -> Sequence[str]:
        chosen = self._chosen or 0
        if self.has_class("-single"):
            return (_CHARTS[chosen],) if _CHARTS[chosen] not in ("phase", "depth") else ()
        return ("loss", "accuracy", "j2", "indicator")

    def _whole(self) -> Window:
        return 0.0, charts.axis_end(self._playback.state, self.viewer.view)

    def _place(self) -> float:
        cursor = self.viewer.view.cursor
        return float(self._playback.epoch) if cursor is None else cursor

    def _point(self, place: float) -> None:
        last = self._playback.state.summary.epochs_done
        cursor = float(min(max(round(place), 0), last))
        view = replace(self.viewer.view, cursor=cursor)
        self.viewer.look(view.showing(cursor, self._whole()))

    def action_cursor(self) -> None:
        """A cursor at the epoch that is looked at, or none."""
        if self.viewer.view.cursor is None:
            self._point(self._place())
        else:
            self.viewer.look(replace(self.viewer.view, cursor=None))

    def action_step(self, epochs: int) -> None:
        if self.viewer.view.cursor is None:
            super().action_step(epochs)
        else:
            self._point(self.viewer.view.cursor + epochs)

    def action_first(self) -> None:
        if self.viewer.view.cursor is None:
            super().action_first()
        else:
            self._point(0)

    def action_last(self) -> None:
        if self.viewer.view.cursor is None:
            super().action_last()
        else:
            self._point(self._playback.state.summary.epochs_done)

    def action_zoom(self) -> None:
        self._zoom = not charts.zoomed(self._playback.state, self._zoom)
        self._redraw("key", "phase")

    def action_indicator(self) -> None:
        self._indicator += 1
        self._redraw("key", "indicator", "j2")
        shown = "j2" if free_metrics.fills_j2(self._playback.state) else "indicator"
        if not self.query_one(f"#{shown}").display:
            self.action_chart(_CHARTS.index(shown))

    def action_layer(self) -> None:
        """The next layer of a network with depth, for J² and the phase plane."""
        if not self._deep:
            self.notify("this network has one hidden layer")
            return
        self._layer += 1
        self._redraw("key", "j2", "phase")

    def action_depth(self) -> None:
        """The map of blocks over epochs, or their profile at one epoch."""
        if not self._deep:
            self.notify("this network has one hidden layer: i shows its indicators")
            return
        if self.query_one("#depth").display:
            self._profile = not self._profile
            self._arrange()
            self._redraw("key", "depth")
        else:
            self.action_chart(_CHARTS.index("depth"))

    @property
    def _deep(self) -> bool:
        return depth.has_depth(self._playback.whole)

    def action_advice(self) -> None:
        """Put the advice into the panel; the person accepts it with enter, or leaves it."""
        if not self._advised:
            self.notify("there is no advice to take now")
            return
        self.add_class("-editing")
        self.query_one(HyperparameterPanel).propose(self._advised)

    def action_fork(self) -> None:
        shown = None if self._playback.following else self._playback.epoch
        ask_fork(self, self._watch.session, shown)

    def action_export(self) -> None:
        session = self._watch.session
        ask_export(self, clean(session.name), session.name, session_formats([session]))

    def action_events(self) -> None:
        self.toggle_class("-events")

    def action_edit(self) -> None:
        self.add_class("-editing")
        self.query_one(HyperparameterPanel).edit()

    def action_leave(self) -> None:
        panel = self.query_one(HyperparameterPanel)
        if panel.editing or self.has_class("-editing"):
            panel.end_editing()
            self.remove_class("-editing")
            return
        shell(self).left_session(self._watch.session.name, self._status)
        self.dismiss()

    @property
    def _mode(self) -> str:
        return mode_of(self._playback, self._status)

    @property
    def _status(self) -> Status:
        return self._sight.status if self._sight else Status.STARTING
