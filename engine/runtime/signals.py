"""Early ends of a run: a request, or a signal to the engine's process."""

import signal
from types import FrameType


class EndRequested(BaseException):
    """End the run now; the message is the reason that the log gives.

    No Exception, so that code which turns any failure into its own lets it through.
    """


class Signals:
    """SIGTERM and SIGINT, noted when they come and acted upon at the next `check`.

    While `eager` is set the signal raises Ending wherever the program is: for waits on a network,
    which no check interrupts.
    """

    def __init__(self) -> None:
        self.reason = ""
        self.eager = False

    def install(self) -> None:
        """Take over the process's handlers. SIGHUP is ignored: a run outlives its terminal."""
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGINT, self._note)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def check(self) -> None:
        """Raise Ending when a signal has come."""
        if self.reason:
            raise EndRequested(self.reason)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.reason = f"terminated by {signal.Signals(number).name}"
        if self.eager:
            self.eager = False
            raise EndRequested(self.reason)
