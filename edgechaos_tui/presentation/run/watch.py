"""The polling of one session: its new events, its status, its progress.

Lists and the screen of a run both use a `Watch`; it keeps a `Summary` alone.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from edgechaos_tui.presentation.run import problems
from edgechaos_tui.presentation.run.problems import Silence
from edgechaos_tui.presentation.run.summary import Summary
from engine.storage.session import progress
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import AnyEvent
from engine.storage.session.info import Info
from engine.storage.session.progress import Progress
from engine.storage.session.recovery import info_to_show
from engine.storage.session.session import Session
from engine.storage.session.status import Status, status_of

if TYPE_CHECKING:
    from engine.storage.fork.lineage import LineageReader

BATCH: Final = 512 * 1024
"""Bytes of the log read by one look: about a thousand epochs, taken in well within a frame."""


@dataclass(frozen=True)
class Sight:
    """The result of one look: the events since the last look, in order, and the state.

    behind: more events are waiting to be read; problem: a sentence about what could not be read,
    or cannot be written; gone: the session's folder is gone.
    """

    events: Sequence[AnyEvent]
    status: Status
    progress: Progress | None
    behind: bool
    problem: str
    gone: bool = False

    def as_then(self) -> "Sight":
        """The same look at an earlier time, when an epoch had just ended: a run in training."""
        return replace(self, events=(), status=Status.TRAINING, progress=None)


class Watch:
    """Polls `session`; the events of a fork's parents come before its own.

    start: the hyperparameters in force before the first event. Without `ancestors` only its own
    log is read, as a list needs it.

    Raises SessionError or NewerSchema when the session cannot be read at all.
    """

    def __init__(self, session: Session, *, ancestors: bool = True) -> None:
        self.session = session
        self.info: Info
        self.info, self._info_problem = info_to_show(session)
        self.start = self.info.hyperparameters
        self._reader: LogReader | LineageReader = LogReader(session.log)
        if ancestors and self.info.parent is not None:
            # Imported here: lists do not need it, and the first paint must not wait for it.
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
        # Status first: if it says that the engine ended, all that it wrote is read below. Where
        # events wait, they decide.
        earlier_status = None if self._reader.behind else self._status()
        events = self._reader.read(limit)
        self.summary.apply_all(events)
        status = self._status() if events or earlier_status is None else earlier_status
        current_progress = progress.read(self.session.progress) if status.active else None
        self._events_seen += len(events)
        self._silence.heard((self._events_seen, current_progress))
        gone = not status.active and not self.session.folder.is_dir()
        return Sight(
            events=events,
            status=status,
            progress=current_progress,
            behind=self._reader.behind,
            problem=problems.GONE if gone else self._problem(status),
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
        return problems.joined(
            self._silence.reason() if status is Status.TRAINING else "",
            self._info_problem,
            problems.of_log(self._reader, at_work=status.active),
        )
