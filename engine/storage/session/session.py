"""A session: a folder whose log is the only output of the engine."""

import os
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from engine.storage import names, user_folders
from engine.storage.errors import InvalidName, SessionError
from engine.storage.files import set_folder_mode
from engine.storage.hyperparameters import PARAMETERS, Hyperparameters
from engine.storage.logged_folder import LoggedFolder
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import RECORDED_FORMAT, SCHEMA_VERSION
from engine.storage.session.folder import (
    REFERENCE_PREFIX,
    is_reference,
    list_paths,
    reference_folder,
    reference_folders,
)
from engine.storage.session.folder import sessions_folder as sessions_folder
from engine.storage.session.info import Info, Parent, RecordedInfo, info_for, write_info

_MAX_INFO: Final = 1024 * 1024
_PRIVATE: Final = 0o700
_SHARED: Final = 0o750
_NAME_PREFIX: Final = {"fashion-mnist": "fashion"}


@dataclass(frozen=True)
class Session(LoggedFolder):
    """A session's folder, trained by an engine."""

    kind: ClassVar[str] = "session"
    worker: ClassVar[str] = "engine"

    @property
    def is_reference(self) -> bool:
        """Whether the session ships with the product, and is never changed."""
        return is_reference(self.folder)

    @property
    def checkpoint(self) -> Path:
        """checkpoint.safetensors"""
        return self.folder / "checkpoint.safetensors"

    @property
    def snapshots(self) -> Path:
        """snapshots: the folder with checkpoints of earlier epochs."""
        return self.folder / "snapshots"

    @property
    def progress(self) -> Path:
        """progress.json"""
        return self.folder / "progress.json"

    @property
    def console(self) -> Path:
        """console.jsonl: the captured output of a recorded program."""
        return self.folder / "console.jsonl"

    def reader(self) -> LogReader:
        """A reader of the log from its beginning."""
        return LogReader(self.log)

    def info(self) -> Info:
        """session.json, read and checked. Raises SessionError with a sentence, and NewerSchema."""
        return self.read_document(
            "session.json",
            Info,
            max_size=_MAX_INFO,
            version=SCHEMA_VERSION,
            other_kinds={RECORDED_FORMAT: RecordedInfo},
        )


def create(
    root: Path,
    hyperparameters: Hyperparameters,
    name: str | None = None,
    parent: Parent | None = None,
    *,
    share: bool = False,
) -> Session:
    """A new session under `root`, its name made up unless given; a fork when it has a `parent`.

    share: the group may read it. Only the modes record this: files follow their folder's.

    Raises InvalidName, or SessionError when the name is taken or the folder cannot be written;
    then nothing half-made is left behind.
    """
    folder = _make_folder(root, name, hyperparameters.dataset, folder_mode(share=share))
    info = info_for(
        hyperparameters,
        id=os.urandom(8).hex(),
        name=folder.name,
        created=time.time(),
        parent=parent,
    )
    try:
        write_info(folder, info)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise _unwritable(root, error) from None
    return Session(folder)


def refuse_recorded(session: Session, info: Info, verb: str) -> None:
    """Raise SessionError when `session` was written by a user's own loop, which the product cannot
    run: it cannot be resumed, extended, forked or verified (`verb`)."""
    if isinstance(info, RecordedInfo):
        raise SessionError(
            f"{session.name} was recorded from a training loop outside edgechaos-tui, so it cannot "
            f"be {verb} here: run that program again"
        )


def with_absolute_paths(hyperparameters: Hyperparameters) -> Hyperparameters:
    """`hyperparameters` with the folder of the data absolute, so that they hold from anywhere.

    An empty one becomes $EDGECHAOS_DATA where that is set, since a later resume may not have it.
    """
    data_dir = hyperparameters.data_dir or os.environ.get("EDGECHAOS_DATA", "")
    if not data_dir or hyperparameters.dataset == "synthetic":
        return hyperparameters
    absolute = PARAMETERS["data_dir"].check(str(user_folders.expanded(data_dir).absolute()))
    return msgspec.structs.replace(hyperparameters, data_dir=absolute)


