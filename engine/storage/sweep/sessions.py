"""The sessions of a sweep, made so that a kill leaves no partial and no duplicate session."""

import shutil
import time
from collections.abc import Iterable

from engine.storage.errors import DiskFull, EdgeChaosError, SessionError
from engine.storage.files import set_folder_mode
from engine.storage.line_writer import is_no_room
from engine.storage.session.edit import move_folder
from engine.storage.session.info import Info, write_info
from engine.storage.session.session import Session, folder_mode, list_sessions
from engine.storage.sweep.plan import PlannedRun, Sweep


def find_session(sweep: Sweep, run: PlannedRun) -> Session | None:
    """The session that was made for `run`; None without one, or after it was renamed.

    Raises SessionError when another session has the name, or the session cannot be read.
    """
    session = Session(sweep.root / run.name)
    if not (session.folder / "session.json").exists():
        return None
    if session.info().id != run.id:
        raise SessionError(f"another session is called {run.name}, so this run cannot be made")
    return session


def find_renamed(sweep: Sweep, runs: Iterable[PlannedRun]) -> dict[str, Session]:
    """By the run's name, the sessions of `runs` that have other names now. Reads all sessions."""
    names = {run.id: run.name for run in runs}
    renamed = {}
    for session in list_sessions(sweep.root):
        try:
            id = session.info().id
        except EdgeChaosError:
            continue
        if id in names and session.name != names[id]:
            renamed[names[id]] = session
    return renamed


def deleted_runs(sweep: Sweep, runs: Iterable[PlannedRun]) -> list[PlannedRun]:
    """Those of `runs`, which were begun, whose sessions no longer exist under any name. Reads all
    sessions if one is missing."""
    missing = [run for run in runs if not (sweep.root / run.name).is_dir()]
    renamed = find_renamed(sweep, missing) if missing else {}
    return [run for run in missing if run.name not in renamed]


def make_session(sweep: Sweep, run: PlannedRun, *, share: bool = False) -> Session:
    """The session of `run`, made with the sweep's name as a tag unless it exists.

    share: the group may read it.

    Raises SessionError when the name is taken or the folder cannot be written, DiskFull when the
    disk is full.
    """
    existing = find_session(sweep, run)
    if existing is not None:
        return existing
    session = Session(sweep.root / run.name)
    # Complete before it gets its name. Only the coordinator that holds the sweep's lock does this.
    unfinished = sweep.root / f".{run.id}.making"
    try:
        if not (unfinished / "session.json").exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(mode=0o700)
            set_folder_mode(unfinished, folder_mode(share=share))
            write_info(unfinished, _info(sweep, run))
        elif session.folder.is_dir():
            # Killed after the name was claimed: the folder is empty, else this raises.
            session.folder.rmdir()
        move_folder(unfinished, session.folder)
    except FileExistsError:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise SessionError(f"there is a session {run.name} already") from None
    except OSError as error:
        if is_no_room(error):
            raise DiskFull(*error.args) from error
        raise SessionError(f"{run.name}: cannot make it: {error.strerror}") from None
    return session


def _info(sweep: Sweep, run: PlannedRun) -> Info:
    return Info(
        id=run.id,
        name=run.name,
        created=time.time(),
        hyperparameters=run.hyperparameters,
        tags=[sweep.name],
    )
