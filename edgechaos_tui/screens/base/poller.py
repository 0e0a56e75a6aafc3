"""The poller of a screen: reads the disk again and again while the screen is on top."""

from collections.abc import Callable
from typing import Any

from textual.screen import Screen
from textual.timer import Timer

from edgechaos_tui.screens.base.shell import shell


class Poller:
    """Calls `poll`, which starts a thread, every `seconds` as far as the app's pace allows.

    The thread calls `done` when it ends; there is one at a time. asleep: whether another screen
    lies over this one, or this one has ended. Nothing is polled then, since a change beneath
    another screen makes Textual paint the top one whole.
    """

    def __init__(self, screen: Screen[Any], poll: Callable[[], object], seconds: float) -> None:
        self._screen = screen
        self._poll = poll
        self._seconds = seconds
        self._polling = False
        self._timer: Timer | None = None
        self.asleep = False

    def start(self) -> None:
        """Poll now, and from now on."""
        self._timer = self._screen.set_interval(self._seconds, self._tick, pause=self.asleep)
        self.poll()

    def sleep(self) -> None:
        """Stop polling until `wake`."""
        self.asleep = True
        if self._timer is not None:
            self._timer.pause()

    def wake(self) -> None:
        """Poll now and from now on, if it was started."""
        self.asleep = False
        if self._timer is not None:
            self._timer.resume()
            self.poll()

    def poll(self) -> None:
        """Poll now, unless a thread is at work or nobody would see the result."""
        if not self._polling and not self.asleep:
            self._polling = True
            self._poll()

    def done(self) -> None:
        """Take note that the thread has ended."""
        self._polling = False

    def _tick(self) -> None:
        if shell(self._screen).pace.take("progress"):
            self.poll()
