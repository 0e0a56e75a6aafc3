"""The screen of a run, live or in replay: header, headline, hyperparameters, charts and events.

The charts are in `chart_board`, the requests to the engine in `commands`, the moves through the
record in `replay` and `cursor`.
"""

import math
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Horizontal, Vertical
from textual.widgets import RichLog, Static

from edgechaos_tui import keys
from edgechaos_tui.presentation.run.pending import Pending
from edgechaos_tui.presentation.run.playback import Playback
from edgechaos_tui.presentation.run.replay_clock import Start
from edgechaos_tui.presentation.run.sentences import headline
from edgechaos_tui.presentation.run.watch import Sight, Watch
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.chart_actions import ChartViewer
from edgechaos_tui.screens.base.painter import Painter
from edgechaos_tui.screens.base.replay_controller import ReplayController
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.screens.dialogs.export import ask_export, session_formats
from edgechaos_tui.screens.forms.fork import ask_fork
from edgechaos_tui.screens.run import text
from edgechaos_tui.screens.run.chart_board import CHARTS, ChartBoard
from edgechaos_tui.screens.run.commands import RunCommands
from edgechaos_tui.screens.run.console_pane import ConsolePane
from edgechaos_tui.screens.run.cursor import RunCursorKeys
from edgechaos_tui.screens.run.instruments import Instruments
from edgechaos_tui.screens.run.machine_pane import MachinePane
from edgechaos_tui.screens.run.panes import PANES, PaneKeys, PaneSwitcher
from edgechaos_tui.screens.run.replay import mode_of, transport, works
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
from engine.storage.session.info import RecordedInfo
from engine.storage.session.status import Status

_BESIDE = {"events", "beside"}
_ALL = {*CHARTS, *PANES, "guideline", *_BESIDE}
_EVENTS_SHOWN = 1000
_READ_STEP = 20_000


