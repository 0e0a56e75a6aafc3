"""The real app in a real pseudo-terminal, its screen read as a person would read it."""

import codecs
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial

import pexpect
import pyte

# Kitty's keyboard protocol: pyte takes these for text.
_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[<>=]\d*(?:;\d+)*u|\x1b\[\?\d+\$p")
# COLUMNS and LINES, which a test runner may set, would hide the true size.
_OF_ANOTHER_TERMINAL = ("COLORTERM", "NO_COLOR", "COLUMNS", "LINES")


class Terminal:
    """edgechaos-tui with `arguments` in a terminal of `columns` × `rows`.

    bytes_received counts what came over the line.
    """

    def __init__(
        self,
        arguments: list[str],
        *,
        columns: int = 120,
        rows: int = 40,
        environment: Mapping[str, str] | None = None,
        command: list[str] | None = None,
    ) -> None:
        program = command or [sys.executable, "-m", "edgechaos_tui"]
        clean = {k: v for k, v in os.environ.items() if k not in _OF_ANOTHER_TERMINAL}
        self.child = pexpect.spawn(
            program[0],
            [*program[1:], *arguments],
            dimensions=(rows, columns),
            env=clean | {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | dict(environment or {}),
            timeout=None,
            # Tests under nohup ignore it, and a terminal's own program does not.
            preexec_fn=partial(signal.signal, signal.SIGHUP, signal.SIG_DFL),
        )
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        # A read may end in the middle of a character.
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.raw = ""
        self.bytes_received = 0

    @property
    def text(self) -> str:
        """What stands on the screen, a line a row."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def pump(self, seconds: float = 0.05) -> None:
        """Take in what the app wrote, for about `seconds`."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                data = self.child.read_nonblocking(65536, timeout=left)
            except (pexpect.TIMEOUT, pexpect.EOF):
                return
            self.take(data)

    def take(self, data: bytes) -> None:
        """Show what came over the line."""
        self.bytes_received += len(data)
        decoded = self._decoder.decode(data)
        self.raw += decoded
        self._stream.feed(_UNKNOWN_TO_PYTE.sub("", decoded))

    def wait_for(self, what: str | Callable[[str], object], seconds: float = 30) -> str:
        """The screen's text once it contains `what` (or `what` is true of it)."""
        found = what if callable(what) else lambda text: what in text
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.pump()
            if found(self.text):
                return self.text
        raise AssertionError(f"{what!r} did not come within {seconds} s; the screen:\n{self.text}")

    def press(self, keys: str) -> None:
        """Type `keys`; a pause between them, as a person makes."""
        for key in keys:
            self.child.send(key)
            self.pump(0.05)

    def wait_for_the_end(self, seconds: float = 30) -> int | None:
        """Read on until the app has ended; its exit status. An app that nobody reads may hang."""
        end = time.monotonic() + seconds
        while self.child.isalive():
            self.pump()
            if time.monotonic() > end:
                raise AssertionError(f"it did not end within {seconds} s; the screen:\n{self.text}")
        status: int | None = self.child.exitstatus
        return status

    def kill(self) -> None:
        """SIGKILL the app, as the kernel would."""
        os.kill(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def vanish(self, seconds: float = 20) -> bool:
        """Take the terminal away without a signal; whether the app ends within `seconds`."""
        os.close(self.child.child_fd)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if os.waitpid(self.child.pid, os.WNOHANG)[0]:
                return True
            time.sleep(0.1)
        os.kill(self.child.pid, signal.SIGKILL)
        os.waitpid(self.child.pid, 0)
        return False

    def close(self) -> None:
        """Close the terminal under the app."""
        self.child.close(force=True)
