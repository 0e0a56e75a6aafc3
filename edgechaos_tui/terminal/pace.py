"""The pace of drawing: often enough to be live, rarely enough for the line.

Data may come hundreds of times a second, and a key may be held down; the charts are drawn at most
four times a second whatever comes. One drawing is kept back for a key, so that it does not wait for
the data that came just before it, and one for an epoch, so that it does not wait for progress. On a
calm screen an epoch is drawn once, and what happens within it rarely. Nothing is drawn while the
line still has the last drawing to carry: what waits there cannot be taken back, and all that comes
after it comes late.
"""

import time
from collections.abc import Callable
from typing import Final, Literal

News = Literal["key", "epoch", "progress"]
"""Why to draw, the most urgent first: a person's key, an event of the log, progress between."""
URGENCY: Final[tuple[News, ...]] = ("key", "epoch", "progress")

PER_SECOND: Final = 4.0
CALM_SECONDS: Final[dict[News, float]] = {"key": 0.25, "epoch": 2.0, "progress": 5.0}
"""From one drawing to the next at least, on a calm screen."""
_BUSY_SECONDS: Final = 0.1
_NEEDED: Final[dict[News, float]] = {"key": 1.0, "epoch": 2.0, "progress": 3.0}
"""How many drawings must be saved up for one of these to be made: what is left is kept back."""
_SAVED: Final = 3.0


class Pace:
    """Ask `wait` before drawing, and tell `drawn` when it is done; or `take` what is free.

    busy: whether the line is still occupied with what was written before. clock: in seconds.
    """

    def __init__(
        self,
        busy: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.calm = False
        self._busy = busy
        self._clock = clock
        # Drawings that may be made at once: they grow back, four a second.
        self._saved = _SAVED
        self._last = -1e9

    def wait(self, news: News) -> float:
        """Seconds until it may be drawn; 0: now. While the line is busy, until it is asked again"""
        if self._busy():
            return _BUSY_SECONDS
        since = self._clock() - self._last
        if self.calm:
            return max(0.0, CALM_SECONDS[news] - since)
        return max(0.0, (_NEEDED[news] - self._saved) / PER_SECOND - since)

    def take(self, news: News) -> bool:
        """Whether it may be drawn now; then it counts as drawn."""
        if self.wait(news) > 0:
            return False
        self.drawn()
        return True

    def drawn(self) -> None:
        """A drawing is made."""
        now = self._clock()
        grown = self._saved + (now - self._last) * PER_SECOND
        self._saved = max(0.0, min(_SAVED, grown) - 1.0)
        self._last = now
