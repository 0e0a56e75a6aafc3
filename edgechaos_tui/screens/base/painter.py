"""The painter of a screen: the first drawing once its records are read, later ones at a pace."""

from collections.abc import Callable
from typing import Final

from textual.timer import Timer

from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.terminal.pace import URGENCY, News
from edgechaos_tui.terminal.textual_internals import HeldScreen

_PATIENCE_SECONDS: Final = 0.25
"""The longest time without a picture: an empty screen costs as much as a full one."""


class Painter:
    """Calls `draw` for `screen`: never before `open`, and only while the screen is on top.

    The screen calls `start` when it is mounted, and `resume` when it is on top again.
    """

    def __init__(self, screen: HeldScreen, draw: Callable[[], None]) -> None:
        self._screen = screen
        self._draw = draw
        self._opened = False
        self._awaited: News | None = None
        self._timer: Timer | None = None
        screen.hold()

    def start(self) -> None:
        """Open after a while even if the records are not read by then."""
        self._screen.set_timer(_PATIENCE_SECONDS, self.open)

    def open(self) -> None:
        """Draw and paint, now and from now on."""
        if not self._opened:
            self._opened = True
            self._screen.release()
            shell(self._screen).pace.drawn()
            self._draw()
            self._screen.refresh(repaint=False, layout=True)

    def draw(self) -> None:
        """Draw now, without asking the pace."""
        if self._opened:
            self._draw()

    def request(self, news: News) -> None:
        """Draw now or as soon as the pace allows, together with later requests."""
        if not self._opened:
            return
        if self._awaited is None or URGENCY.index(news) < URGENCY.index(self._awaited):
            self._awaited = news
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if not self._screen.is_current:
            # A change beneath another screen makes Textual paint the top one whole.
            return
        pace = shell(self._screen).pace
        wait = pace.wait(self._awaited)
        if wait > 0:
            self._timer = self._screen.set_timer(wait, self.resume)
            return
        self._awaited = None
        pace.drawn()
        self._draw()

    def resume(self) -> None:
        """Draw what was requested in the meantime; the line may be busy again."""
        if self._awaited is not None:
            self.request(self._awaited)
