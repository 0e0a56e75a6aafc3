"""The append-only log of a session: one writer, any number of readers."""

from pathlib import Path

from engine.storage.event_reader import EventReader
from engine.storage.jsonl import LineWriter
from engine.storage.session import events
from engine.storage.session.events import LoggedEvent


class LogWriter(LineWriter):
    """Appends events to a log. Its one writer is the engine that holds the session's lock."""

    def append(self, event: LoggedEvent, *, sync: bool = False) -> None:
        """Write `event` as one line; raises as `append_line` does."""
        self.append_line(events.encode(event), sync=sync)


class LogReader(EventReader[LoggedEvent]):
    """Reads the complete events of a session's log."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, events.decode)
