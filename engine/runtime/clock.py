"""The two times of every event, and the seconds of an epoch."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _since_boot() -> float:
    """Monotonic seconds, including those suspended where the system counts them."""
    number = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if number is None else time.clock_gettime(number)


class Clock:
    """The clock of a run: wall time `t`, which never goes back, and training time `elapsed`.

    While the machine is suspended only `t` advances. Pauses, and the retraining of epochs that
    the log already has, do not count as elapsed.

    last_t, elapsed: the times of the last event in the log, in seconds.
    """

    def __init__(
        self,
        last_t: float = 0.0,
        elapsed: float = 0.0,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        awake_or_not: Callable[[], float] = _since_boot,
    ) -> None:
        self._monotonic = monotonic
        self._awake_or_not = awake_or_not
        self._latest = (last_t, elapsed)
        self._wall_at_start = max(wall(), last_t)
        self._start = awake_or_not()
        self._elapsed = elapsed
        self._busy = 0.0
        self._busy_since: float | None = None
        self._counting = False

    def t(self) -> float:
        """Seconds since 1970: the wall clock at the start plus monotonic time since."""
        return self._wall_at_start + self._awake_or_not() - self._start

    def in_order(self, t: float, elapsed: float) -> tuple[float, float]:
        """Both times, raised to the latest returned so far, so that the log is in order."""
        self._latest = max(self._latest[0], t), max(self._latest[1], elapsed)
        return self._latest

    def work(self, *, counting: bool) -> None:
        """Begin to train; `counting`: whether the time counts as elapsed."""
        self._settle()
        self._counting = counting
        self._busy_since = self._monotonic()

    def busy(self) -> float:
        """Seconds of training since this engine began, counted as elapsed or not."""
        self._settle()
        return self._busy

    def elapsed(self) -> float:
        """Seconds of training, without pauses, over all resumes."""
        self._settle()
        return self._elapsed

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Stop `busy` and `elapsed` inside the context."""
        self._settle()
        working = self._busy_since is not None
        self._busy_since = None
        try:
            yield
        finally:
            if working:
                self._busy_since = self._monotonic()

    def _settle(self) -> None:
        if self._busy_since is None:
            return
        now = self._monotonic()
        span = now - self._busy_since
        self._busy_since = now
        self._busy += span
        if self._counting:
            self._elapsed += span
