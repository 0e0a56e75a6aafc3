"""A launcher of engine processes on this machine, and the protocols of all launchers."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from engine.storage.files import open_to_read, open_to_write
from engine.storage.host import cores
from engine.storage.session.session import Session

_MAX_OUTPUT = 64 * 1024


class RunningEngine(Protocol):
    """An engine that the coordinator started."""

    def at_work(self) -> bool:
        """Whether the engine still runs."""

    def last_output(self) -> str:
        """The last line of the engine's output; "" without any."""


class Launcher(Protocol):
    """Starts engines, here or elsewhere. places: the useful number of engines at a time."""

    places: int

    def start(self, session: Session, incarnation: str) -> RunningEngine:
        """Start an engine, which takes the session's lock. Raises OSError, SessionError."""

    def close(self) -> None:
        """Release what the launcher holds; no engine is started after this."""

    def flush(self) -> None:
        """Start the engines that `start` has only queued. Raises OSError."""


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
                # The engine outlives the coordinator.
                start_new_session=True,
            )

    def at_work(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def last_output(self) -> str:
        """The last line that the process printed."""
        return last_line(self._log, self._begin)


def last_line(path: Path, begin: int) -> str:
    """The last line in `path` after byte `begin` that is not blank; "" without one."""
    try:
        with open(open_to_read(path), "rb") as file:
            file.seek(begin)
            lines = file.read(_MAX_OUTPUT).decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


class LocalLauncher:
    """Starts engines on this machine; places: its cores."""

    places = cores()

    def start(self, session: Session, incarnation: str) -> RunningEngine:
        """An engine process on `session`. Raises OSError."""
        return EngineProcess(session, incarnation)

    def close(self) -> None:
        """Nothing: the engines outlive their launcher."""

    def flush(self) -> None:
        """Nothing: `start` started it."""
