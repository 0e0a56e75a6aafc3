"""A process that holds a session's lock, as an engine does."""

import subprocess
import sys

from engine.storage.session.session import Session
from engine.storage.sweep.plan import Sweep

HOLD_THE_LOCK = """
import sys
from pathlib import Path
from engine.storage.lock import EngineLock, Holder
EngineLock(Path(sys.argv[1]), Holder(incarnation=sys.argv[2], pid=1, host="h", boot_id="b"))
print("held", flush=True)
sys.stdin.read()
"""


class Engine:
    """Another process that holds the lock of a session or a sweep, as an engine does."""

    def __init__(self, locked: Session | Sweep, incarnation: str) -> None:
        command = [sys.executable, "-c", HOLD_THE_LOCK, str(locked.lock), incarnation]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().strip()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
