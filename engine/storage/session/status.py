"""What a session is doing now, from the last thing its log says and from who holds its lock."""

from enum import StrEnum

from engine.storage import host, lock
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

STARTING_SECONDS = 20.0
"""A session younger than this whose engine has no lock yet is starting, not interrupted."""


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
        """An engine is at work, so that it hears commands."""
        return self in (Status.STARTING, Status.TRAINING, Status.PAUSED)


_ENDS = {
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
    held = lock.is_held(session.lock)
    ended = _ENDS.get(type(last)) if last else None
    if held:
        if started is None or _new_engine(session, started):
            return Status.STARTING
        return ended or (Status.PAUSED if isinstance(last, Paused) else Status.TRAINING)
    if ended:
        return ended
    if started is None:
        young = 0 <= now - created < STARTING_SECONDS
        return Status.STARTING if young else Status.INTERRUPTED
    return Status.ELSEWHERE if _other_host(started) else Status.INTERRUPTED


def _new_engine(session: Session, started: Started) -> bool:
    """Whether an engine has the lock that has not written its `started` yet (a resume)."""
    holder = lock.holder(session.lock)
    return holder is not None and holder.incarnation != started.incarnation


def _other_host(started: Started) -> bool:
    return started.host != host.host_name()
