"""`python -m engine SESSION_FOLDER`: the engine's own process. The lock comes before torch."""

import argparse
import os
import sys
from pathlib import Path

from engine.record.commands import new_id
from engine.record.events import NewerSchema
from engine.record.host import boot_id, host_name
from engine.record.lock import EngineLock, Holder, Locked
from engine.record.progress import ProgressWriter
from engine.record.session import Info, Session, SessionError
from engine.training import takeup
from engine.training.held_threads import hold_threads
from engine.training.meter import Meter
from engine.training.stopping import Ending, Signals


def main(arguments: list[str] | None = None) -> int:
    """Train the session to its end; the exit status, with a sentence on stderr when it is 1."""
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    parser.add_argument("session", type=Path, help="the session's folder")
    parser.add_argument("--incarnation", default="", help="this engine's id, made up if left out")
    given = parser.parse_args(arguments)
    session = Session(given.session.absolute())
    try:
        return _work(session, given.incarnation or new_id())
    except (SessionError, NewerSchema, Locked, takeup.NothingToDo) as error:
        print(error, file=sys.stderr)
    except Ending as ending:
        print(f"{session.name}: {ending} before it could begin", file=sys.stderr)
    except OSError as error:
        place = error.filename or session.folder
        print(f"{session.name}: cannot use {place}: {error.strerror}", file=sys.stderr)
    return 1


def _work(session: Session, incarnation: str) -> int:
    info: Info = session.info()
    holder = Holder(incarnation=incarnation, pid=os.getpid(), host=host_name(), boot_id=boot_id())
    # Held by the process to its end; nothing here may open the file again.
    lock = EngineLock(session.lock, holder)
    signals = Signals()
    signals.install()
    taken = takeup.look(session, info, incarnation)
    meter = Meter(ProgressWriter(session.progress))
    meter.show("importing", max(taken.history.last_epoch, 0), 0, 1)
    hold_threads()
    try:
        from engine.training.runner import Engine
    except Exception as error:  # noqa: BLE001 - a broken installation, whatever it raises
        takeup.log_failure(taken, error, signals.check)
        return 1
    status = Engine(taken, signals, meter).run()
    lock.release()
    return status


if __name__ == "__main__":
    sys.exit(main())
