"""The dialog that asks for one of a few values."""

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from edgechaos_tui import keys
from edgechaos_tui.screens.dialogs.dialog import Dialog


class Choose(Dialog[str]):
    """choices: pairs of value and label; current: the value under the cursor at first."""

    BINDINGS = keys.bindings(keys.DIALOG)
    CSS = """
    Choose > Vertical { width: 90%; max-width: 40; min-width: 16; max-height: 90%; }
    Choose OptionList { max-height: 18; padding: 0 1; }
    """

    def __init__(self, title: str, choices: Sequence[tuple[str, str]], current: str) -> None:
        super().__init__()
        self._title, self._choices, self._current = title, choices, current

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Text(self._title, "bold"))
            options = OptionList(*[Option(Text(label), id=value) for value, label in self._choices])
            values = [value for value, _ in self._choices]
            if self._current in values:
                options.highlighted = values.index(self._current)
            yield options

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)
