"""A screen that opens on records that must be read first: painted once they are, not before."""

from typing import Final

from edgechaos_tui.screens.base.paced import Paced
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.terminal.pace import News

_PATIENCE_SECONDS: Final = 0.25
"""For so long nothing is painted: an empty screen costs as much as a full one, and is no use."""


class Opening(Paced):
    """Call `open_up` when the records are read; it is called by itself where that takes long.

    opened: whether anything is drawn and painted yet.
    """

    def __init__(
        self, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name, id, classes)
        self.opened = False
        self._compositor.hold()

    def on_mount(self) -> None:
        self.set_timer(_PATIENCE_SECONDS, self.open_up)

    def redraw(self, news: News) -> None:
        """As of any paced screen; before it is opened there is nothing to keep up to date."""
        if self.opened:
            super().redraw(news)

    def open_up(self) -> None:
        """Draw and paint, from now on too."""
        if not self.opened:
            self.opened = True
            self._compositor.release()
            shell(self).pace.drawn()
            self.draw()
            self.refresh(repaint=False, layout=True)
