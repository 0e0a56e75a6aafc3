"""A gauge of the terminal's line: the time that writes have to wait.

Only that time tells how fast a line is: a pseudo-terminal accepts a few kilobytes at once and then
blocks the writer until they are read. Over SSH that happens when the connection's windows are full.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

_NOTHING: Final = 0.05
"""Seconds that a write may take on any line: on a busy machine it takes as long."""
_WINDOW: Final = 10.0
_SLOW: Final = 1.0
"""Seconds of waiting within the window that make a line slow."""


class LineGauge:
    """One thread reports its writes, another asks. clock: in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: float | None = None
        self._waits: deque[tuple[float, float]] = deque(maxlen=1000)
        self.fast_writes = 0
        """The number of writes since the last one that had to wait."""

    def begin(self) -> None:
        """Note that a write begins, perhaps before the last one has ended."""
        if self._began is None:
            self._began = self._clock()

    def end(self) -> None:
        """Note that all writes have ended."""
        began, self._began = self._began, None
        if began is None:
            return
        now = self._clock()
        if now - began > _NOTHING:
            self._waits.append((now, now - began))
            self.fast_writes = 0
        else:
            self.fast_writes += 1

    @property
    def busy(self) -> bool:
        """Whether a write is waiting right now."""
        return self._waiting() > 0

    @property
    def slow(self) -> bool:
        """Whether writes had to wait for long within the last seconds."""
        now = self._clock()
        waits = sum(min(wait, _WINDOW) for end, wait in list(self._waits) if now - end < _WINDOW)
        return waits + self._waiting() >= _SLOW

    def fast_for(self) -> float:
        """Seconds since a write had to wait; infinite where none had to."""
        if self.busy:
            return 0.0
        return self._clock() - self._waits[-1][0] if self._waits else float("inf")

    def _waiting(self) -> float:
        began = self._began
        wait = 0.0 if began is None else self._clock() - began
        return wait if wait > _NOTHING else 0.0
