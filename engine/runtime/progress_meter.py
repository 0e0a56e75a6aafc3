"""The writer of progress.json, which limits how often it writes."""

import time
from typing import Final

from engine.storage.session.machine import MachineUse
from engine.storage.session.progress import Progress, ProgressWriter

_EVERY: Final = 0.2


class ProgressMeter:
    """Writes how far the engine is, at most every 0.2 s, and at once when the stage changes.

    machine: the latest sample of what the run uses of its machine.
    """

    def __init__(self, writer: ProgressWriter) -> None:
        self._writer = writer
        self._stage = ""
        self._epoch = -1
        self._due = 0.0
        self._began = 0.0
        self._began_at = 0
        self.machine: MachineUse | None = None

    def show(self, stage: str, epoch: int, done: int, total: int) -> None:
        """Write that `done` of `total` of `stage` are done, with the time left at this pace."""
        now = time.monotonic()
        if stage != self._stage or epoch != self._epoch:
            self._stage, self._epoch = stage, epoch
            self._began, self._began_at = now, done
        elif now < self._due:
            return
        self._due = now + _EVERY
        self._writer.write(
            Progress(
                stage=stage,
                epoch=epoch,
                done=done,
                total=total,
                seconds_left=self._seconds_left(now, done, total),
                machine=self.machine,
            )
        )

    def restart(self) -> None:
        """Measure the pace from now on, after a pause."""
        self._stage = ""

    def _seconds_left(self, now: float, done: int, total: int) -> float | None:
        steps_done = done - self._began_at
        if steps_done <= 0:
            return None
        return round((now - self._began) / steps_done * max(total - done, 0), 2)
