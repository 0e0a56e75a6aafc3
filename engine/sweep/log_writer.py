"""The writer of a sweep's log, and the state that follows from the log."""

import time

from engine.storage.commands import CommandLine, answer_fields
from engine.storage.errors import DiskFull
from engine.storage.sweep.events import AnySweepEvent, SweepAnswer, SweepLogWriter
from engine.storage.sweep.plan import Sweep
from engine.storage.sweep.state import SweepState, read_state


class SweepEventRecorder:
    """Appends events to the log of `sweep`; `state` includes all of them.

    Raises OSError when the log cannot be opened, and NewerSchema.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.state: SweepState = read_state(sweep)
        self._log = SweepLogWriter(sweep.log)

    def now(self) -> float:
        """Seconds since 1970 for an event that is made now, never before the last one."""
        return max(time.time(), self.state.t)

    def add(self, event: AnySweepEvent) -> None:
        """Log `event`, on the disk when this returns.

        On a full disk the event is kept in memory and written before the next one.
        """
        self.state.apply(event)
        try:
            self._log.append(event, sync=True)
        except DiskFull:
            return

    def answer(self, line: CommandLine, applied: bool, text: str) -> None:
        """Log the answer to `line`."""
        self.add(SweepAnswer(t=self.now(), **answer_fields(line, applied, text)))

    def catch_up(self) -> None:
        """Write the events that a full disk kept back, if there is room now."""
        try:
            self._log.drain()
        except DiskFull:
            return

    def close(self) -> None:
        """Close the log."""
        self._log.close()
