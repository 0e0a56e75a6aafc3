"""progress.json, written at a pace that costs nothing."""

import time
from typing import Final

from engine.storage.session.machine import MachineUse
from engine.storage.session.progress import Progress, ProgressWriter

_EVERY: Final = 0.2


class ProgressMeter:
    """Shows where the engine stands, at most every 0.2 s, and at once when the stage changes.

    machine: what the run uses of its machine, as its owner saw it last.
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
        """`done` of `total` of `stage` in `epoch`; the time left is reckoned from the pace."""
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
                seconds_left=self._left(now, done, total),
                machine=self.machine,
            )
        )

    def restart(self) -> None:
        """Reckon the pace anew: there was a pause."""
        self._stage = ""

    def _left(self, now: float, done: int, total: int) -> float | None:
        made = done - self._began_at
        if made <= 0:
            return None
        return round((now - self._began) / made * max(total - done, 0), 2)
