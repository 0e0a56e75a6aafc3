"""A screen that is drawn as often as the app's pace allows, and no oftener."""

from textual.timer import Timer

from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.terminal.pace import URGENCY, News
from edgechaos_tui.terminal.partial_update import ExactDamage


class Paced(ExactDamage):
    """`redraw` may be called as often as there is something new; `draw` is called in time, and
    only on the screen that is looked at.

    The app has a `pace`.
    """

    _awaited: News | None = None
    _next: Timer | None = None

    def draw(self) -> None:
        """Show all that is new since the last call."""
        raise NotImplementedError

    def redraw(self, news: News) -> None:
        """Draw now or as soon as the pace allows, together with what comes until then."""
        if self._awaited is None or URGENCY.index(news) < URGENCY.index(self._awaited):
            self._awaited = news
        if self._next is not None:
            self._next.stop()
            self._next = None
        if not self.is_current:
            # What happens beneath another screen makes Textual paint that one whole.
            return
        pace = shell(self).pace
        wait = pace.wait(self._awaited)
        if wait > 0:
            self._next = self.set_timer(wait, self._try_again)
            return
        self._awaited = None
        pace.drawn()
        self.draw()

    def on_screen_resume(self) -> None:
        """Draw what came while another screen lay over this one."""
        self._try_again()

    def _try_again(self) -> None:
        """The line may have become busy in the meantime."""
        if self._awaited is not None:
            self.redraw(self._awaited)
