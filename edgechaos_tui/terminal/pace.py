"""The pace of drawing: often enough to be live, rarely enough for the line.

Data may come hundreds of times a second, and a key may be held down; the charts are drawn at most
four times a second. One drawing is reserved for a key, so that it need not wait after data that
came just before it, and one for an epoch, so that it need not wait after progress. A calm screen
draws an epoch once, and progress within it rarely. Nothing is drawn while the line still carries
the last drawing: a drawing that waits there cannot be withdrawn, and delays all later ones.
"""

import time
from collections.abc import Callable
from typing import Final, Literal

News = Literal["key", "epoch", "progress"]
"""Reasons to draw, the most urgent first: a person's key, an event of the log, progress."""
URGENCY: Final[tuple[News, ...]] = ("key", "epoch", "progress")

PER_SECOND: Final = 4.0
CALM_SECONDS: Final[dict[News, float]] = {"key": 0.25, "epoch": 2.0, "progress": 5.0}
"""The least seconds between two drawings on a calm screen."""
_BUSY_SECONDS: Final = 0.1
_NEEDED: Final[dict[News, float]] = {"key": 1.0, "epoch": 2.0, "progress": 3.0}
"""The number of saved drawings at which one may be made: the rest is reserved."""
_SAVED: Final = 3.0


class Pace:
    """Ask `wait` before drawing, and call `drawn` after it; or use `take` for both.

    busy: whether the line still carries an earlier drawing. clock: in seconds.
    """

    def __init__(
        self,
        busy: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.calm = False
        self._busy = busy
        self._clock = clock
        # The number of drawings that may be made at once; it grows by four a second.
        self._saved = _SAVED
        self._last = -1e9

    def wait(self, news: News) -> float:
        """Seconds until the screen may be drawn; 0: now. While the line is busy, seconds until the
        next question."""
        if self._busy():
            return _BUSY_SECONDS
        since = self._clock() - self._last
        if self.calm:
            return max(0.0, CALM_SECONDS[news] - since)
        return max(0.0, (_NEEDED[news] - self._saved) / PER_SECOND - since)

    def take(self, news: News) -> bool:
        """Whether the screen may be drawn now; if so, it counts as drawn."""
        if self.wait(news) > 0:
            return False
        self.drawn()
        return True

    def drawn(self) -> None:
        """Note that a drawing was made."""
        now = self._clock()
        grown = self._saved + (now - self._last) * PER_SECOND
        self._saved = max(0.0, min(_SAVED, grown) - 1.0)
        self._last = now
