"""The coordinator's writer: its log, and the state that follows from it."""

import time

from engine.storage.commands import CommandLine, answer_fields
from engine.storage.errors import DiskFull
from engine.storage.sweep.events import AnySweepEvent, SweepAnswer, SweepLogWriter
from engine.storage.sweep.plan import Sweep
from engine.storage.sweep.state import SweepState, read_state


class SweepJournal:
    """The log of `sweep`, open for writing; `state` is what it says, up to date.

    Raises OSError when it cannot be opened, and NewerSchema.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.state: SweepState = read_state(sweep)
        self._log = SweepLogWriter(sweep.log)

    def now(self) -> float:
        """The time of an event that is made now."""
        return max(time.time(), self.state.t)

    def add(self, event: AnySweepEvent) -> None:
        """Log `event`; it is on the disk when this returns, if the disk has room.

        Without room it is kept and written before the next one.
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
        """Write what a full disk kept back, if it has room now."""
        try:
            self._log.drain()
        except DiskFull:
            return

    def close(self) -> None:
        """Close the log."""
        self._log.close()
