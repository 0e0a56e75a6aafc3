"""A run, live or as it was: header, story, hyperparameters, four charts and the events."""

import threading
import time
from collections.abc import Callable

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.widgets import Footer, RichLog, Static

from edgechaos_tui import alerts, control, diagrams, feed, keys
from edgechaos_tui.core import story
from edgechaos_tui.core.pending import Pending
from edgechaos_tui.core.run_state import RunState
from edgechaos_tui.core.second_opinion import INDICATORS
from edgechaos_tui.core.text import clean
from edgechaos_tui.core.watch import Sight, Watch
from edgechaos_tui.screens import run_charts, run_words
from edgechaos_tui.screens.dialogs import AskNumber, Confirm
from edgechaos_tui.widgets.damage import ExactDamage
from edgechaos_tui.widgets.guideline_panel import GuidelinePanel
from edgechaos_tui.widgets.hyperparameter_panel import HyperparameterPanel
from edgechaos_tui.widgets.line_chart import LineChart
from edgechaos_tui.widgets.models import Field
from edgechaos_tui.widgets.phase_plane import PhasePlane
from edgechaos_tui.widgets.run_header import RunHeader
from engine.record import commands
from engine.record.hyperparameters import HyperparameterError
from engine.record.session import SessionError
from engine.record.status import Status

_CHARTS = ("loss", "accuracy", "j2", "phase", "indicator")
_TABS = ("Loss", "Accuracy", "J²", "Phase", "Indicators")
_DEFAULT_EXTENSION = 100


