"""Starts engine processes for the coordinator, and hears how they ended."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from engine.storage.files import open_to_read, open_to_write
from engine.storage.host import cores
from engine.storage.session.session import Session

_MAX_WORDS = 64 * 1024


class RunningEngine(Protocol):
    """An engine that the coordinator started."""

    def at_work(self) -> bool:
        """Whether it is still there."""

    def last_words(self) -> str:
        """The last line of its output; "" without any."""


class Launcher(Protocol):
    """Starts engines, here or elsewhere. places: how many are worth running at a time."""

    places: int

    def start(self, session: Session, incarnation: str) -> RunningEngine:
        """An engine on `session`, which takes the session's lock. Raises OSError, SessionError."""

    def close(self) -> None:
        """No more will be started."""

    def flush(self) -> None:
        """Start the engines that `start` has only taken note of. Raises OSError."""


class EngineProcess:
    """An engine process of this machine."""

    def __init__(self, session: Session, incarnation: str) -> None:
        # -P: what lies in the current folder must not be imported in place of the engine.
        command = [sys.executable, "-P", "-m", "engine", str(session.folder)]
        self._log = session.worker_log
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
        return last_line(self._log, self._begin)


def last_line(path: Path, begin: int) -> str:
    """The last line in `path` after byte `begin` that is not blank; "" when there is none."""
    try:
        with open(open_to_read(path), "rb") as file:
            file.seek(begin)
            lines = file.read(_MAX_WORDS).decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


class LocalLauncher:
    """Starts engines on this machine; places: how many of them gain by running at a time."""

    places = cores()

    def start(self, session: Session, incarnation: str) -> RunningEngine:
        """An engine process on `session`. Raises OSError."""
        return EngineProcess(session, incarnation)

    def close(self) -> None:
        """They outlive their starter."""

    def flush(self) -> None:
        """Nothing: `start` started it."""
