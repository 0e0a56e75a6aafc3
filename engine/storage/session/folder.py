"""The sessions folder: its path and the sessions in it. It imports almost nothing, since the
first paint of the app waits for it."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.storage import user_folders
from engine.storage.errors import SessionError

REFERENCE_PREFIX: Final = "reference-"
REFERENCES: Final = Path(__file__).parents[2].joinpath("reference_sessions").resolve()
"""Runs recorded on real data that ship with the product and are only read. In a checkout this is
`sessions/`, whose other folders belong to people."""
_MAKE_A_SESSION: Final = ("session.json", "events.jsonl")


def sessions_folder(named: str | None = None) -> Path:
    """The folder `named`, else $EDGECHAOS_SESSIONS, else ./sessions, else that in user data."""
    folder = named or os.environ.get("EDGECHAOS_SESSIONS")
    if folder:
        return user_folders.expanded(folder)
    beside = Path("sessions")
    if os.path.isdir(beside):
        return beside.resolve()
    return user_folders.data_folder() / "sessions"


def list_paths(root: Path) -> Iterator[tuple[str, float]]:
    """The path of each session under `root`, in no order, and the time when its session.json
    changed, in s since 1970; a missing folder holds none.

    Raises SessionError when the folder cannot be read.
    """
    try:
        with os.scandir(root) as entries:
            for entry in entries:
                changed = _changed(entry)
                if changed is not None:
                    yield entry.path, changed
    except FileNotFoundError:
        return
    except OSError as error:
        raise SessionError(f"cannot read the sessions folder {root}: {error.strerror}") from None


def holds_own(root: Path) -> bool:
    """Whether a person's own session lies under `root`, besides those that ship with the product.

    Raises SessionError when the folder cannot be read.
    """
    return any(not is_reference(Path(path)) for path, _ in list_paths(root))


def is_reference(folder: Path) -> bool:
    """Whether `folder` is a reference session's, or has the name of one."""
    return folder.name.startswith(REFERENCE_PREFIX) and folder.parent.resolve() == REFERENCES


def reference_folder(name: str) -> Path:
    """The folder of the reference session `name`, which may not exist."""
    return REFERENCES / name


def reference_folders() -> Iterator[Path]:
    """The folders of all reference sessions, by name; none where they were not installed."""
    try:
        names = sorted(name for name in os.listdir(REFERENCES) if name.startswith(REFERENCE_PREFIX))
    except OSError:
        names = []
    yield from (REFERENCES / name for name in names)


def _changed(entry: os.DirEntry[str]) -> float | None:
    """The time when the session.json in this folder changed; None where it is not a session.

    0 where the folder cannot be read (a closed folder, a circular link).
    """
    if entry.name.startswith("."):
        return None
    try:
        if not entry.is_dir():
            return None
        # A session whose session.json was lost still has its log.
        for name in _MAKE_A_SESSION:
            with contextlib.suppress(FileNotFoundError):
                return os.stat(os.path.join(entry.path, name)).st_mtime
    except OSError:
        return 0.0
    return None
