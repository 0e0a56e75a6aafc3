"""Early ends of a run: a request, or a signal to the engine's process."""

import signal
from types import FrameType


class EndRequested(BaseException):
    """End the run now; the message is the reason that the log gives.

    A BaseException, so that code which converts any Exception lets it through.
    """


class Signals:
    """SIGTERM and SIGINT, noted when they come and acted upon at the next `check`.

    While `eager` is set the handler itself raises EndRequested: for waits on a network, which no
    check interrupts.
    """

    def __init__(self) -> None:
        self.reason = ""
        self.eager = False

    def install(self) -> None:
        """Install the handlers. SIGHUP is ignored, so that a run outlives its terminal."""
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGINT, self._note)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def check(self) -> None:
        """Raise EndRequested when a signal has come."""
        if self.reason:
            raise EndRequested(self.reason)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.reason = f"terminated by {signal.Signals(number).name}"
        if self.eager:
            self.eager = False
            raise EndRequested(self.reason)
