"""The sessions of a folder, as a list that follows what happens in it."""

from dataclasses import dataclass
from pathlib import Path

from edgechaos_tui.core.summary import Summary
from edgechaos_tui.core.watch import Watch
from engine.record.events import NewerSchema
from engine.record.session import Session, SessionError, list_sessions
from engine.record.status import Status


@dataclass(frozen=True)
class Row:
    """One session as it stands: its summary and status, or the sentence why it cannot be read."""

    session: Session
    created: float
    status: Status | None
    summary: Summary | None
    problem: str = ""


class Library:
    """All sessions under `root`. `rows` is newest first; `refresh` reads only what is new."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._watches: dict[str, Watch] = {}
        self._rows: dict[str, Row] = {}

    @property
    def rows(self) -> list[Row]:
        """Newest first; unreadable ones last."""
        return sorted(self._rows.values(), key=lambda row: (-row.created, row.session.name))

    def is_empty(self) -> bool:
        """Whether there is no session, without reading any; a folder that cannot be read is not."""
        try:
            return not any(True for _ in list_sessions(self.root))
        except SessionError:
            return False

    def refresh(self) -> None:
        """Look at the folder and at every session in it. Raises SessionError."""
        found = {session.name: session for session in list_sessions(self.root)}
        for gone in self._rows.keys() - found.keys():
            self._rows.pop(gone)
            self._watches.pop(gone, None)
        for name, session in found.items():
            self._rows[name] = self._look(name, session)

    def _look(self, name: str, session: Session) -> Row:
        try:
            watch = self._watches.get(name)
            if watch is None:
                watch = self._watches[name] = Watch(session)
            sight = watch.look()
            while sight.behind:
                sight = watch.look()
        except (SessionError, NewerSchema, OSError) as error:
            self._watches.pop(name, None)
            return Row(session, 0.0, None, None, str(error))
        return Row(session, watch.info.created, sight.status, watch.summary)
