"""The form for a new sweep, in which each hyperparameter takes a value, a list or a range."""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Label, Static
from textual.worker import get_current_worker

from edgechaos_tui import keys
from edgechaos_tui.control import launcher
from edgechaos_tui.control.sweep_estimate import DurationEstimate, estimate
from edgechaos_tui.presentation.sweep.form import EXTRAS, Extra, Proposal, check_field, propose
from edgechaos_tui.presentation.text import clean, duration, setting
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.screens.forms.new_run import about
from edgechaos_tui.widgets.key_footer import KeyFooter
from edgechaos_tui.widgets.text_field import TextField
from engine.storage.errors import (
    EdgeChaosError,
    InvalidInput,
    SessionError,
)
from engine.storage.hyperparameters import GROUPS, PARAMETERS, default_for, in_group
from engine.storage.sweep.plan import create_sweep, free_name, numbered

_PAUSE_SECONDS = 0.5
"""Without typing, before the duration is estimated: that reads every session."""
_EXTRAS = {extra.name: extra for extra in EXTRAS}
_HINT = "lists 0.01,0.02   ranges log:1e-5:1e-3:8 lin:0:0.9:4"


class NewSweepScreen(Screen[None]):
    """Fields that are empty for the default, checked as they are typed and explained below."""

    KEY_HELP: ClassVar[keys.Help] = ("new sweep", (keys.NEW_SWEEP,))
    BINDINGS = keys.bindings(keys.NEW_SWEEP)
    CSS_PATH = "new_run.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        self._proposal: Proposal | None = None
        self._pause: Timer | None = None
        # The texts that are being checked, and whether to start the sweep if they are valid.
        self._texts: dict[str, str] | None = None
        self._start_wanted = False

    def compose(self) -> ComposeResult:
        title = Text.assemble(("edgechaos", "bold"), "   new sweep   ", (_HINT, "dim"))
        yield Static(title, id="form-header")
        with VerticalScroll(id="fields"):
            for group in GROUPS:
                yield Label(group, classes="group")
                for parameter in in_group(group):
                    default = setting(default_for(parameter.name, {}))
                    yield _field(parameter.name, parameter.label, about(parameter), "", default)
            yield Label("Sweep", classes="group")
            for extra in EXTRAS:
                yield _field(extra.name, extra.label, extra.help, extra.text, _empty(extra))
        with Vertical(id="verdict"):
            yield Static("", id="about")
            yield Static("", id="meaning")
            yield Static("", id="error")
        yield KeyFooter()

    def on_mount(self) -> None:
        self.query_one("#lr", Input).focus()
        self._judge()

    def on_descendant_focus(self) -> None:
        """Explain the focused field; a narrow screen does so only here."""
        name = self.focused.id if self.focused else None
        words = ""
        if name in PARAMETERS:
            words = f"{PARAMETERS[name].label}: {about(PARAMETERS[name])}"
        elif name in _EXTRAS:
            words = f"{_EXTRAS[name].label}: {_EXTRAS[name].help}"
        self.query_one("#about", Static).update(Text(words, "dim"))

    @on(Input.Submitted)
    def _next_field(self) -> None:
        self.focus_next()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.input.set_class(not _is_valid(event.input), "wrong")
        self._judge()

    def _judge(self) -> None:
        """Make the runs that the form asks for: in a thread, since there may be thousands."""
        if self._pause is not None:
            self._pause.stop()
        self._proposal = None
        self._texts = {field.id or "": field.value for field in self.query(Input)}
        self._propose(self._texts)

    @work(thread=True, exclusive=True, group="propose", exit_on_error=False)
    def _propose(self, texts: dict[str, str]) -> None:
        proposal: Proposal | str
        try:
            proposal = propose(texts)
        except InvalidInput as error:
            proposal = clean(str(error))
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._judged, texts, proposal)

    def _judged(self, texts: dict[str, str], proposal: Proposal | str) -> None:
        """Show what the form asks for, or its error."""
        if texts is not self._texts:
            return
        self._texts = None
        start_now, self._start_wanted = self._start_wanted, False
        if isinstance(proposal, str):
            self._say("", proposal)
            return
        self._proposal = proposal
        self._say(f"{proposal.words()} …", "")
        self._pause = self.set_timer(_PAUSE_SECONDS, self._estimate_known)
        if start_now:
            self.action_start()

    def _say(self, meaning: str, error: str) -> None:
        self.query_one("#meaning", Static).update(Text(meaning))
        self.query_one("#error", Static).update(Text(error))

    def _estimate_known(self) -> None:
        if self._proposal is not None:
            self._estimate(self._proposal, None)

    @work(thread=True, exclusive=True, group="estimate", exit_on_error=False)
    def _estimate(self, proposal: Proposal, measure: Callable[[int, int], None] | None) -> None:
        """Estimate the duration in a thread: sessions are read, or an epoch is measured."""
        worker = get_current_worker()
        root = shell(self).sessions_root
        try:
            duration_estimate = estimate(root, proposal.runs, proposal.jobs, measure=measure)
            words = f"{proposal.words()}: {_duration_words(duration_estimate)}"
            problem = ""
        except (SessionError, OSError) as error:
            words, problem = proposal.words(), clean(str(error))
        if not worker.is_cancelled:
            self.app.call_from_thread(self._estimated, proposal, words, problem)

    def _estimated(self, proposal: Proposal, words: str, problem: str) -> None:
        if proposal is self._proposal:
            self._say(words, problem)

    def action_measure(self) -> None:
        proposal = self._proposal
        if proposal is None:
            self.app.bell()
            return

        def tell(done: int, total: int) -> None:
            words = f"{proposal.words()}: measuring an epoch, {done} of {total} …"
            self.app.call_from_thread(self._estimated, proposal, words, "")

        self._estimate(proposal, tell)

    def action_back(self) -> None:
        self.dismiss()

    def action_start(self) -> None:
        if self._texts is not None:
            self._start_wanted = True
            return
        if self._proposal is None:
            self.app.bell()
            return
        self._say("starting …", "")
        self._start(self._proposal)

    @work(thread=True, exclusive=True, group="start", exit_on_error=False)
    def _start(self, proposal: Proposal) -> None:
        root = shell(self).sessions_root
        try:
            name = proposal.name or free_name(root)
            sweep = create_sweep(
                root,
                name,
                numbered(name, proposal.runs),
                varied=proposal.varied,
                rule=proposal.rule,
                jobs=proposal.jobs,
            )
            warning = launcher.start_sweep(sweep, fresh=True)
        except (EdgeChaosError, OSError) as error:
            self.app.call_from_thread(self._say, "", clean(str(error)))
            return
        self.app.call_from_thread(shell(self).started_sweep, sweep, warning)


def _field(name: str, label: str, help: str, text: str, empty: str) -> Horizontal:
    return Horizontal(
        Label(label, classes="name"),
        TextField(text, placeholder=empty, id=name, compact=True),
        Label(help, classes="about"),
        classes="field",
    )


def _empty(extra: Extra) -> str:
    return "never" if extra.name in ("past-edge", "stale") else "made up"


def _is_valid(field: Input) -> bool:
    try:
        check_field(field.id or "", field.value)
    except InvalidInput:
        return False
    return True


def _duration_words(estimated: DurationEstimate | None) -> str:
    if estimated is None:
        return "the duration is not known; ^t measures an epoch"
    return f"about {duration(estimated.seconds)}" + (", as measured" if estimated.measured else "")