class RunScreen(RunCursorKeys, PaneKeys, HeldScreen):
    """Shows the state at the place of its `Playback`: by default the end of the record.

    begin: the replay to start once the record is read.
    """

    KEY_HELP: ClassVar[keys.Help] = ("run", (keys.LIVE, keys.REPLAY, keys.RUN))
    BINDINGS = keys.bindings(keys.LIVE, keys.REPLAY, keys.REFUSED, keys.RUN)
    CSS_PATH = "run.tcss"
    # Keys act on the run until the person asks to edit.
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-vast")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]

    def __init__(self, watch: Watch, *, diagram: bool = True, begin: Start | None = None) -> None:
        super().__init__()
        self._diagram = diagram
        self._advised: dict[str, float] = {}
        self._watch = watch
        self._playback = Playback(watch.start)
        self._begin = begin
        self._pending = Pending()
        self._sight: Sight | None = None
        self._mode_shown = "live"
        self._ended = threading.Event()
        # Whether the record was read to its end once: later events happen now.
        self._caught_up = False
        self._headline = ""
        self._events_written = 0
        self._painter = Painter(self, self._draw)
        self.replay = ReplayController(self, self._playback, self._redraw_all)
        self.board = ChartBoard(self._playback, lambda: self.viewer.view, self._redraw)
        self.panes = PaneSwitcher(self, self._redraw)
        self.viewer = ChartViewer(
            lambda: (self.panes if self.panes.shown else self.board).line_charts,
            self._whole,
            self._place,
            self._point,
            self._redraw_charts,
        )
        self._recorded = isinstance(watch.info, RecordedInfo)
        self._engine = RunCommands(
            self, watch.session, lambda: self._status, self._sent, watch.info
        )
        self._instruments = Instruments(self, watch.session)
        # The parts of the screen that do not show the present state, and how each part is drawn.
        self._stale = set(_ALL)
        self._parts: dict[str, Callable[[], None]] = {
            "events": self._show_events,
            "beside": self._show_beside,
            "guideline": self._show_guideline,
            **{name: partial(self.board.draw, name) for name in CHARTS},
            "machine": self._show_machine,
            "console": self._show_console,
        }

    def compose(self) -> ComposeResult:
        yield RunHeader()
        yield Static("", id="headline")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield HyperparameterPanel()
                yield GuidelinePanel()
            with Vertical(id="main"):
                yield self.board
                yield MachinePane(id="machine")
                yield ConsolePane(self._watch.session, recorded=self._recorded)
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
        """Start a thread that posts messages to this screen until it ends."""
        threading.Thread(target=work, args=(self, subject, self._ended), daemon=True).start()

    def on_screen_resume(self) -> None:
        self._painter.resume()

    def on_unmount(self) -> None:
        self._ended.set()

    def on_resize(self) -> None:
        self.call_after_refresh(self._arrange)
        # How many keys the footer shows depends on the width.
        self.refresh_bindings()

    # Messages of the log feed and of the phase diagram

    @on(log_feed.Seen)
    def _take_sight(self, message: log_feed.Seen) -> None:
        before, sight = self._sight, message.sight
        self._sight = sight
        self._take_events(sight.events)
        message.taken.set()
        self._caught_up = self._caught_up or not sight.behind
        if sight.behind:
            # The words change rarely: each change is a redraw, and there is much to read.
            summary = self._playback.whole.summary
            done = summary.epochs_done // _READ_STEP * _READ_STEP
            words = f"reading the record: {done:,} {summary.unit}s so far" if done else "reading …"
            self._show_headline(words)
            return
        if self._begin is not None:
            self._playback.begin(self._begin)
            self._begin = None
            self.replay.moved()
            self._painter.open()
            return
        if sight.events:
            self._stale |= _ALL if self._playback.following else _BESIDE
        only_progress = before is not None and before.status is sight.status and not sight.events
        self._redraw("progress" if only_progress else "epoch", "beside", "machine")
        self._painter.open()

    def _take_events(self, events: Sequence[AnyEvent]) -> None:
        was_edited = self._was_edited
        self._playback.take(events)
        if self._was_edited != was_edited:
            self.refresh_bindings()
        for event in events:
            if not isinstance(event, Epoch):
                self._pending.settle(event)
            # The event's time decides nothing: a clock may have been set, or the machine suspended.
            if self._caught_up:
                summary = self._playback.whole.summary
                alert = alert_for(event, summary, self._watch.session.name)
                if alert is not None:
                    shell(self).alert(alert)

    @on(phase_diagram.Diagram)
    def _take_diagram(self, message: phase_diagram.Diagram) -> None:
        self.board.take_field(message.field, message.words)

    @on(log_feed.LogUnreadable)
    def _show_unreadable(self, message: log_feed.LogUnreadable) -> None:
        self._show_headline(clean(message.sentence))
        self._painter.open()

    # Drawing

    def _draw(self) -> None:
        """Draw the stale parts that are visible; no charts while a long record is being read."""
        pane = self.panes.shown
        charts = {pane} if pane else self.board.visible_charts(vast=self.has_class("-vast"))
        visible = _ALL - {*CHARTS, *PANES} | charts
        if self._sight is not None and self._sight.behind:
            visible = _BESIDE
        due = self._stale & visible
        self._stale -= due
        for part, show in self._parts.items():
            if part in due:
                show()

    def _redraw(self, news: News, *parts: str) -> None:
        self._stale.update(parts)
        self._painter.request(news)

    def _redraw_all(self, news: News) -> None:
        self._redraw(news, *_ALL)

    def _redraw_charts(self, news: News) -> None:
        self._redraw(news, *CHARTS, "machine")

    def _show_machine(self) -> None:
        progress = self._sight.progress if self._sight and self._playback.following else None
        use_now = progress.machine if progress else None
        self.query_one(MachinePane).show(self._playback.state, self.viewer.view, use_now)

    def _show_console(self) -> None:
        last, following = self._playback.state.summary.last, self._playback.following
        self.query_one(ConsolePane).show(math.inf if last is None or following else last.t)

    def _show_guideline(self) -> None:
        advice, self._advised = text.guideline(self._playback.state)
        can_apply = bool(self._advised) and self._playback.following
        self.query_one(GuidelinePanel).show(advice, can_apply=can_apply)

    def _show_beside(self) -> None:
        """Show header, headline and panel, which change between epochs too."""
        state, following = self._playback.state, self._playback.following
        sight = self._sight if following or self._sight is None else self._sight.as_then()
        name = self._watch.session.name
        bar = transport(self._playback, self._mode, self.replay.speed_words)
        header = text.header(name, state.summary, sight, bar, replay=not following)
        self.query_one(RunHeader).show(header)
        status = sight.status if sight else Status.STARTING
        pending = self._pending if following else Pending()
        if sight and sight.gone:
            self._show_headline(sight.problem)
        else:
            words = headline.headline_of(state, status, sight.progress if sight else None)
            problem = f" · {sight.problem}" if sight and sight.problem else ""
            self._show_headline(words + problem + text.waiting(pending.names))
        self.query_one(HyperparameterPanel).show(text.panel(state.summary, pending))
        if self._mode != self._mode_shown:
            # This makes every key of the footer again, so only when the keys differ.
            self._mode_shown = self._mode
            self.refresh_bindings()

    def _show_headline(self, words: str) -> None:
        if words != self._headline:
            self._headline = words
            coloured = text.coloured(words, self._playback.state.summary)
            update_in_place(self.query_one("#headline", Static), coloured)

    def _show_events(self) -> None:
        """Write the new events; all of them again after a step back in the replay."""
        log, lines = self.query_one("#events", RichLog), self._playback.state.events
        if len(lines) < self._events_written:
            log.clear()
            self._events_written = 0
        for line in lines[max(self._events_written, len(lines) - _EVENTS_SHOWN) :]:
            log.write(text.event_line(line))
        self._events_written = len(lines)

    def _arrange(self) -> None:
        self.board.lay_out(small=self.has_class("-narrow") or self.has_class("-short"))
        self._painter.draw()

    # Keys and edits

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The bindings that work now; the footer shows those that matter in this mode."""
        unshown = [*keys.UNSHOWN[self._mode], *too_wide(keys.RUN_UNSHOWN, self.size.width)]
        if self._recorded:
            unshown += keys.RECORDED_UNSHOWN[self._mode]
        elif self._was_edited:
            unshown += too_wide(keys.EDITED_UNSHOWN, self.size.width)
        else:
            unshown.append("without")
        if self.panes.shown:
            # The pane's own key, which goes back to the charts, takes the place of `1–5`.
            toggle = f"pane('{self.panes.shown}')"
            unshown = [*(action for action in unshown if action != toggle), "chart(0)"]
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

    def action_advice(self) -> None:
        """Put the advice into the panel, where enter accepts it."""
        if not self._advised:
            self.notify("the guideline advises no change now")
            return
        self.add_class("-editing")
        self.query_one(HyperparameterPanel).propose(self._advised)

    def action_fork(self) -> None:
        epoch = None if self._playback.following else self._playback.epoch
        ask_fork(self, self._watch.session, epoch)

    @property
    def _was_edited(self) -> bool:
        """Whether a hyperparameter that affects results was changed during the run."""
        return any(edit.affects_results for edit in self._playback.whole.edits)

    @property
    def _epoch_in_view(self) -> int | None:
        """The epoch of the cursor or of the replay; None at the end of the record."""
        cursor = self.viewer.view.cursor
        if cursor is not None:
            return round(cursor)
        return None if self._playback.following else self._playback.epoch

    def action_without(self) -> None:
        self._instruments.without_edit(self._playback.whole.edits, self._epoch_in_view)

    def action_twin(self) -> None:
        self._instruments.twin(self._epoch_in_view)

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
        if self.panes.shown:
            self.panes.show("")
            return
        shell(self).left_session(self._watch.session.name, self._status)
        self.dismiss()

    @property
    def _mode(self) -> str:
        return mode_of(self._playback, self._status)

    @property
    def _status(self) -> Status:
        return self._sight.status if self._sight else Status.STARTING
