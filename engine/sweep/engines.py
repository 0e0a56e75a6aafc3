"""Starts engine processes for the coordinator, and hears how they ended."""

import os
import subprocess
import sys
from typing import Protocol

from engine.record.files import open_to_read, open_to_write
from engine.record.session import Session

_MAX_WORDS = 64 * 1024


class Engine(Protocol):
    """An engine that the coordinator started."""

    def at_work(self) -> bool:
        """Whether it is still there."""

    def last_words(self) -> str:
        """What it said last; "" when it said nothing."""


class Starter(Protocol):
    """Starts engines, here or elsewhere."""

    def start(self, session: Session, incarnation: str) -> Engine:
        """An engine on `session`, which takes the session's lock. Raises OSError."""


class EngineProcess:
    """An engine process of this machine."""

    def __init__(self, session: Session, incarnation: str) -> None:
        # -P: what lies in the current folder must not be imported in place of the engine.
        command = [sys.executable, "-P", "-m", "engine", str(session.folder)]
        self._log = session.engine_log
        with open(open_to_write(self._log, os.O_WRONLY | os.O_APPEND), "ab") as output:
            self._begin = output.tell()
            self._process = subprocess.Popen(
                [*command, "--incarnation", incarnation],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # It outlives the coordinator.
                start_new_session=True,
            )

    def at_work(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def last_words(self) -> str:
        """The last line that it printed."""
        try:
            with open(open_to_read(self._log), "rb") as file:
                file.seek(self._begin)
                lines = file.read(_MAX_WORDS).decode(errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


class HereStarter:
    """Starts engines on this machine."""

    def start(self, session: Session, incarnation: str) -> Engine:
        """An engine process on `session`. Raises OSError."""
        return EngineProcess(session, incarnation)
