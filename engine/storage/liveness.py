"""The status of a session or a sweep, from its log and the holder of its lock."""

import time
from enum import StrEnum
from typing import Protocol, TypeVar

from engine.storage import host, lock
from engine.storage.logged_folder import LoggedFolder

STARTING_SECONDS = 20.0
"""A folder younger than this, whose worker has no lock yet, is starting, not interrupted."""

_Status = TypeVar("_Status", bound=StrEnum)


class Beginning(Protocol):
    """The event with the process that began to write, and its machine."""

    @property
    def incarnation(self) -> str: ...
    @property
    def host(self) -> str: ...


def status_now(
    place: LoggedFolder,
    at_work: _Status,
    ended: _Status | None,
    started: Beginning | None,
    *,
    created: float,
    now: float | None = None,
) -> _Status:
    """The status, a member of the enumeration of `at_work`.

    at_work: the status by the log while the worker lives; ended: that of the end in the log;
    started: the last beginning in the log; created, now: seconds since 1970, now by default.
    """
    status_type = type(at_work)
    if lock.is_held(place.lock):
        if started is None or _has_new_worker(place, started):
            return status_type("starting")
        return ended or at_work
    if ended:
        return ended
    if started is None:
        young = 0 <= (time.time() if now is None else now) - created < STARTING_SECONDS
        return status_type("starting" if young else "interrupted")
    return status_type("elsewhere" if started.host != host.host_name() else "interrupted")


def _has_new_worker(place: LoggedFolder, started: Beginning) -> bool:
    """Whether a process has the lock that has not written its `started` yet (a resume)."""
    holder = lock.holder(place.lock)
    return holder is not None and holder.incarnation != started.incarnation
