"""Dialogs that ask before an action: for agreement, a number or a line of text."""

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.widgets import Button, Input, Label, Static

from edgechaos_tui import keys
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.dialogs.dialog import Dialog
from edgechaos_tui.widgets.text_field import TextField
from engine.storage.errors import EdgeChaosError

_CSS = """
{name} > Vertical {{ width: 90%; max-width: 64; min-width: 16; }}
{name} Horizontal {{ margin-top: 1; }}
{name} Label {{ width: 1fr; }}
"""


class Confirm(Dialog[bool]):
    """A question with its consequence: True where the person agrees.

    Keys count only once a person may have read the question: text that was pasted into the screen
    beneath must not agree to it.
    """

    READING_SECONDS: ClassVar[float] = 0.3
    CSS = _CSS.format(name="Confirm")
    BINDINGS = keys.bindings(keys.CONFIRM)

    def __init__(self, question: str, consequence: str, verb: str) -> None:
        super().__init__()
        self._question, self._consequence, self._verb = question, consequence, verb
        self._readable = inf

    def on_mount(self) -> None:
        self._readable = monotonic() + self.READING_SECONDS

    def on_key(self, event: Key) -> None:
        """Ignore what was typed before the question could be read, except escape."""
        if event.key != "escape" and event.time < self._readable:
            event.stop()
            event.prevent_default()
            hint = "that key came before the question: please press it again"
            self.query_one("#hint", Label).update(hint)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Text.assemble((self._question, "bold"), "\n\n", self._consequence))
            with Horizontal():
                yield Button("Cancel (esc)", id="cancel", compact=True)
                yield Button(f"{self._verb} (y)", id="agree", compact=True)
            yield Label("", id="hint")

    def action_agree(self) -> None:
        self.dismiss(True)


class AskNumber(Dialog[int]):
    """Asks for a whole number from 1."""

    CSS = _CSS.format(name="AskNumber")
    BINDINGS = keys.bindings(keys.DIALOG)

    def __init__(self, question: str, default: int) -> None:
        super().__init__()
        self._question, self._default = question, default

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Text(self._question, "bold"))
            yield Input(str(self._default), type="integer", max_length=7)
            yield Label("enter: apply   esc: cancel", id="hint")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if event.value.isdigit() and int(event.value) >= 1:
            self.dismiss(int(event.value))
        else:
            self.query_one("#hint", Label).update("please type a whole number from 1 up")


class AskText(Dialog[str]):
    """Asks for a line of text.

    check: called with the text, raises EdgeChaosError with a sentence when it is not valid; then
    the text stays for correction.
    """

    CSS = _CSS.format(name="AskText")
    BINDINGS = keys.bindings(keys.DIALOG)

    def __init__(
        self, question: str, text: str, hint: str, check: Callable[[str], object] | None = None
    ) -> None:
        super().__init__()
        self._question, self._text, self._hint, self._check = question, text, hint, check

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Text(self._question, "bold"))
            yield TextField(self._text, select_on_focus=False)
            yield Label(Text(self._hint), id="hint")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        text = " ".join(event.value.split())
        try:
            if self._check is not None:
                self._check(text)
        except EdgeChaosError as error:
            self.query_one("#hint", Label).update(Text(clean(str(error))))
            return
        self.dismiss(text)
