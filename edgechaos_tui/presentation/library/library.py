"""The sessions of a folder as rows that are kept up to date.

All of it runs in one background thread; another reads only `rows` and `progress`. Visible sessions
are read first; a log is read again only when it or session.json has changed.
"""

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

from edgechaos_tui.presentation.library import cache as library_cache
from edgechaos_tui.presentation.library.cache import Known, Stamp
from edgechaos_tui.presentation.library.facts import Gatherer, LibraryEntry, from_info
from edgechaos_tui.presentation.run.watch import Watch
from edgechaos_tui.presentation.text import natural_order
from engine.storage import lock
from engine.storage.errors import EdgeChaosError, NewerSchema, SessionError
from engine.storage.session.session import Session, list_with_times
from engine.storage.session.status import Status

_RESCAN: Final = (10.0, 60.0)
"""The least and the most seconds until an apparently unchanged folder is listed again."""
_RESTS: Final = 300
"""Between these, that many times the duration of listing: large folders are listed less often."""
_SETTLED: Final = 2.0
"""Seconds in which a new folder becomes a session: that does not change its parent's time."""
_OTHERS: Final = 100
"""Sessions that are neither visible nor active, checked in one refresh."""
_BREATH: Final = 0.003
"""Seconds of work before the screen's thread gets a turn; Python itself would wait 5 ms."""


@dataclass(frozen=True)
class LibraryRow:
    """One session; whenever something about it changes, it gets a new row.

    facts: None until session.json was read; status: None until the log was read, or when it cannot
    be: `problem` then says why in a sentence. changed: the time of the last change of session.json,
    in seconds since 1970.
    """

    session: Session
    changed: float
    status: Status | None = None
    facts: LibraryEntry | None = None
    problem: str = ""

    @cached_property
    def name(self) -> str:
        """The session's name; cached, since taking it from the path is slow."""
        return self.session.name

    @cached_property
    def order(self) -> str:
        """The sort key of the name; cached."""
        return natural_order(self.name)

    @cached_property
    def is_reference(self) -> bool:
        """Whether the session ships with the product; cached."""
        return self.session.is_reference

    @cached_property
    def words(self) -> str:
        """Name, note and tags as one case-folded text, for the search of free words."""
        facts = self.facts
        parts = (self.name, facts.note, *facts.tags) if facts else (self.name,)
        return "\n".join(parts).casefold()

    @property
    def created(self) -> float:
        """The time of creation in seconds since 1970; until it is read, that of the last change."""
        return self.facts.created if self.facts else self.changed

    @property
    def active(self) -> bool:
        """Whether an engine is at work."""
        return self.status is not None and self.status.active


class _Halted(Exception):
    """The reading of a long log was interrupted."""


@dataclass
class _KnownSession:
    """A session in the list. stamp: of the files as read; promised: of the files as cached."""

    row: LibraryRow
    stamp: Stamp | None = None
    promised: Stamp | None = None
    watch: tuple[Watch, Gatherer] | None = None


