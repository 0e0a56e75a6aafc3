"""The output of a recorded program, kept beside the log: `record(..., capture=True)`.

It is captured where Python's own streams are written to; the output of C code and of other
processes goes to the terminal alone. To capture that too, a thread would have to copy from a pipe,
which forked workers inherit and whose content a crash would lose.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from engine.storage.files import file_mode, open_to_read, replace_atomically
from engine.storage.line_writer import LineWriter
from engine.storage.session.console import ConsoleLine, encode

MAX_BYTES: Final = 4 * 1024 * 1024
"""The size of the file beyond which its older half is dropped."""
_MAX_LINE: Final = 4000
"""Characters of a line that are kept."""
_STREAMS: Final = ("stdout", "stderr")


class ConsoleCapture:
    """Keeps each line that this process prints until `stop`; the lines still reach their streams.

    now: the log's clock, in seconds since 1970. Forked children are not captured. A fault ends only
    the capture. Raises OSError where the file cannot be opened.
    """

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self._file: BoundedLines | None = BoundedLines(path)
        self._now = now
        self._process = os.getpid()
        # The handler of a signal may print while a line is written.
        self._guard = threading.RLock()
        self._lines = {name: LineAssembler() for name in _STREAMS}
        self._taps: list[tuple[Tap, Callable[[str], None]]] = []
        for name in _STREAMS:
            tap = Tap.on(getattr(sys, name, None))
            if tap is not None:
                sink = self._sink(name)
                tap.sinks.append(sink)
                self._taps.append((tap, sink))

    def stop(self) -> None:
        """Keep the unfinished lines and restore the streams. Does nothing in a forked child."""
        if os.getpid() != self._process:
            return
        for tap, sink in self._taps:
            tap.remove(sink)
        self._taps.clear()
        with self._guard:
            for name, lines in self._lines.items():
                if unfinished := lines.flush():
                    self._keep(name, unfinished)
            self._close()

    def _sink(self, name: str) -> Callable[[str], None]:
        def capture(text: str) -> None:
            if os.getpid() == self._process:
                with self._guard:
                    for line in self._lines[name].feed(text):
                        self._keep(name, line)

        return capture

    def _keep(self, stream: str, text: str) -> None:
        if self._file is None:
            return
        try:
            self._file.append(encode(ConsoleLine(t=self._now(), stream=stream, text=text)))
        except Exception:  # noqa: BLE001 - a full disk, a removed folder: the program prints on
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with contextlib.suppress(OSError):
                file.close()


class Tap:
    """Replaces `write` of a stream, and passes all that is written to `sinks` as well.

    The stream stays the same object, so loggers and progress bars that hold it are captured too.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._replaced = vars(stream).get("write")
        self._write: Callable[[str], int] = stream.write
        self.sinks: list[Callable[[str], None]] = []

    @staticmethod
    def on(stream: Any) -> "Tap | None":
        """The tap of `stream`, installed if needed; None where `write` cannot be replaced."""
        try:
            current = vars(stream).get("write")
            if isinstance(current, Tap):
                return current
            tap = Tap(stream)
            stream.write = tap
        except (AttributeError, TypeError):
            return None
        return tap

    def __call__(self, text: str) -> int:
        count = self._write(text)
        for sink in self.sinks:
            sink(text)
        return count

    def remove(self, sink: Callable[[str], None]) -> None:
        """Stop passing output to `sink`; without any sink, restore the stream."""
        self.sinks.remove(sink)
        if not self.sinks and vars(self._stream).get("write") is self:
            if self._replaced is None:
                del self._stream.write
            else:
                self._stream.write = self._replaced


class LineAssembler:
    """Joins pieces of output into lines, as a terminal shows them at their end.

    A carriage return begins the line anew, so that a progress bar becomes one line.
    """

    def __init__(self) -> None:
        self._unfinished = ""

    def feed(self, text: str) -> list[str]:
        """The lines that `text` completes."""
        *completed, unfinished = text.split("\n")
        lines = []
        for piece in completed:
            lines.append(_last_part(self._unfinished + piece))
            self._unfinished = ""
        self._unfinished += unfinished
        if "\r" in self._unfinished:
            # Overwritten text need not be kept.
            ends = "\r" if self._unfinished.endswith("\r") else ""
            self._unfinished = _last_part(self._unfinished) + ends
        elif len(self._unfinished) > _MAX_LINE:
            self._unfinished = self._unfinished[: _MAX_LINE + 1]
        return lines

    def flush(self) -> str:
        """Remove and return the unfinished line; "" where there is none."""
        unfinished, self._unfinished = self._unfinished, ""
        return _last_part(unfinished)


def _last_part(line: str) -> str:
    """The last part of a line with carriage returns, cut to the longest line."""
    shown = next((part for part in reversed(line.split("\r")) if part), "")
    return shown if len(shown) <= _MAX_LINE else shown[:_MAX_LINE] + "…"


class BoundedLines:
    """Appends lines to a file, and drops its older half when it exceeds `max_bytes`."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._writer = LineWriter(path)
        self._size = path.stat().st_size

    def append(self, line: bytes) -> None:
        """Write `line`, newline included. Raises OSError."""
        if self._size + len(line) > self._max_bytes:
            self._drop_older_half()
        self._writer.append_line(line)
        self._size += len(line)

    def close(self) -> None:
        """Close the file."""
        self._writer.close()

    def _drop_older_half(self) -> None:
        with open(open_to_read(self._path), "rb") as file:
            file.seek(max(self._size - self._max_bytes // 2, 0))
            file.readline()
            newer = file.read()
        self._writer.close()
        replace_atomically(self._path, newer, file_mode(self._path.parent))
        self._writer = LineWriter(self._path)
        self._size = len(newer)
