"""The top line of a run's screen: name, status, epoch, progress within it, pace and time left.

In a replay, and after the run's end, the replay bar takes the place of the last four.
"""

from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from edgechaos_tui.widgets.replay_bar import ReplayBar, ReplayBarModel
from edgechaos_tui.widgets.static_update import update_in_place


@dataclass(frozen=True)
class RunHeaderModel:
    """The content of the header. fraction: of the work in progress, None for no bar; the rest in
    words. transport: the replay bar, None while the run is watched live."""

    name: str
    status: str
    status_style: str
    epoch: str
    fraction: float | None
    pace: str
    transport: ReplayBarModel | None = None


class RunHeader(Horizontal):
    """A line of cells, of which only those that differ are painted again."""

    DEFAULT_CSS = """
    RunHeader { height: 1; padding: 0 1; }
    RunHeader Static { width: auto; height: 1; margin-right: 3; text-wrap: nowrap; }
    RunHeader Static.-empty { display: none; }
    RunHeader #run-name { max-width: 44; text-overflow: ellipsis; }
    RunHeader ReplayBar { display: none; }
    RunHeader.-transport ReplayBar { display: block; }
    /* The bar must not move under the mouse where the first click makes a replay of the view. */
    RunHeader.-transport #run-status { min-width: 13; }
    RunHeader.-transport #run-epoch, RunHeader.-transport #run-bar, RunHeader.-transport #run-pace {
        display: none;
    }
    """
    _BAR_CELLS = 12

    def __init__(self) -> None:
        super().__init__()
        self._texts: dict[str, Text] = {}

    def compose(self) -> ComposeResult:
        for name in ("name", "status", "epoch", "bar", "pace"):
            yield Static("", id=f"run-{name}")
        yield ReplayBar()

    def show(self, model: RunHeaderModel) -> None:
        """Show `model`; cells that stay the same are left alone."""
        self._put("name", Text(model.name, "bold"))
        self._put("status", Text(model.status, model.status_style))
        self._put("epoch", Text(model.epoch))
        self._put("bar", self._bar(model.fraction))
        self._put("pace", Text(model.pace))
        self.set_class(model.transport is not None, "-transport")
        if model.transport is not None:
            self.query_one(ReplayBar).show(model.transport)

    def _bar(self, fraction: float | None) -> Text:
        if fraction is None:
            return Text("")
        full = int(fraction * self._BAR_CELLS)
        return Text.assemble(
            "━" * full,
            ("─" * (self._BAR_CELLS - full), "dim"),
            f" {fraction:4.0%}".replace("%", " %"),
        )

    def _put(self, name: str, text: Text) -> None:
        if self._texts.get(name) != text:
            self._texts[name] = text
            cell = self.query_one(f"#run-{name}", Static)
            cell.set_class(not text.plain, "-empty")
            update_in_place(cell, text)