class Library:
    """All sessions under `root`, and those of `references` whose names are free there.

    cache: the file in which the rows outlive the app, None for none. halted: tells whether nobody
    looks at the list now, so that reading a long log can be interrupted.
    """

    def __init__(
        self,
        root: Path,
        cache: Path | None = None,
        references: Iterable[Session] = (),
        halted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._halted = halted
        self.root = root
        self._references = {session.name: session for session in references}
        self._cache = cache
        self._known: dict[str, msgspec.Raw] | None = None
        self._entries: dict[str, _KnownSession] = {}
        # The sessions with an engine at work: finding them among thousands would take time.
        self._active: set[str] = set()
        self._bare: deque[str] = deque()
        self._waiting: deque[str] = deque()
        self._unchecked: deque[str] = deque()
        # The time of change of each session.json, as the last listing of the folder has it.
        self._times: dict[str, float] = {}
        self._turn: deque[str] = deque()
        self._root_stamp = 0
        self._rest = _RESCAN[0]
        self._scanned = -self._rest
        self._breath = 0.0
        self._unsaved = False
        self._changed = False
        self.rows: list[LibraryRow] = []
        """All rows, in no order; the list is replaced when any of them has changed."""
        self.progress = (0, 0)
        """The number of sessions read, and of all."""

    def refresh(self, visible: Collection[str] = ()) -> None:
        """List new sessions, and update those that may have changed.

        Raises SessionError when the folder cannot be read.
        """
        if self._folder_changed():
            self._scan()
            least, most = _RESCAN
            self._rest = min(max(least, _RESTS * (time.monotonic() - self._scanned)), most)
        waiting = set(self._waiting)
        due = self._active.union(visible)
        for _ in range(min(_OTHERS, len(self._turn))):
            due.add(self._turn[0])
            self._turn.rotate(-1)
        for name in due - waiting:
            self._look(name)
        self._publish()

    def read_more(self, visible: Collection[str], seconds: float) -> bool:
        """Read waiting sessions for `seconds`; returns whether some still wait.

        Visible sessions come first, then the other unread ones, then the check of cached ones.
        """
        end = time.monotonic() + seconds
        waiting = self._waiting
        if waiting:
            self._prefer(visible)
            waiting = self._waiting
        visible_names = set(visible)
        while waiting or self._unchecked:
            # Each session.json is read before the logs of sessions that are not visible.
            if self._bare and waiting[0] not in visible_names:
                self._introduce(self._bare.popleft())
            else:
                self._look((waiting or self._unchecked).popleft())
            if self._halted() or time.monotonic() > end:
                break
            self._breathe()
        self._publish()
        return bool(waiting or self._unchecked)

    def save(self) -> None:
        """Save the entries for the next start, if any has changed."""
        if self._cache is None or not self._unsaved:
            return
        self._unsaved = False
        entries = {
            name: Known(stamp, entry.row.status, entry.row.facts)
            for name, entry in self._entries.items()
            if (stamp := entry.stamp or entry.promised)
            and entry.row.facts
            and entry.row.facts.read
            and entry.row.status
        }
        library_cache.save(self._cache, self.root, entries)

    def _publish(self) -> None:
        if self._changed:
            self._changed = False
            self.rows = [entry.row for entry in self._entries.values()]
        total = len(self._entries)
        self.progress = (total - len(self._waiting), total)

    def _folder_changed(self) -> bool:
        try:
            stamp = os.stat(self.root).st_mtime_ns
        except OSError:
            stamp = 0
        fresh = time.time() - stamp / 1e9 < _SETTLED
        now = time.monotonic()
        if stamp == self._root_stamp and not fresh and now - self._scanned < self._rest:
            return False
        self._root_stamp, self._scanned = stamp, now
        return True

    def find(self) -> dict[str, Session]:
        """The sessions to list, by name. Raises SessionError when the folder cannot be read."""
        listed = {session.name: (session, t) for session, t in list_with_times(self.root)}
        self._times = {name: t for name, (_, t) in listed.items()}
        return self._references | {name: session for name, (session, _) in listed.items()}

    def _scan(self) -> None:
        sessions = self.find()
        for gone in self._entries.keys() - sessions.keys():
            del self._entries[gone]
            self._active.discard(gone)
            self._unsaved = self._changed = True
        new_names = [name for name in sessions if name not in self._entries]
        for name in new_names:
            self._admit(sessions[name])
        if new_names or len(self._turn) != len(sessions):
            self._turn = deque(self._entries)
            self._waiting = deque(sorted(self._unread(), key=self._newest_first))
            self._bare = deque(
                name for name in self._waiting if self._entries[name].row.facts is None
            )
            self._unchecked = deque(
                name for name, entry in self._entries.items() if not entry.stamp and entry.promised
            )

    def _unread(self) -> list[str]:
        return [name for name, entry in self._entries.items() if _is_unread(entry)]

    def _newest_first(self, name: str) -> tuple[bool, float]:
        row = self._entries[name].row
        return not row.active, -row.created

    def _admit(self, session: Session) -> None:
        """Add a session with its entry in the cache, else with its name alone."""
        if self._known is None:
            self._known = library_cache.load(self._cache, self.root) if self._cache else {}
        name = session.name
        changed = self._times.get(name) or stamp_of(session)[1] / 1e9
        raw = self._known.pop(name, None)
        cached = None if raw is None else library_cache.decode(raw)
        if cached is None:
            entry = _KnownSession(LibraryRow(session, changed))
        else:
            entry = _KnownSession(LibraryRow(session, changed, cached.status, cached.facts))
            self._follow(name, entry.row)
            # A session that was active has changed since; any other is probably unchanged.
            entry.promised = None if cached.status.active else cached.stamp
        self._entries[name] = entry
        self._changed = True

    def _prefer(self, visible: Collection[str]) -> None:
        """Move visible sessions to the front of the queue."""
        unread = [
            name for name in visible if name in self._entries and _is_unread(self._entries[name])
        ]
        if unread:
            front = set(unread)
            others = (name for name in self._waiting if name not in front)
            self._waiting = deque([*unread, *others])

    def _breathe(self) -> None:
        now = time.monotonic()
        if now - self._breath > _BREATH:
            time.sleep(0.001)
            self._breath = time.monotonic()

    def _introduce(self, name: str) -> None:
        """Fill in the entry from session.json; errors in it are reported when the log is read."""
        entry = self._entries.get(name)
        if entry is None or entry.row.facts is not None or entry.row.problem:
            return
        with contextlib.suppress(SessionError, NewerSchema):
            entry.row = replace(entry.row, facts=from_info(entry.row.session.info()))
            self._changed = True

    def _look(self, name: str) -> None:
        """Bring one session up to date; when halted within a long log, queue it again."""
        entry = self._entries.get(name)
        if entry is None:
            return
        try:
            self._bring_up_to_date(name, entry)
        except _Halted:
            entry.watch = None
            if name not in self._waiting:
                self._waiting.appendleft(name)

    def _bring_up_to_date(self, name: str, entry: _KnownSession) -> None:
        """Read the session again if one of its files has changed."""
        stamp = stamp_of(entry.row.session)
        if entry.stamp is None and entry.promised == stamp:
            entry.stamp = stamp
        if stamp == entry.stamp and not entry.row.active:
            # An engine may have resumed the session without having written anything yet.
            if lock.is_held(entry.row.session.lock):
                entry.row = self._read(entry)
                self._follow(name, entry.row)
                self._changed = True
            return
        if entry.stamp is None or stamp[:2] != entry.stamp[:2]:
            entry.watch = None
        row = self._read(entry)
        entry.stamp = stamp
        if row != entry.row:
            entry.row = row
            self._follow(name, row)
            self._changed = self._unsaved = True
        if not row.active and row.status is not Status.ELSEWHERE:
            entry.watch = None

    def _follow(self, name: str, row: LibraryRow) -> None:
        if row.active:
            self._active.add(name)
        else:
            self._active.discard(name)

    def _read(self, entry: _KnownSession) -> LibraryRow:
        session = entry.row.session
        try:
            if entry.watch is None:
                watch = Watch(session, ancestors=False)
                entry.watch = watch, Gatherer(watch.info)
            watch, gatherer = entry.watch
            sight = watch.look()
            gatherer.take(sight.events)
            while sight.behind:
                if self._halted():
                    raise _Halted
                self._breathe()
                sight = watch.look()
                gatherer.take(sight.events)
        except (EdgeChaosError, OSError) as error:
            entry.watch = None
            return LibraryRow(session, entry.row.changed, problem=str(error))
        facts = gatherer.facts(watch.summary)
        return LibraryRow(session, entry.row.changed, sight.status, facts)


def _is_unread(entry: _KnownSession) -> bool:
    return entry.stamp is None and entry.promised is None


def stamp_of(session: Session) -> Stamp:
    """Size and time of change of session.json and the log; zeros for missing files."""
    # Plain strings: with Path objects, listing thousands would take several times as long.
    folder = str(session.folder)
    info = _size_and_time(os.path.join(folder, "session.json"))
    return (*info, *_size_and_time(os.path.join(folder, "events.jsonl")))


def _size_and_time(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns
