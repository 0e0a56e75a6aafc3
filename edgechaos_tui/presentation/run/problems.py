"""Problems of a session that cannot be read or written, in one sentence."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.storage.session.event_log import LogReader

if TYPE_CHECKING:
    from engine.storage.fork.lineage import LineageReader

GONE: Final = "its folder is gone: it was deleted, renamed or moved, and what is shown was read"
SILENT_SECONDS: Final = 3.0
"""An engine that trains says something several times a second."""


def of_log(reader: "LogReader | LineageReader", *, at_work: bool) -> str:
    """What of the log read so far is no event; a torn last line of an engine at work is not there
    yet."""
    parts = []
    if reader.damaged:
        parts.append(f"{reader.damaged} damaged")
    if reader.skipped:
        parts.append(f"{reader.skipped} of a kind this version does not know")
    if reader.torn and not at_work:
        parts.append("the last one, cut short")
    return f"lines of the log passed over: {', '.join(parts)}" if parts else ""


def joined(*sentences: str) -> str:
    """Those that say something, as one line."""
    return " · ".join(sentence for sentence in sentences if sentence)


class Silence:
    """Tells why an engine that trains writes nothing, where the file system knows it.

    The engine itself cannot always: its log lies where there is no room.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._heard: object = None
        self._since = time.monotonic()

    def heard(self, sign: object) -> None:
        """`sign` changes whenever the engine writes anything."""
        if sign != self._heard:
            self._heard = sign
            self._since = time.monotonic()

    def reason(self) -> str:
        """A sentence; "" while it speaks, or where nothing keeps it from writing."""
        if time.monotonic() - self._since < SILENT_SECONDS:
            return ""
        try:
            usage = os.statvfs(self._folder)
        except OSError as error:
            return f"the session's folder cannot be reached: {error.strerror}"
        if usage.f_flag & os.ST_RDONLY:
            what = "the file system is read-only"
        elif usage.f_blocks and not usage.f_bavail:
            what = "the disk is full"
        else:
            return ""
        return f"{what}: the run waits in memory, and continues when it can write"
