"""The append-only log of a session: one writer, any number of readers."""

from collections.abc import Iterator
from pathlib import Path

from engine.storage.errors import DamagedLine, UnknownEvent
from engine.storage.jsonl import CHUNK, LineReader, LineWriter
from engine.storage.session import events
from engine.storage.session.events import AnyEvent


class LogWriter(LineWriter):
    """Appends events to a log. Its one writer is the engine that holds the session's lock."""

    def append(self, event: AnyEvent, *, sync: bool = False) -> None:
        """Write `event` as one line; raises as `append_line` does."""
        self.append_line(events.encode(event), sync=sync)


class LogReader(LineReader):
    """Reads the complete events of a log that may still grow.

    skipped: lines of unknown type; damaged: lines that are no events. Both are counted, not kept.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.skipped = 0

    def read(self, limit: int = CHUNK) -> list[AnyEvent]:
        """The next events, from at most `limit` more bytes; [] when there is nothing new.

        Raises NewerSchema for a log this version cannot read, OSError when it is
        unreadable. A missing file reads as empty: the engine has not begun.
        """
        return list(self._decode(self.read_lines(limit)))

    def read_all(self) -> Iterator[AnyEvent]:
        """Every event that is complete by now, in bounded batches."""
        while self.behind:
            yield from self.read()

    def sealed(self) -> list[AnyEvent]:
        """What a torn last line is once a writer has sealed it by a newline: an event that lacked
        nothing else, or nothing."""
        lines = [self._tail] if self._tail.strip() else []
        return list(self._decode(lines))

    def _decode(self, lines: list[bytes]) -> Iterator[AnyEvent]:
        for line in lines:
            try:
                yield events.decode(line)
            except UnknownEvent:
                self.skipped += 1
            except DamagedLine:
                self.damaged += 1
