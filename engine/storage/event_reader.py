"""The reader of the events of a log, for any type of events."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

from engine.storage.errors import DamagedLine, EdgeChaosError, UnknownEvent
from engine.storage.line_reader import CHUNK, LineReader

_Event = TypeVar("_Event")


class EventReader(LineReader, Generic[_Event]):
    """Reads the complete events of a log that may still grow.

    decode: raises UnknownEvent, DamagedLine and NewerSchema. skipped: lines of unknown type;
    damaged: lines that are not events. Both are only counted.
    """

    def __init__(self, path: Path, decode: Callable[[bytes], _Event]) -> None:
        super().__init__(path)
        self._decode_line = decode
        self.skipped = 0

    def read(self, limit: int = CHUNK) -> list[_Event]:
        """The next events, from at most `limit` more bytes; [] when there is nothing new.

        Raises NewerSchema for a log this version cannot read, OSError when it is unreadable. A
        missing file reads as empty: its writer has not begun.
        """
        return self._decode(self.read_lines(limit))

    def read_all(self) -> Iterator[_Event]:
        """All complete events, in bounded batches."""
        while self.behind:
            yield from self.read()

    def sealed(self) -> list[_Event]:
        """The event of a torn last line once a writer has sealed it by a newline, if it is one."""
        lines = [self._tail] if self._tail.strip() else []
        return self._decode(lines)

    def _decode(self, lines: list[bytes]) -> list[_Event]:
        try:
            return list(map(self._decode_line, lines))
        except EdgeChaosError:
            # Line by line, which leaves out those that are no events.
            return list(self._decode_each(lines))

    def _decode_each(self, lines: list[bytes]) -> Iterator[_Event]:
        for line in lines:
            try:
                yield self._decode_line(line)
            except UnknownEvent:
                self.skipped += 1
            except DamagedLine:
                self.damaged += 1
