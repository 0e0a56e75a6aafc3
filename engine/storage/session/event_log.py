"""The append-only log of a session: one writer, any number of readers."""

from pathlib import Path
from typing import Final

from engine.storage.event_reader import EventReader
from engine.storage.line_writer import LineWriter
from engine.storage.session import events
from engine.storage.session.events import RECORDED_FORMAT, LoggedEvent
from engine.storage.session.recorded_epochs import EpochTranslator

_RECORDED: Final = b'"schema":%d' % RECORDED_FORMAT


class LogWriter(LineWriter):
    """Appends events to a log. Its one writer is the engine that holds the session's lock."""

    def append(self, event: LoggedEvent, *, sync: bool = False) -> None:
        """Write `event` as one line; raises as `append_line` does."""
        self.append_line(events.encode(event), sync=sync)


class LogReader(EventReader[LoggedEvent]):
    """Reads the complete events of a session's log; a recorded line as an epoch."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, events.decode)
        self._translator: EpochTranslator | None = None
        self._begun = False

    def _decode(self, lines: list[bytes]) -> list[LoggedEvent]:
        if lines and not self._begun:
            self._begun = True
            # The first line names the format; an engine's log needs no translation.
            self._translator = EpochTranslator() if _RECORDED in lines[0] else None
        decoded = super()._decode(lines)
        return decoded if self._translator is None else self._translator.translate(decoded)
