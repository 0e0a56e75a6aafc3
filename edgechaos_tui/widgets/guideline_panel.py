"""The panel of the guideline: the slope law's values for a run, and what follows from them."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from edgechaos_tui.widgets.static_update import update_in_place


class GuidelinePanel(VerticalScroll):
    """Shows a text; it is painted again only when it differs."""

    DEFAULT_CSS = """
    GuidelinePanel { padding: 0 1; border-top: solid $surface-lighten-2; height: 1fr; }
    GuidelinePanel Static { width: 1fr; height: auto; }
    """
    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="guideline")
        self._shown: tuple[Text, bool] | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="guideline-text")

    def show(self, text: Text, *, advice: bool) -> None:
        """Show `text`; with `advice`, the key that takes it."""
        if self._shown == (text, advice):
            return
        self._shown = (text, advice)
        title = Text.assemble(
            ("Guideline", "bold"), ("   a takes the advice" if advice else "", "dim")
        )
        update_in_place(self.query_one(Static), Text("\n").join([title, text]))
