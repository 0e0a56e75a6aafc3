"""The panes that take the place of a run's charts, and the keys that choose one."""

from collections.abc import Sequence
from typing import Any, Final

from textual.screen import Screen

from edgechaos_tui.screens.run.chart_board import ChartBoardKeys, Redraw
from edgechaos_tui.screens.run.console_pane import ConsolePane

PANES: Final = ("machine", "console")


class PaneSwitcher:
    """Shows one of PANES on `screen`, which composes them. shown: its name, "" for the charts."""

    def __init__(self, screen: Screen[Any], redraw: Redraw) -> None:
        self._screen = screen
        self._redraw = redraw
        self.shown = ""

    @property
    def line_charts(self) -> Sequence[str]:
        """The charts of the pane that chart keys act on."""
        return ("machine",) if self.shown == "machine" else ()

    def show(self, name: str) -> None:
        """Show the pane `name`; "" for the charts."""
        if name == self.shown:
            return
        self.shown = name
        for pane in PANES:
            self._screen.set_class(pane == name, f"-{pane}")
        console = self._screen.query_one(ConsolePane)
        if name == "console":
            console.open()
        else:
            console.close()
        # The footer shows the key of the open pane.
        self._screen.refresh_bindings()
        self._redraw("key", name)

    def scroll(self, pages: int) -> None:
        """Scroll the output by `pages`."""
        if self.shown == "console":
            self._screen.query_one(ConsolePane).scroll_page(pages)


class PaneKeys(ChartBoardKeys):
    """The keys of the panes; `panes` is made by the screen."""

    panes: PaneSwitcher

    def action_pane(self, name: str) -> None:
        """Show a pane; again to go back to the charts."""
        self.panes.show("" if self.panes.shown == name else name)

    def action_scroll(self, pages: int) -> None:
        self.panes.scroll(pages)

    def action_chart(self, index: int) -> None:
        self.panes.show("")
        super().action_chart(index)
