"""The real app at the far end of a line: a pseudo-terminal whose every byte is timed."""

import os
import re
import select
import signal
import sys
import time
from pathlib import Path

import pexpect

_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>=]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()][0-9A-Z]")
_TICK = os.sysconf("SC_CLK_TCK")
_LIMIT_SECONDS = 180
_OF_ANOTHER_TERMINAL = ("COLORTERM", "NO_COLOR", "COLUMNS", "LINES")


class Line:
    """The app with `arguments` on the sessions in `root`, or any `command`, in a terminal.

    received: everything that came over the line.
    """

    def __init__(
        self,
        root: Path,
        arguments: list[str] | None = None,
        command: list[str] | None = None,
        *,
        columns: int = 120,
        rows: int = 40,
    ) -> None:
        clean = {k: v for k, v in os.environ.items() if k not in _OF_ANOTHER_TERMINAL}
        own = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "EDGECHAOS_SESSIONS": str(root)}
        own |= {"XDG_CACHE_HOME": str(root.parent / "cache")}
        words = command or [sys.executable, "-m", "edgechaos_tui", *(arguments or [])]
        self.began = time.perf_counter()
        self._child = pexpect.spawn(
            words[0], words[1:], dimensions=(rows, columns), env=clean | own
        )
        # A key is sent when it is sent: pexpect would wait 50 ms first.
        self._child.delaybeforesend = None
        self.received = b""

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        # At once: a polite end would wait for an app that nobody reads any more.
        os.kill(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self._child.close()

    def read(self, seconds: float) -> list[tuple[float, bytes]]:
        """What comes within `seconds`, each piece with the moment it came."""
        pieces = []
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            piece = self._piece(left)
            if piece:
                pieces.append(piece)
        return pieces

    def wait_for(self, words: str, since: int = 0) -> float:
        """The moment `words` had come, among what was received from byte `since` on.

        Raises TimeoutError when they do not come.
        """
        limit = time.perf_counter() + _LIMIT_SECONDS
        while words.encode() not in _ESCAPES.sub(b"", self.received[since:]):
            if time.perf_counter() > limit:
                raise TimeoutError(f"{words!r} did not come within {_LIMIT_SECONDS} s")
            self._piece(1.0)
        return time.perf_counter()

    def settle(self, quiet: float = 0.25, most: float = 5.0) -> float:
        """Read until nothing has come for `quiet` seconds; the moment of the last byte."""
        last = time.perf_counter()
        limit = last + most
        while last < limit and (piece := self._piece(quiet)):
            last = piece[0]
        return last

    def send(self, keys: str) -> float:
        """Type `keys`; the moment."""
        now = time.perf_counter()
        self._child.send(keys)
        return now

    def megabytes(self, field: str = "VmRSS") -> float:
        """Memory of the app's process: resident now, or "VmHWM", the most it was."""
        status = Path(f"/proc/{self._child.pid}/status").read_text()
        match = re.search(rf"{field}:\s+(\d+) kB", status)
        assert match is not None
        return int(match[1]) / 1024

    def cpu_seconds(self) -> float:
        """CPU time that the app's process has used."""
        fields = Path(f"/proc/{self._child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def _piece(self, seconds: float) -> tuple[float, bytes] | None:
        ready, _, _ = select.select([self._child.child_fd], [], [], seconds)
        if not ready:
            return None
        data = os.read(self._child.child_fd, 65536)
        self.received += data
        return time.perf_counter(), data
