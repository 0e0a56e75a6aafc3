"""Looking at one session as it stands: its new events, its status, its progress.

A list and a run screen both look through a `Watch`; one keeps a `Summary`, the other more.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from edgechaos_tui.presentation.run import problems as trouble
from edgechaos_tui.presentation.run.problems import Silence
from edgechaos_tui.presentation.run.summary import Summary
from engine.storage.session import progress
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import AnyEvent
from engine.storage.session.progress import Progress
from engine.storage.session.recovery import info_to_show
from engine.storage.session.session import Info, Session
from engine.storage.session.status import Status, status_of

if TYPE_CHECKING:
    from engine.storage.fork.lineage import LineageReader

BATCH: Final = 512 * 1024
"""Bytes of a log at one look: about a thousand epochs, taken in well within a frame."""


@dataclass(frozen=True)
class Sight:
    """What one look saw: the events since the last look, in order, and the state beside them.

    behind: more events are waiting to be read; problem: a sentence about what could not be read,
    or cannot be written. gone: the session's folder is not there any more.
    """

    events: Sequence[AnyEvent]
    status: Status
    progress: Progress | None
    behind: bool
    problem: str
    gone: bool = False

    def as_then(self) -> "Sight":
        """What a look would have seen when an earlier epoch had just ended: a run in training."""
        return replace(self, events=(), status=Status.TRAINING, progress=None)


class Watch:
    """Looks at `session` again and again; what a fork's parents did comes before its own events.

    start: the hyperparameters that the first event begins with. Without `ancestors` only the own
    log is read, as a list wants it.

    Raises SessionError or NewerSchema when the session cannot be read at all.
    """

    def __init__(self, session: Session, *, ancestors: bool = True) -> None:
        self.session = session
        self.info: Info
        self.info, self._info_problem = info_to_show(session)
        self.start = self.info.hyperparameters
        self._reader: LogReader | LineageReader = LogReader(session.log)
        if ancestors and self.info.parent is not None:
            # Imported here: lists have no use for it, and the first paint must not wait for it.
            from engine.storage.fork import lineage

            self._reader = lineage.LineageReader(session, self.info)
            self.start = self._reader.start
        self.summary = Summary(self.start)
        self._silence = Silence(session.folder)
        self._events_seen = 0

    def look(self, limit: int = BATCH) -> Sight:
        """The next events, from at most `limit` bytes of the log, and the state as it is now.

        Raises NewerSchema, or OSError when the log became unreadable.
        """
        # The status before the events: what an engine wrote before it ended is read for certain.
        before = self._status()
        events = self._reader.read(limit)
        self.summary.apply_all(events)
        status = self._status() if events else before
        now = progress.read(self.session.progress) if status.active else None
        self._events_seen += len(events)
        self._silence.heard((self._events_seen, now))
        gone = not status.active and not self.session.folder.is_dir()
        return Sight(
            events=events,
            status=status,
            progress=now,
            behind=self._reader.behind,
            problem=trouble.GONE if gone else self._problem(status),
            gone=gone,
        )

    @property
    def changed(self) -> bool:
        """Whether the log has grown since the last look."""
        return self._reader.behind

    def _status(self) -> Status:
        return status_of(
            self.session,
            self.summary.lifecycle,
            self.summary.started,
            created=self.info.created,
            now=time.time(),
        )

    def _problem(self, status: Status) -> str:
        return trouble.joined(
            self._silence.reason() if status is Status.TRAINING else "",
            self._info_problem,
            trouble.of_log(self._reader, at_work=status.active),
        )
