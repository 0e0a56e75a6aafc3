"""The help dialog: the keys of the screen beneath, and the meaning of its words and marks."""

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from edgechaos_tui import keys
from edgechaos_tui.keys import Key
from edgechaos_tui.screens.dialogs.dialog import Dialog

_MEANINGS = (
    (
        "loss",
        "mean cross-entropy in nats, without the penalty; accuracy: fraction classified correctly",
    ),
    ("J²", "N · variance of the hidden weights, the strength of the hidden layer"),
    ("d", "J / J_edge − 1, the distance from the edge of chaos; the edge is |d| ≤ 0.05"),
    ("J₀/J, 1/J", "the phase plane of the paper: order above the edge, chaos below"),
    ("λ", "coefficient of ‖w‖² in the loss; PyTorch's weight_decay is 2λ"),
    ("η/((1−α)B)", "the scaling law's ratio of learning rate, momentum and batch size"),
    ("τ", "rescaled time Σ η/((1−α)B): by the scaling law J² curves coincide over it"),
    ("collapse", "the spread between the J² curves of all runs before the edge; 0: they coincide"),
    ("▲ ◆ ┊", "on the replay bar: best test loss, edge of chaos reached, edit"),
    ("reference", "a recorded run that comes with the program; it cannot be changed"),
    ("┄ ─", "dashed: training set; solid: test set"),
)


class HelpScreen(Dialog[None]):
    """Any of the keys that leave a screen closes it."""

    BINDINGS = keys.bindings(keys.HELP)
    CSS = "HelpScreen > VerticalScroll { max-width: 84; min-width: 24; max-height: 94%; }"

    def __init__(self, title: str, tables: tuple[tuple[Key, ...], ...], plain: bool) -> None:
        super().__init__()
        self._title, self._tables, self._plain = title, tables, plain

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(self._text())

    def _text(self) -> Table:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column()
        grid.add_row(Text("Keys", "bold"), Text(self._title, "dim"))
        for table in (*self._tables, keys.EVERYWHERE):
            for key in table:
                grid.add_row(Text(key.shown, "bold"), Text(key.help))
        grid.add_row("", "")
        grid.add_row(Text("Words", "bold"), "")
        for word, meaning in _MEANINGS:
            grid.add_row(Text(word, "bold"), Text(meaning))
        if self._plain:
            hint = "plain characters: the locale is not UTF-8; LANG=C.UTF-8 shows finer plots"
            grid.add_row("", "")
            grid.add_row("", Text(hint, "dim"))
        return grid
