"""`python -m engine SESSION_FOLDER...`: the engine process, which locks before it imports torch.

The runs of several folders share the process, the data and, where shapes agree, the steps.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.runtime import resume
from engine.runtime.environment import hold_threads
from engine.runtime.progress_meter import ProgressMeter
from engine.runtime.resume import ResumePoint, SiteChoice
from engine.runtime.signals import EndRequested, Signals
from engine.storage.commands import new_id
from engine.storage.errors import EdgeChaosError
from engine.storage.host import boot_id, host_name
from engine.storage.lock import EngineLock, Holder
from engine.storage.session.info import Info
from engine.storage.session.progress import ProgressWriter
from engine.storage.session.session import Session, refuse_recorded, refuse_reference


def main(arguments: list[str] | None = None) -> int:
    """Train the sessions to their end; return the exit status, 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    parser.add_argument("sessions", type=Path, nargs="+", help="the sessions' folders")
    parser.add_argument(
        "--incarnation",
        action="append",
        default=[],
        help="this engine's id, once for each session (default: a new one)",
    )
    parser.add_argument("--data-dir", default="", help="folder of the data set now")
    parser.add_argument("--device", default="", help="device to train on now")
    options = parser.parse_args(arguments)
    site = SiteChoice(options.data_dir, options.device)
    folders = list(dict.fromkeys(folder.absolute() for folder in options.sessions))
    incarnations = options.incarnation or [new_id() for _ in folders]
    if len(incarnations) != len(folders):
        parser.error(f"{len(incarnations)} incarnations for {len(folders)} sessions")
    signals = Signals()
    sessions = [
        _lock(Session(f), i, signals, site) for f, i in zip(folders, incarnations, strict=True)
    ]
    locked = [session for session in sessions if session]
    status = _work(locked, signals) if locked else 1
    return max(status, int(len(locked) < len(sessions)))


@dataclass(frozen=True)
class _LockedSession:
    """A session that this process has locked until the run's end."""

    session: Session
    point: ResumePoint
    lock: EngineLock
    meter: ProgressMeter


def _lock(
    session: Session, incarnation: str, signals: Signals, site: SiteChoice
) -> _LockedSession | None:
    """Lock and read `session`; on failure print a sentence on stderr and return None."""
    with _complaints(session):
        refuse_reference(session)
        info: Info = session.info()
        refuse_recorded(session, info, "trained")
        holder = Holder(
            incarnation=incarnation, pid=os.getpid(), host=host_name(), boot_id=boot_id()
        )
        # Before the lock, because the caller waits only for the lock.
        _refuse_unwritable(session)
        # Opening the file again in this process would release the lock.
        lock = EngineLock(session.lock, holder)
        signals.install()
        try:
            point = resume.read_point(session, info, incarnation, site)
            meter = ProgressMeter(ProgressWriter(session.progress))
            meter.show("importing", max(point.history.last_epoch, 0), 0, 1)
        except BaseException:
            lock.release()
            raise
        return _LockedSession(session, point, lock, meter)
    return None


def _refuse_unwritable(session: Session) -> None:
    """Raise OSError where the log exists and cannot be appended to."""
    with suppress(FileNotFoundError):
        os.close(os.open(session.log, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC))


def _work(locked: list[_LockedSession], signals: Signals) -> int:
    """Train the sessions side by side, each to its end; return the worst exit status."""
    hold_threads()
    try:
        from engine.training.engine import Engine
        from engine.training.run_group import RunGroup
        from engine.training.scheduler import drive
    except Exception as error:  # noqa: BLE001 - a broken installation, whatever it raises
        for member in locked:
            resume.log_failure(member.point, error, signals.check)
        return 1
    run_group = RunGroup(len(locked)) if len(locked) > 1 else None
    engines = {}
    for member in locked:
        with _complaints(member.session):
            engines[member.session.folder] = Engine(member.point, signals, member.meter, run_group)
    locks = {member.session.folder: member.lock for member in locked}
    statuses = [int(len(engines) < len(locked))]

    def on_end(folder: Path, status: int) -> None:
        statuses.append(status)
        locks[folder].release()

    drive(engines, on_end, run_group)
    return max(statuses)


@contextmanager
def _complaints(session: Session) -> Iterator[None]:
    """Print an exception that prevents training as a sentence on stderr."""
    try:
        yield
    except EdgeChaosError as error:
        print(error, file=sys.stderr)
    except EndRequested as ending:
        print(f"{session.name}: {ending} before it could begin", file=sys.stderr)
    except OSError as error:
        place = error.filename or session.folder
        print(f"{session.name}: cannot use {place}: {error.strerror}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