def folder_mode(*, share: bool) -> int:
    """The mode of a session's folder: with `share` the group may read it."""
    return _SHARED if share else _PRIVATE


def open_session(root: Path, name: str) -> Session:
    """The session called `name` under `root`, else the reference session of that name.

    Raises SessionError when there is none.
    """
    session = Session(root / name)
    # A circular link is opened too: reading it reports what is wrong.
    exists = os.path.isdir(session.folder) or os.path.islink(session.folder)
    if not (names.is_file_name(name) and exists):
        try:
            names.check_name(name)
        except InvalidName as error:
            raise SessionError(str(error)) from None
        shipped = Session(reference_folder(name))
        if shipped.is_reference and shipped.folder.is_dir():
            return shipped
        raise SessionError(
            f"there is no session {name} in {root}; `edgechaos-tui sessions` lists what there is"
        )
    return session


def reference_sessions() -> list[Session]:
    """The sessions that ship with the product, by name."""
    return [Session(folder) for folder in reference_folders()]


def with_references(root: Path) -> Iterator[Session]:
    """All sessions under `root`, then the reference sessions whose names are not taken there.

    Raises SessionError as `list_sessions` does.
    """
    own_names = set()
    for session in list_sessions(root):
        own_names.add(session.name)
        yield session
    yield from (session for session in reference_sessions() if session.name not in own_names)


def refuse_reference(session: Session) -> None:
    """Raise SessionError when `session` may not be changed because it ships with the product."""
    if session.is_reference:
        raise SessionError(
            f"{session.name} is a reference session shipped with the product and cannot be "
            "changed; export it as a zip and import that to have a copy of your own"
        )


def refuse_reference_name(folder: Path) -> None:
    """Raise SessionError when `folder` has the name of a reference session."""
    if is_reference(folder):
        raise SessionError(
            f"{folder.name}: names in {folder.parent} that begin with "
            f"{REFERENCE_PREFIX!r} are for sessions shipped with the product; choose another"
        )


def list_sessions(root: Path) -> Iterator[Session]:
    """All sessions under `root`, in no order; a missing folder holds none.

    Raises SessionError when the folder cannot be read.
    """
    return (session for session, _ in list_with_times(root))


def list_with_times(root: Path) -> Iterator[tuple[Session, float]]:
    """As `list_sessions`, each with the time when its session.json changed, in s since 1970."""
    return ((Session(Path(path)), changed) for path, changed in list_paths(root))


def _make_folder(root: Path, name: str | None, dataset: str, mode: int) -> Path:
    try:
        make_root(root, share=mode == _SHARED)
        taken_names = set(os.listdir(root)) if name is None else set()
        prefix = _NAME_PREFIX.get(dataset, dataset)
        folder = root / (names.check_name(name) if name else names.make_up(prefix, taken_names))
        refuse_reference_name(folder)
        folder.mkdir(mode=_PRIVATE)
        set_folder_mode(folder, mode)
    except FileExistsError as error:
        if error.filename == str(root):
            raise SessionError(f"the sessions folder {root} is not a folder") from None
        raise SessionError(f"there is a session {name} already; choose another name") from None
    except OSError as error:
        raise _unwritable(root, error) from None
    return folder


def make_root(root: Path, *, share: bool) -> None:
    """Make the sessions folder where there is none.

    Raises SessionError where the group cannot enter the folder to be shared, and OSError.
    """
    if not root.exists():
        root.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
        set_folder_mode(root, folder_mode(share=share))
    elif share and not root.stat().st_mode & stat.S_IXGRP:
        raise SessionError(
            f"the sessions folder {root} is closed to the group, so nothing in it can be shared: "
            f"open it with `chmod g+rx {root}`, or choose another with --sessions"
        )


def _unwritable(root: Path, error: OSError) -> SessionError:
    return SessionError(
        f"cannot write to the sessions folder {root}: {error.strerror}; "
        "choose another with --sessions"
    )
