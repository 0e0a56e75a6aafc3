"""A process that holds a session's lock, as an engine does."""

import subprocess
import sys

from engine.storage.session import session

HOLD_THE_LOCK = """
import sys
from pathlib import Path
from engine.storage.lock import EngineLock, Holder
EngineLock(Path(sys.argv[1]), Holder(incarnation=sys.argv[2], pid=1, host="h", boot_id="b"))
print("held", flush=True)
sys.stdin.read()
"""


class Engine:
    """Another process that holds a session's lock, as an engine does."""

    def __init__(self, made: session.Session, incarnation: str) -> None:
        command = [sys.executable, "-c", HOLD_THE_LOCK, str(made.lock), incarnation]
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
