"""The poller of a screen: looks at the disk again and again while a person looks at the screen."""

from collections.abc import Callable
from typing import Any

from textual.screen import Screen
from textual.timer import Timer

from edgechaos_tui.screens.base.shell import shell


class Poller:
    """Calls `look`, which starts a thread, every `seconds` as far as the app's pace allows.

    The thread calls `looked` when it ends; there is one at a time. asleep: another screen lies over
    this one, or it has ended: nothing is looked at, since what happens beneath another screen makes
    Textual paint that one whole.
    """

    def __init__(self, screen: Screen[Any], look: Callable[[], object], seconds: float) -> None:
        self._screen = screen
        self._look = look
        self._seconds = seconds
        self._looking = False
        self._timer: Timer | None = None
        self.asleep = False

    def start(self) -> None:
        """Look now, and from now on."""
        self._timer = self._screen.set_interval(self._seconds, self._again, pause=self.asleep)
        self.look()

    def sleep(self) -> None:
        """Look no more until `wake`."""
        self.asleep = True
        if self._timer is not None:
            self._timer.pause()

    def wake(self) -> None:
        """Look now, and again and again, where it was started."""
        self.asleep = False
        if self._timer is not None:
            self._timer.resume()
            self.look()

    def look(self) -> None:
        """Look now, unless that is under way or nobody would see it."""
        if not self._looking and not self.asleep:
            self._looking = True
            self._look()

    def looked(self) -> None:
        """The thread has ended."""
        self._looking = False

    def _again(self) -> None:
        if shell(self._screen).pace.take("progress"):
            self.look()
