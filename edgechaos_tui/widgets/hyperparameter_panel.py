"""The panel of a run's hyperparameters, where those that may change are edited in place."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Label, Static

from edgechaos_tui.presentation.describe import is_editable
from edgechaos_tui.presentation.text import setting
from edgechaos_tui.widgets.text_field import TextField
from engine.storage.errors import HyperparameterError
from engine.storage.hyperparameters import CHANGEABLE, PARAMETERS, Hyperparameters, Value


@dataclass(frozen=True)
class PanelModel:
    """in_force: the engine's present values; pending: requested and not yet answered; facts: the
    lines below."""

    in_force: Hyperparameters
    pending: Mapping[str, int | float]
    facts: tuple[tuple[str, str], ...]


class HyperparameterPanel(VerticalScroll):
    """Enter in a field posts `Wanted`; escape restores the values in force."""

    DEFAULT_CSS = """
    HyperparameterPanel { padding: 0 1; height: auto; max-height: 60%; }
    HyperparameterPanel .row { height: 1; }
    HyperparameterPanel .row Label { width: 13; }
    HyperparameterPanel .row Input { width: 9; background: $surface; padding: 0; }
    HyperparameterPanel .row Input.wrong { background: $error-muted; text-style: underline; }
    HyperparameterPanel .row .mark { width: 1fr; padding-left: 1; color: $text-warning; }
    HyperparameterPanel #panel-hint { display: none; color: $text-muted; height: auto; }
    HyperparameterPanel:focus-within #panel-hint { display: block; }
    HyperparameterPanel #panel-facts { height: auto; margin-top: 1; }
    HyperparameterPanel #panel-error { height: auto; color: $text-error; }
    """
    can_focus = False

    class Wanted(Message):
        """The person requests these values."""

        def __init__(self, values: dict[str, Value]) -> None:
            super().__init__()
            self.values = values

    def __init__(self) -> None:
        super().__init__(id="panel")
        self._model: PanelModel | None = None

    def compose(self) -> ComposeResult:
        for name in CHANGEABLE:
            with Horizontal(classes="row"):
                yield Label(PARAMETERS[name].short_label)
                yield TextField(id=f"value-{name}", compact=True)
                yield Label("", classes="mark", id=f"mark-{name}")
        yield Static("enter requests the change · esc ends editing", id="panel-hint")
        yield Static("", id="panel-error")
        yield Static("", id="panel-facts")

    def show(self, model: PanelModel) -> None:
        """Show `model`; a field that is being edited keeps its text."""
        before, self._model = self._model, model
        for name in CHANGEABLE:
            self._show_value(name, model)
        if before is None or before.facts != model.facts:
            lines = [Text.assemble((f"{k:<13}", "dim"), v) for k, v in model.facts]
            self.query_one("#panel-facts", Static).update(Text("\n").join(lines))

    def edit(self) -> None:
        """Put the cursor into the first field."""
        self.query_one(f"#value-{CHANGEABLE[0]}", Input).focus()

    def propose(self, values: Mapping[str, float]) -> None:
        """Put `values` into their fields for the person to accept with enter."""
        for name, value in values.items():
            field = self._field(name)
            field.focus()
            field.value = setting(value)

    @property
    def editing(self) -> bool:
        """Whether the cursor is in one of the fields."""
        return isinstance(self.screen.focused, Input) and self.screen.focused in self.query(Input)

    def end_editing(self) -> None:
        """Restore the values in force in all fields, and give up the focus."""
        self.screen.set_focus(None)
        self.query_one("#panel-error", Static).update("")
        if self._model is not None:
            for name in CHANGEABLE:
                self._field(name).value = self._text(name, self._model)

    def _show_value(self, name: str, model: PanelModel) -> None:
        field, mark = self._field(name), self.query_one(f"#mark-{name}", Label)
        field.disabled = not is_editable(name, model.in_force)
        if self.screen.focused is not field:
            text = self._text(name, model)
            if field.value != text:
                field.value = text
        words = "pending" if name in model.pending else ""
        if mark.content != words:
            mark.update(words)

    def _text(self, name: str, model: PanelModel) -> str:
        value = model.pending.get(name, model.in_force.known(name))
        return "–" if value is None else setting(value)

    def _field(self, name: str) -> Input:
        return self.query_one(f"#value-{name}", Input)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        name = (event.input.id or "").removeprefix("value-")
        if event.input.disabled:
            return
        problem = ""
        try:
            PARAMETERS[name].parse(event.value.strip())
        except HyperparameterError as error:
            problem = str(error)
        event.input.set_class(bool(problem), "wrong")
        self.query_one("#panel-error", Static).update(Text(problem))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        name = (event.input.id or "").removeprefix("value-")
        try:
            value = PARAMETERS[name].parse(event.value.strip())
        except HyperparameterError:
            self.app.bell()
            return
        if self._model is None or value != getattr(self._model.in_force, name):
            self.post_message(self.Wanted({name: value}))
