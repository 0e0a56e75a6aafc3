"""The guideline's panel: the slope law's values for a run, and the advice that follows."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from edgechaos_tui.widgets.static_update import update_in_place


class GuidelinePanel(VerticalScroll):
    """Shows a text, and paints it again only when it differs."""

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

    def show(self, text: Text, *, can_apply: bool) -> None:
        """Show `text`, and the key that applies its advice where that can be applied."""
        if self._shown == (text, can_apply):
            return
        self._shown = (text, can_apply)
        hint = "   a takes the advice" if can_apply else ""
        title = Text.assemble(("Guideline", "bold"), (hint, "dim"))
        update_in_place(self.query_one(Static), Text("\n").join([title, text]))
