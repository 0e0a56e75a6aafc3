"""One reading of a session: session.json, the log and the lock."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgechaos_tui.presentation.run import problems
from edgechaos_tui.presentation.run.summary import Summary
from engine.storage.errors import SessionError
from engine.storage.session.event_log import LogReader
from engine.storage.session.info import Info
from engine.storage.session.recovery import info_to_show
from engine.storage.session.session import Session
from engine.storage.session.status import Status, status_of

if TYPE_CHECKING:
    from edgechaos_tui.presentation.run.state import RunState
    from engine.storage.fork.lineage import LineageReader


@dataclass(frozen=True)
class Reading:
    """A session as it was read; problem: a sentence about what could not be read, or ""."""

    info: Info
    summary: Summary
    status: Status
    problem: str


def read(session: Session) -> Reading:
    """Read session.json and the log.

    Raises SessionError, or NewerSchema for a format of the future.
    """
    info, problem = info_to_show(session)
    summary = Summary(info.hyperparameters)
    reader = LogReader(session.log)
    with _readable(session):
        for event in reader.read_all():
            summary.apply(event)
    return _reading(session, info, summary, problem, reader)


def read_with_state(session: Session) -> "tuple[Reading, RunState]":
    """Read the session as `read` does, together with the state of all its epochs.

    For a fork the state includes its parents' epochs. The log is read once. Raises as `read` does.
    """
    # Imported here, because it imports numpy, which a list of sessions does not need.
    from edgechaos_tui.presentation.run.state import RunState
    from engine.storage.fork.lineage import LineageReader

    info, problem = info_to_show(session)
    reader = LineageReader(session, info)
    state, summary = RunState(reader.start), Summary(info.hyperparameters)
    with _readable(session):
        while reader.behind:
            in_own_log = reader.in_own_log
            events = reader.read()
            state.apply_all(events)
            for event in events if in_own_log else ():
                summary.apply(event)
    return _reading(session, info, summary, problem, reader), state


def read_summary(session: Session) -> tuple[Info, Summary, Status]:
    """The session.json, summary and status of `session`. Raises as `read` does."""
    reading = read(session)
    return reading.info, reading.summary, reading.status


def current_status(session: Session, summary: Summary, created: float) -> Status:
    """The status of `session`, whose log has been read into `summary`."""
    return status_of(session, summary.lifecycle, summary.started, created=created, now=time.time())


@contextmanager
def _readable(session: Session) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SessionError(f"{session.name}: cannot read {session.log}: {error.strerror}") from None


def _reading(
    session: Session,
    info: Info,
    summary: Summary,
    problem: str,
    reader: "LogReader | LineageReader",
) -> Reading:
    status = current_status(session, summary, info.created)
    passed_over = problems.of_log(reader, at_work=status.active)
    return Reading(info, summary, status, problems.joined(problem, passed_over))