class RunScreen(ExactDamage):
    """Shows what the feed reports; sends wishes through `control`."""

    BINDINGS = keys.bindings(keys.RUN)
    CSS_PATH = "run.tcss"
    # Keys belong to the run until the person asks to edit.
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-vast")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]

    def __init__(self, watch: Watch, *, diagram: bool = True) -> None:
        super().__init__()
        self._diagram = diagram
        self._field: Field | None = None
        self._field_words = ""
        self._indicator = 0
        self._advised: dict[str, float] = {}
        self._watch = watch
        self._state = RunState(watch.info.hyperparameters)
        self._pending = Pending()
        self._sight: Sight | None = None
        self._ended = threading.Event()
        self._opened = time.time()
        self._y_log = False
        self._zoom = False
        self._chosen: int | None = None
        self._story = ""

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
                log = RichLog(id="events", wrap=True, max_lines=1000, markup=False)
                log.can_focus = False
                yield log
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        self._show_all()
        self._start(feed.follow, self._watch)
        if self._diagram:
            self._start(diagrams.provide, self._state.summary.hyperparameters.activation)

    def _start(self, work: Callable[..., None], subject: object) -> None:
        """A thread that posts messages here until the screen ends."""
        threading.Thread(target=work, args=(self, subject, self._ended), daemon=True).start()

    def on_unmount(self) -> None:
        self._ended.set()

    def on_resize(self) -> None:
        self.call_after_refresh(self._arrange)

    # What the feed reports

    @on(feed.Seen)
    def _seen(self, message: feed.Seen) -> None:
        self._sight = sight = message.sight
        before = len(self._state.events)
        for event in sight.events:
            self._state.apply(event)
            self._pending.settle(event)
            if event.t >= self._opened:
                self._alert(alerts.alert_for(event, self._state.summary, self._watch.session.name))
        self._write_events(before)
        self._show_beside()
        if sight.events and not sight.behind:
            self._show_charts()

    @on(diagrams.Diagram)
    def _diagram_came(self, message: diagrams.Diagram) -> None:
        self._field = message.field or self._field
        self._field_words = message.words
        self._show_phase()

    @on(feed.Unreadable)
    def _unreadable(self, message: feed.Unreadable) -> None:
        self._tell(clean(message.sentence))

    def _alert(self, text: str | None) -> None:
        if text is not None:
            self.app.alert(text)  # type: ignore[attr-defined]

    # What is on the screen

    def _show_all(self) -> None:
        self._arrange()
        self._show_beside()
        self._show_charts()

    def _show_charts(self) -> None:
        state = self._state
        self.query_one("#loss", LineChart).show(run_charts.loss_chart(state, y_log=self._y_log))
        self.query_one("#accuracy", LineChart).show(run_charts.accuracy_chart(state))
        self.query_one("#j2", LineChart).show(run_charts.j2_chart(state))
        self.query_one("#indicator", LineChart).show(
            run_charts.indicator_chart(state, self._indicator)
        )
        self._show_phase()
        text, self._advised = run_words.guideline(state)
        self.query_one(GuidelinePanel).show(text, advice=bool(self._advised))

    def _show_phase(self) -> None:
        model = run_charts.phase_plane(
            self._state, zoom=self._zoom, field=self._field, news=self._field_words
        )
        self.query_one(PhasePlane).show(model)

    def _show_beside(self) -> None:
        """Header, story and panel: what changes between epochs too."""
        summary, sight = self._state.summary, self._sight
        name = self._watch.session.name
        self.query_one(RunHeader).show(run_words.header(name, summary, sight))
        status = sight.status if sight else Status.STARTING
        words = story.tell(self._state, status, sight.progress if sight else None)
        problem = f" · {sight.problem}" if sight and sight.problem else ""
        waiting = run_words.waiting(self._pending.names)
        self._tell(words + problem + waiting)
        self.query_one(HyperparameterPanel).show(run_words.panel(summary, self._pending))

    def _tell(self, words: str) -> None:
        if words != self._story:
            self._story = words
            self.query_one("#story", Static).update(run_words.coloured(words, self._state.summary))

    def _write_events(self, before: int) -> None:
        log = self.query_one("#events", RichLog)
        new = len(self._state.events) - before
        for line in list(self._state.events)[-new:] if new > 0 else []:
            log.write(run_words.event_line(line))

    def _arrange(self) -> None:
        """One chart with tabs where there is little room or one was chosen; else all four."""
        small = self.has_class("-narrow") or self.has_class("-short")
        single = small or self._chosen is not None
        chosen = self._chosen or 0
        self.set_class(single, "-single")
        for index, name in enumerate(_CHARTS):
            self.query_one(f"#{name}").set_class(index == chosen, "-chosen")
        tabs = self.query_one("#tabs", Static)
        tabs.update(run_words.tabs(_TABS, chosen))

    # What a person does

    def action_chart(self, index: int) -> None:
        small = self.has_class("-narrow") or self.has_class("-short")
        self._chosen = None if self._chosen == index and not small else index
        self._arrange()

    def action_log(self) -> None:
        self._y_log = not self._y_log
        self._show_charts()

    def action_zoom(self) -> None:
        self._zoom = not self._zoom
        self._show_charts()

    def action_indicator(self) -> None:
        self._indicator = (self._indicator + 1) % len(INDICATORS)
        self._show_charts()
        if not self.query_one("#indicator").display:
            self.action_chart(_CHARTS.index("indicator"))

    def action_advice(self) -> None:
        """Put the advice into the panel; the person accepts it with enter, or leaves it."""
        if not self._advised:
            self.notify("there is no advice to take now")
            return
        self.add_class("-editing")
        self.query_one(HyperparameterPanel).propose(self._advised)

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
        self.app.left_session(self._watch.session.name, self._status)  # type: ignore[attr-defined]
        self.dismiss()

    def action_pause(self) -> None:
        if self._status is Status.TRAINING:
            self._wish(lambda: control.pause(self._watch.session))
        else:
            self._wish(lambda: control.resume(self._watch.session))

    def action_resume(self) -> None:
        self._wish(lambda: control.resume(self._watch.session))

    def action_stop(self) -> None:
        if not self._status.active:
            self.notify(f"nothing to stop: the run is {self._status}")
            return
        question = Confirm(
            f"Stop {self._watch.session.name}?",
            "It ends after the batch under way. The epochs so far are kept, and r takes it up "
            "again at the last whole epoch.",
            "Stop",
        )
        self.app.push_screen(question, self._stop_if)

    def _stop_if(self, agreed: bool | None) -> None:
        if agreed:
            self._wish(lambda: control.stop(self._watch.session))

    def action_extend(self) -> None:
        question = AskNumber("Train for how many more epochs than planned?", _DEFAULT_EXTENSION)
        self.app.push_screen(question, self._extend_by)

    def _extend_by(self, epochs: int | None) -> None:
        if epochs:
            self._wish(lambda: control.extend(self._watch.session, epochs))

    @on(HyperparameterPanel.Wanted)
    def _wanted(self, message: HyperparameterPanel.Wanted) -> None:
        self._wish(lambda: control.set_values(self._watch.session, message.values))

    @property
    def _status(self) -> Status:
        return self._sight.status if self._sight else Status.STARTING

    @work(thread=True, group="control", exit_on_error=False)
    def _wish(self, send: "run_words.Send") -> None:
        """Send a wish in a thread: the log has to be read and an engine may have to start."""
        try:
            command = send()
        except (SessionError, HyperparameterError, OSError) as error:
            self.app.call_from_thread(self.notify, clean(str(error)), severity="error")
            return
        if command is not None:
            self.app.call_from_thread(self._sent, command)

    def _sent(self, command: commands.AnyCommand) -> None:
        self._pending.sent(command)
        self._show_beside()
