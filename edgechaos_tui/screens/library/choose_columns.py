"""The dialog that asks for the library's columns."""

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from edgechaos_tui import keys
from edgechaos_tui.presentation.library.columns import COLUMNS, DEFAULT, in_order
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.dialogs.dialog import Dialog


class _Names(OptionList):
    # By default enter would select, as space does.
    BINDINGS = [
        Binding("space", "select", show=False),
        Binding("enter", "screen.keep", show=False),
    ]


class ChooseColumns(Dialog[tuple[str, ...]]):
    """Asks for the columns to show: their names."""

    BINDINGS = keys.bindings(keys.COLUMNS)
    CSS = """
    ChooseColumns > Vertical { max-width: 56; min-width: 16; padding: 0 2; }
    ChooseColumns #why { color: $text-muted; }
    """

    def __init__(self, columns: Sequence[str], config_columns: Sequence[str] = ()) -> None:
        """columns: the shown ones; config_columns: one for each key of recorded runs' configs."""
        super().__init__()
        self._chosen = dict.fromkeys(columns)
        self._names = [
            name for name in in_order([*COLUMNS, *columns, *config_columns]) if name != "name"
        ]

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Text("Columns: space shows or hides one", "bold"))
            yield _Names(*[Option(self._prompt(name), id=name) for name in self._names])
            yield Static("Columns that do not fit are left out.", id="why")
            with Horizontal():
                yield Button("Keep (enter)", id="keep", compact=True)
                yield Button("Default (d)", id="default", compact=True)
                yield Button("Cancel (esc)", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.query_one(_Names).focus()

    def _prompt(self, name: str) -> Text:
        return Text(f"{'✓' if name in self._chosen else ' '} {clean(name)}")

    @on(OptionList.OptionSelected)
    def _toggled(self, event: OptionList.OptionSelected) -> None:
        name = event.option.id or ""
        if name in self._chosen:
            del self._chosen[name]
        else:
            self._chosen[name] = None
        event.option_list.replace_option_prompt(name, self._prompt(name))

    def action_keep(self) -> None:
        self.dismiss(in_order([*self._chosen, "name"]))

    def action_default(self) -> None:
        self.dismiss(DEFAULT)
