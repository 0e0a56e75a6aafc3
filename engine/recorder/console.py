"""The output of a recorded program, kept beside the log: `record(..., capture=True)`.

Taken where Python's own streams are written to: what C code or other processes print goes to the
terminal alone. To catch that as well a thread would have to copy from a pipe, which forked workers
inherit, and a crash would take what is in it along.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from engine.storage.files import file_mode, open_to_read, replace_atomically
from engine.storage.jsonl import LineWriter
from engine.storage.session.console import ConsoleLine, encode

MOST: Final = 4 * 1024 * 1024
"""Bytes of the file; beyond them its older half is dropped."""
_LONGEST: Final = 4000
"""Characters of a line; what follows them is left out."""
_STREAMS: Final = ("stdout", "stderr")


class ConsoleCapture:
    """Keeps each line printed from now until `stop`, which still goes where it went.

    now: seconds since 1970, the log's clock. Only of this process: forked children print as ever.
    A fault ends the capture and nothing else. Raises OSError where the file cannot be opened.
    """

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self._file: BoundedLines | None = BoundedLines(path)
        self._now = now
        self._process = os.getpid()
        # A signal's handler may print while a line is written.
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
        """Keep the lines begun, and print as before. In a forked child nothing happens."""
        if os.getpid() != self._process:
            return
        for tap, sink in self._taps:
            tap.remove(sink)
        self._taps.clear()
        with self._guard:
            for name, lines in self._lines.items():
                if rest := lines.rest():
                    self._keep(name, rest)
            self._close()

    def _sink(self, name: str) -> Callable[[str], None]:
        def take(text: str) -> None:
            if os.getpid() == self._process:
                with self._guard:
                    for line in self._lines[name].feed(text):
                        self._keep(name, line)

        return take

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
    """Stands in for `write` of a stream, and tells `sinks` what is written.

    The stream stays the same object, so that loggers and progress bars that hold it are heard too.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._own = vars(stream).get("write")
        self._write: Callable[[str], int] = stream.write
        self.sinks: list[Callable[[str], None]] = []

    @staticmethod
    def on(stream: Any) -> "Tap | None":
        """The tap of `stream`, made where there is none; None where it takes none."""
        try:
            there = vars(stream).get("write")
            if isinstance(there, Tap):
                return there
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
        """Tell `sink` no more; without any the stream is as it was."""
        self.sinks.remove(sink)
        if not self.sinks and vars(self._stream).get("write") is self:
            if self._own is None:
                del self._stream.write
            else:
                self._stream.write = self._own


class LineAssembler:
    """Makes lines of what is written piece by piece, as a terminal shows them when they are done.

    After a carriage return the line is written anew, so that a progress bar becomes one line.
    """

    def __init__(self) -> None:
        self._begun = ""

    def feed(self, text: str) -> list[str]:
        """The lines that `text` completes."""
        *whole, rest = text.split("\n")
        lines = []
        for piece in whole:
            lines.append(_shown(self._begun + piece))
            self._begun = ""
        self._begun += rest
        if "\r" in self._begun:
            # What is overwritten already need not be kept.
            ends = "\r" if self._begun.endswith("\r") else ""
            self._begun = _shown(self._begun) + ends
        elif len(self._begun) > _LONGEST:
            self._begun = self._begun[: _LONGEST + 1]
        return lines

    def rest(self) -> str:
        """The line begun, which nothing completes any more; "" where there is none."""
        begun, self._begun = self._begun, ""
        return _shown(begun)


def _shown(line: str) -> str:
    """What stands last in a line with carriage returns, bounded."""
    last = next((part for part in reversed(line.split("\r")) if part), "")
    return last if len(last) <= _LONGEST else last[:_LONGEST] + "…"


class BoundedLines:
    """Appends lines to a file that keeps the newest: beyond `most` bytes the older half goes."""

    def __init__(self, path: Path, most: int = MOST) -> None:
        self._path = path
        self._most = most
        self._writer = LineWriter(path)
        self._size = path.stat().st_size

    def append(self, line: bytes) -> None:
        """Write `line`, newline included. Raises OSError."""
        if self._size + len(line) > self._most:
            self._drop_older_half()
        self._writer.append_line(line)
        self._size += len(line)

    def close(self) -> None:
        """Close the file."""
        self._writer.close()

    def _drop_older_half(self) -> None:
        with open(open_to_read(self._path), "rb") as file:
            file.seek(max(self._size - self._most // 2, 0))
            file.readline()
            newer = file.read()
        self._writer.close()
        replace_atomically(self._path, newer, file_mode(self._path.parent))
        self._writer = LineWriter(self._path)
        self._size = len(newer)
