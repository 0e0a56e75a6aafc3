"""Problems in reading or writing a session, each as one sentence."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.storage.session.event_log import LogReader

if TYPE_CHECKING:
    from engine.storage.fork.lineage import LineageReader

GONE: Final = "its folder is gone (deleted, renamed or moved); this is what was read before"
SILENT_SECONDS: Final = 3.0
"""A training engine writes several times a second; longer silence has a reason."""


def of_log(reader: "LogReader | LineageReader", *, at_work: bool) -> str:
    """The lines of the log read so far that are no events, in words; "" for none.

    at_work: an engine is writing, so that an incomplete last line is no problem.
    """
    parts = []
    if reader.damaged:
        parts.append(f"{reader.damaged} damaged")
    if reader.skipped:
        parts.append(f"{reader.skipped} of a kind this version does not know")
    if reader.torn and not at_work:
        parts.append("the last one, cut short")
    return f"skipped lines of the log: {', '.join(parts)}" if parts else ""


def joined(*sentences: str) -> str:
    """The sentences that are not empty, as one line."""
    return " · ".join(sentence for sentence in sentences if sentence)


class Silence:
    """The reason why a training engine writes nothing, as far as the file system tells it.

    The engine cannot always log it: its log lies on the same full disk.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._heard: object = None
        self._since = time.monotonic()

    def heard(self, sign: object) -> None:
        """Note `sign`, which changes whenever the engine writes anything."""
        if sign != self._heard:
            self._heard = sign
            self._since = time.monotonic()

    def reason(self) -> str:
        """A sentence; "" while the engine writes, or when nothing keeps it from writing."""
        if time.monotonic() - self._since < SILENT_SECONDS:
            return ""
        try:
            usage = os.statvfs(self._folder)
        except OSError as error:
            return f"the session's folder cannot be reached: {error.strerror}"
        if usage.f_flag & os.ST_RDONLY:
            cause = "the file system is read-only"
        elif usage.f_blocks and not usage.f_bavail:
            cause = "the disk is full"
        else:
            return ""
        return f"{cause}: the run waits, and continues when it can write"
