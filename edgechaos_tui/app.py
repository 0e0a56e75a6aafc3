"""The app: it opens the screens, and holds what they share."""

import gc
import importlib
import threading
import time
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from textual import work
from textual.app import SystemCommand
from textual.events import DescendantFocus, Event
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen

from edgechaos_tui import keys
from edgechaos_tui.keys import Key
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.background import run_in_thread
from edgechaos_tui.screens.library.screen import LibraryScreen
from edgechaos_tui.terminal import ascii, shutdown
from edgechaos_tui.terminal.input_driver import filtered
from edgechaos_tui.terminal.key_order import KeyOrder
from edgechaos_tui.terminal.line_gauge import LineGauge
from edgechaos_tui.terminal.low_bandwidth import LowBandwidth, asked
from edgechaos_tui.terminal.pace import Pace
from edgechaos_tui.terminal.sanitize import Sanitizer
from edgechaos_tui.terminal.textual_internals import QuietFaultApp, gauged, write_sequence
from engine.storage.errors import EdgeChaosError, SessionError
from engine.storage.user_folders import downloads_folder

# Not at the start: the modules that show a session or a sweep are imported when one is opened.
if TYPE_CHECKING:
    from edgechaos_tui.presentation.compare.comparison import Axis
    from edgechaos_tui.presentation.limits import Scaling
    from edgechaos_tui.presentation.run.replay_clock import Start
    from edgechaos_tui.presentation.sweep.runs import SweepRuns
    from engine.storage.fork.fork_points import Origin
    from engine.storage.hyperparameters import Value
    from engine.storage.session.session import Session
    from engine.storage.session.status import Status
    from engine.storage.sweep.plan import Sweep

_AHEAD_SECONDS: Final = 0.3
_LINE_SECONDS: Final = 1.0
_OBJECTS_BEFORE_COLLECTION: Final = 10_000
_SOON_SECONDS: Final = 0.1


