"""The status of a session, from the end of its log and the holder of its lock."""

from enum import StrEnum

from engine.storage.liveness import status_now
from engine.storage.session.events import (
    AnyEvent,
    Diverged,
    Failed,
    Finished,
    Paused,
    Resumed,
    Started,
    Stopped,
)
from engine.storage.session.session import Session


class Status(StrEnum):
    """One word for a session's state; `ELSEWHERE` reads "running on HOST?" on screen."""

    STARTING = "starting"
    TRAINING = "training"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    DIVERGED = "diverged"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    ELSEWHERE = "elsewhere"

    @property
    def active(self) -> bool:
        """Whether an engine is at work and answers commands."""
        return self in (Status.STARTING, Status.TRAINING, Status.PAUSED)


_ENDS: dict[object, Status] = {
    Finished: Status.FINISHED,
    Stopped: Status.STOPPED,
    Diverged: Status.DIVERGED,
    Failed: Status.FAILED,
}
LIFECYCLE = (Started, Paused, Resumed, Finished, Stopped, Diverged, Failed)
"""The event types that decide a status."""


def status_of(
    session: Session,
    last: AnyEvent | None,
    started: Started | None,
    *,
    created: float,
    now: float,
) -> Status:
    """The status of `session`.

    last: the last LIFECYCLE event of the log; started: the last `started`; created and now in
    seconds since 1970.
    """
    at_work = Status.PAUSED if isinstance(last, Paused) else Status.TRAINING
    return status_now(session, at_work, _ENDS.get(type(last)), started, created=created, now=now)
