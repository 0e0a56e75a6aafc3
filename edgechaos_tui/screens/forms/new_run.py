"""The form for a new run or a fork, made from the table of hyperparameters."""

from typing import ClassVar

import msgspec
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Label, Select, Static

from edgechaos_tui import keys
from edgechaos_tui.control import launcher
from edgechaos_tui.presentation.run.sentences.hints import hint_for
from edgechaos_tui.presentation.text import clean, setting
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.widgets.key_footer import KeyFooter
from edgechaos_tui.widgets.text_field import TextField
from engine.storage.errors import (
    EdgeChaosError,
    HyperparameterError,
    InvalidInput,
)
from engine.storage.fork.fork import fork
from engine.storage.fork.fork_points import Origin
from engine.storage.hyperparameters import (
    CHANGEABLE,
    GROUPS,
    PARAMETERS,
    Hyperparameters,
    Parameter,
    Value,
    build,
    default_for,
    in_group,
)
from engine.storage.names import check_name
from engine.storage.session.session import Session

_NAME_HELP = "the session's name: letters, digits, '.', '_', '-'"


class NewRunScreen(Screen[None]):
    """Fields with units and bounds, checked as they are typed and explained below."""

    KEY_HELP: ClassVar[keys.Help] = ("new run", (keys.NEW_RUN,))
    BINDINGS = keys.bindings(keys.NEW_RUN)
    CSS_PATH = "new_run.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]

    def __init__(
        self, values: dict[str, Value] | None = None, fork_of: Origin | None = None
    ) -> None:
        """values: those that the form begins with, beside the defaults."""
        super().__init__()
        self._fork_of = fork_of
        self._initial = _fork_values(fork_of) if fork_of else values or {}
        # Fields that the person edited; the others follow the defaults of optimizer and activation.
        self._touched = set(self._initial)

    def compose(self) -> ComposeResult:
        yield Static(Text.assemble(("edgechaos", "bold"), f"   {self._title()}"), id="form-header")
        with VerticalScroll(id="fields"):
            for group in GROUPS:
                yield Label(group, classes="group")
                for parameter in in_group(group):
                    yield self._field(parameter)
            yield Label("Session", classes="group")
            with Horizontal(classes="field"):
                yield Label("name", classes="name")
                yield TextField(placeholder="random if empty", id="session-name", compact=True)
                yield Label(_NAME_HELP, classes="about")
        with Vertical(id="verdict"):
            yield Static("", id="about")
            yield Static("", id="meaning")
            yield Static("", id="error")
        yield KeyFooter()

    def _title(self) -> str:
        origin = self._fork_of
        if origin is None:
            return "new run"
        return f"fork of {clean(origin.session.name)}, which continues after epoch {origin.epoch}"

    def _field(self, parameter: Parameter) -> Horizontal:
        value = self._initial.get(parameter.name, default_for(parameter.name, self._initial))
        editor: Input | Select[str]
        if parameter.choices:
            options = [(choice, choice) for choice in parameter.choices]
            editor = Select(
                options, value=str(value), allow_blank=False, id=parameter.name, compact=True
            )
        else:
            editor = TextField(clean(setting(value)), id=parameter.name, compact=True)
        # A fork has its parent's network and data.
        editor.disabled = self._fork_of is not None and not parameter.changeable
        return Horizontal(
            Label(parameter.label, classes="name"),
            editor,
            Label(about(parameter), classes="about"),
            classes="field",
        )

    def on_mount(self) -> None:
        self.query_one("#lr", Input).focus()
        self._judge()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        name = event.input.id or ""
        if name in PARAMETERS and event.value != setting(default_for(name, self._choices())):
            self._touched.add(name)
        self._judge()

    @on(Select.Changed)
    def _choose(self, event: Select.Changed) -> None:
        self._touched.add(event.select.id or "")
        self._follow_defaults()
        self._judge()

    @on(Input.Submitted)
    def _next_field(self) -> None:
        self.focus_next()

    def on_descendant_focus(self) -> None:
        """Explain the focused field; a narrow screen does so only here."""
        name = self.focused.id if self.focused else None
        parameter = PARAMETERS.get(name or "")
        words = _in_full(parameter, self._choices()) if parameter else _NAME_HELP
        self.query_one("#about", Static).update(Text(words, "dim"))

    def _choices(self) -> dict[str, Value]:
        return {select.id or "": str(select.value) for select in self.query(Select)}

    def _follow_defaults(self) -> None:
        """Give untouched fields the default of the optimizer and activation chosen."""
        for name, parameter in PARAMETERS.items():
            if parameter.defaults_with and name not in self._touched:
                text = setting(default_for(name, self._choices()))
                with self.prevent(Input.Changed):
                    self.query_one(f"#{name}", Input).value = text

    def _values(self) -> Hyperparameters:
        """The values of the form. Raises HyperparameterError for the first invalid field."""
        values: dict[str, Value] = dict(self._choices())
        for field in self.query(Input):
            name = field.id or ""
            if name in PARAMETERS:
                values[name] = PARAMETERS[name].parse(field.value.strip())
        return build(values)

    def _session_name(self) -> str | None:
        text = self.query_one("#session-name", Input).value.strip()
        return check_name(text) if text else None

    def _judge(self) -> bool:
        """Mark the invalid fields and explain the values; return whether all are valid."""
        for field in self.query(Input):
            field.set_class(not self._is_valid(field), "wrong")
        meaning_line = self.query_one("#meaning", Static)
        error_line = self.query_one("#error", Static)
        try:
            values = self._values()
            self._session_name()
        except InvalidInput as error:
            meaning_line.update("")
            error_line.update(Text(clean(str(error))))
            return False
        meaning_line.update(Text(hint_for(values)))
        error_line.update("")
        return True

    def _is_valid(self, field: Input) -> bool:
        if field.id not in PARAMETERS:
            return True
        try:
            PARAMETERS[field.id].parse(field.value.strip())
        except HyperparameterError:
            return False
        return True

    def action_back(self) -> None:
        self.dismiss()

    def action_start(self) -> None:
        if not self._judge():
            self.app.bell()
            return
        self.query_one("#error", Static).update("starting the engine …")
        self._start(self._values(), self._session_name())

    @work(thread=True, exclusive=True, group="start", exit_on_error=False)
    def _start(self, values: Hyperparameters, name: str | None) -> None:
        try:
            session = self._make(values, name)
            warning = launcher.start_engine(session, fresh=True)
        except (EdgeChaosError, OSError) as error:
            self.app.call_from_thread(
                self.query_one("#error", Static).update, Text(clean(str(error)))
            )
            return
        self.app.call_from_thread(shell(self).started_session, session, warning)

    def _make(self, values: Hyperparameters, name: str | None) -> Session:
        if self._fork_of is None:
            return launcher.new_session(shell(self).sessions_root, values, name)
        return fork(self._fork_of, {n: getattr(values, n) for n in CHANGEABLE}, name)


def _fork_values(origin: Origin) -> dict[str, Value]:
    """The parent's values; after the parent's last epoch, as many epochs again."""
    hyperparameters = origin.hyperparameters
    values: dict[str, Value] = msgspec.structs.asdict(hyperparameters)
    if hyperparameters.epochs <= origin.epoch:
        values["epochs"] = origin.epoch + hyperparameters.epochs
    return values


def _in_full(parameter: Parameter, choices: dict[str, Value]) -> str:
    default = setting(default_for(parameter.name, choices))
    return f"{parameter.label}: {about(parameter)}; default {default or 'empty'}"


def about(parameter: Parameter) -> str:
    """`learning rate η  (> 0 … 100 per step)`."""
    limits = " ".join(part for part in (parameter.bounds, parameter.unit) if part)
    return f"{parameter.help}  ({limits})" if limits else parameter.help