class EdgeChaosApp(QuietFaultApp):
    """root: the sessions folder; session: the name of one to open at once; comparison: sessions to
    compare at once, over `axis`; replay: the start of their replay, None for the end; sweep: one to
    show at once; quiet: no bell, no OSC 9; calm: few redraws, for a slow line; diagram: whether
    to compute a phase diagram that the cache does not have.

    pace: limits how often a screen is drawn.
    """

    TITLE = "edgechaos"
    # Textual does not load the style of a default screen by itself.
    CSS_PATH = ["app.tcss", "screens/library/library.tcss"]  # noqa: RUF012
    BINDINGS = keys.bindings(keys.EVERYWHERE)

    def __init__(
        self,
        root: Path,
        *,
        session: str | None = None,
        replay: "Start | None" = None,
        comparison: "Sequence[Session]" = (),
        axis: str = "epoch",
        sweep: "Sweep | None" = None,
        quiet: bool = False,
        calm: bool = False,
        diagram: bool = True,
    ) -> None:
        super().__init__()
        self.sessions_root = root
        self.plain = ascii.wanted()
        self._session_name = session
        self._replay = replay
        self._comparison = list(comparison)
        self._axis = axis
        self._sweep = sweep
        self._quiet = quiet
        self._diagram = diagram
        # Motion costs bytes on a line that may be slow, and has no meaning here.
        self.animation_level = "none"
        self._gauge = LineGauge()
        self.driver_class = gauged(filtered(self.driver_class), self._gauge)
        self._key_order = KeyOrder(self, super().on_event)
        self.pace = Pace(lambda: self._gauge.busy)
        self.pace.calm = self._calm_wanted = calm
        # The scaling of each chart, kept while the app is open.
        self.chart_scalings: dict[str, Scaling] = {}

    def get_default_screen(self) -> Screen[None]:
        """The library, which lies beneath all other screens."""
        return LibraryScreen(self.sessions_root)

    async def on_event(self, event: Event) -> None:
        """Handle input from the terminal in the order of its arrival."""
        if not self._key_order.takes(event):
            await super().on_event(event)

    def on_mount(self) -> None:
        # While the app was suspended, the shell may have written on the screen.
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())
        if not self.is_headless:
            shutdown.on_signals(lambda status: self.exit(return_code=status))
        if self._session_name is not None:
            from engine.storage.session.session import open_session

            try:
                opened = open_session(self.sessions_root, self._session_name)
                self.open_session(opened, self._replay)
            except SessionError as error:
                self.notify(clean(str(error)), severity="error")
        if self._comparison:
            self.open_comparison(self._comparison, self._axis, self._replay)
        if self._sweep is not None:
            self.open_sweep(self._sweep)

    def fault_words(self, error: Exception | None) -> str:
        """A sentence that says where the traceback is."""
        return shutdown.by_a_fault(error)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show `message` in a toast, never with markup."""
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy `text`, unless it is empty as after a drag over an area without text."""
        if text:
            super().copy_to_clipboard(text)

    def action_help_quit(self) -> None:
        """Say which keys quit: many people press ctrl+c for that."""
        self.notify("q goes back, and quits from the library; ctrl+q quits at once")

    def deliver_screenshot(
        self, filename: str | None = None, path: str | None = None, time_format: str | None = None
    ) -> str | None:
        """Write a picture of the screen into the downloads folder, and say where."""
        picture = self.export_screenshot()
        name = filename or time.strftime(time_format or "edgechaos-%Y-%m-%d-%H%M%S.svg")

        def write() -> Path:
            file = (Path(path) if path else downloads_folder()) / name
            file.write_text(picture, encoding="utf-8")
            return file

        def report(file: Path) -> None:
            self.notify(f"wrote a picture of the screen to {clean(str(file))}", timeout=10)

        run_in_thread(self.screen, write, report, group="screenshot")
        return None

    def on_ready(self) -> None:
        """Turn the collection of garbage on after the first paint, without the imported modules."""
        gc.freeze()
        # Reading a record makes objects by the thousand, and none of them is part of a cycle.
        gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
        gc.enable()
        if not self.is_headless:
            threading.Thread(target=_import_ahead, daemon=True).start()
            self.set_timer(_SOON_SECONDS, self._check_line)
            self.set_interval(_LINE_SECONDS, self._check_line)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters; one against control characters; one to ASCII if necessary."""
        filters = [*super().get_line_filters(), Sanitizer()]
        return [*filters, ascii.AsciiFilter()] if self.plain else filters

    def open_session(self, session: "Session", replay: "Start | None" = None) -> None:
        """Show `session`: live if it runs, at its end if not; or its replay."""
        # Imported here: the charts use numpy, and the first paint must not wait for it.
        from edgechaos_tui.presentation.run.watch import Watch
        from edgechaos_tui.screens.run.screen import RunScreen

        try:
            watch = Watch(session)
        except EdgeChaosError as error:
            self.notify(clean(str(error)), severity="error")
            return
        self.push_screen(RunScreen(watch, diagram=self._diagram, begin=replay))

    def open_comparison(
        self, sessions: "Sequence[Session]", axis: str = "epoch", replay: "Start | None" = None
    ) -> None:
        """Compare 2 to 8 sessions side by side, over `axis`: at their ends, or a replay."""
        from edgechaos_tui.presentation.compare.comparison import check_sessions
        from edgechaos_tui.presentation.run.watch import Watch
        from edgechaos_tui.screens.compare.screen import CompareScreen

        try:
            check_sessions(sessions)
            watches = [Watch(session) for session in sessions]
        except EdgeChaosError as error:
            self.notify(clean(str(error)), severity="error")
            return
        self.push_screen(CompareScreen(watches, axis=cast("Axis", axis), begin=replay))

    def open_form(self, **values: "Value") -> None:
        """Show the form for a new run, with `values` filled in."""
        from edgechaos_tui.screens.forms.new_run import NewRunScreen

        self.push_screen(NewRunScreen(values))

    def open_fork(self, origin: "Origin") -> None:
        """Show the form for a fork that begins at `origin`."""
        from edgechaos_tui.screens.forms.new_run import NewRunScreen

        self.push_screen(NewRunScreen(fork_of=origin))

    def open_sweeps(self) -> None:
        """Show the list of sweeps."""
        from edgechaos_tui.screens.sweep.list_screen import SweepsScreen

        self.push_screen(SweepsScreen(self.sessions_root))

    def open_sweep(self, sweep: "Sweep") -> None:
        """Show the runs of `sweep` and the map of their results."""
        self._open_sweep(sweep)

    @work(thread=True, group="open", exit_on_error=False)
    def _open_sweep(self, sweep: "Sweep") -> None:
        """Read the sweep in a thread: a large plan takes time."""
        from edgechaos_tui.presentation.sweep.runs import SweepRuns

        try:
            runs = SweepRuns(sweep)
        except EdgeChaosError as error:
            self.call_from_thread(self.notify, clean(str(error)), severity="error")
            return
        self.call_from_thread(self._show_sweep, sweep, runs)

    def _show_sweep(self, sweep: "Sweep", runs: "SweepRuns") -> None:
        from edgechaos_tui.screens.sweep.screen import SweepScreen

        self.push_screen(SweepScreen(sweep, runs))

    def open_sweep_form(self) -> None:
        """Show the form for a new sweep."""
        from edgechaos_tui.screens.forms.new_sweep import NewSweepScreen

        self.push_screen(NewSweepScreen())

    def started_sweep(self, sweep: "Sweep", warning: str) -> None:
        """Show `sweep`, which the form has started, in the form's place."""
        self.pop_screen()
        self.open_sweep(sweep)
        if warning:
            self.notify(warning, severity="warning", timeout=12)

    def started_session(self, session: "Session", warning: str) -> None:
        """Show `session`, which the form has started, in the form's place."""
        self.pop_screen()
        self.open_session(session)
        if warning:
            self.notify(warning, severity="warning", timeout=12)

    def left_session(self, name: str, status: "Status") -> None:
        """Say that the run which the person leaves continues, if it does."""
        if status.active:
            self.notify(f"{name} continues in the background", timeout=4)

    def alert(self, text: str) -> None:
        """Ring the bell and ask for a desktop notification, unless alerts are off."""
        if self._quiet:
            return
        self.bell()
        from edgechaos_tui.terminal.notifications import desktop_notification

        write_sequence(self, desktop_notification(text))

    def action_help(self) -> None:
        """Show the keys of the screen that is open."""
        from edgechaos_tui.screens.dialogs.help import HelpScreen

        title, tables = _help_of(self.screen)
        if title:
            self.push_screen(HelpScreen(title, tables, self.plain))

    @cached_property
    def _calm(self) -> LowBandwidth:
        """The calm screen, made after the first paint, which must not wait for the settings."""
        return LowBandwidth(self.pace, self._gauge, asked(self._calm_wanted))

    def _check_line(self) -> None:
        notice = self._calm.check_line()
        if notice:
            self.notify(notice, severity="warning", timeout=12)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Let no cursor blink on a calm screen."""
        if hasattr(event.widget, "cursor_blink"):
            event.widget.cursor_blink = not self.pace.calm

    def action_redraw(self) -> None:
        """Send every cell again; otherwise only those that change are sent."""
        self.forget_terminal()
        self.refresh()

    def action_toggle_calm(self) -> None:
        """Switch the calm screen on or off, also for the next start."""
        try:
            self.notify(self._calm.toggle())
        except OSError as error:
            self.notify(f"the choice cannot be saved: {error.strerror}", severity="warning")

    def action_toggle_alerts(self) -> None:
        """Switch bell and desktop notifications on or off."""
        self._quiet = not self._quiet
        self.notify(f"bell and desktop notifications are {'off' if self._quiet else 'on'}")

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The commands of the palette: every key of this screen by its help, then the app's own."""
        title, tables = _help_of(screen)
        for key in [key for table in tables for key in table]:
            yield SystemCommand(
                key.help, f"{title}: key {key.shown}", lambda k=key: self._act(screen, k)
            )
        yield SystemCommand(
            "Bell and desktop notifications on or off",
            "When a run reaches the edge, diverges or ends",
            self.action_toggle_alerts,
        )
        yield SystemCommand(
            "Calm screen on or off",
            "For a slow line: a run is drawn at most every two seconds",
            self.action_toggle_calm,
        )
        yield from super().get_system_commands(screen)

    async def _act(self, screen: Screen[object], key: Key) -> None:
        await self.run_action(key.action, default_namespace=screen)


def _help_of(screen: Screen[object]) -> keys.Help:
    """The name of a screen and its tables of keys; dialogs have their keys in their footers."""
    key_help: keys.Help = getattr(screen, "KEY_HELP", ("", ()))
    return key_help


def _import_ahead() -> None:
    """Import what a run's screen needs, numpy above all, while the person reads the list."""
    # A little later, after the first rows and the first keys.
    time.sleep(_AHEAD_SECONDS)
    importlib.import_module("edgechaos_tui.screens.run.screen")
