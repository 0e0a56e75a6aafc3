"""The trash of a sessions folder: listing, restoring and final deletion.

Sessions and the records of sweeps are moved there whole when they are deleted; it outlives the app.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from engine.storage.errors import SessionError
from engine.storage.session import edit
from engine.storage.session.session import Session
from engine.storage.sweep.plan import FOLDER

Kind = Literal["session", "sweep"]
_NUMBER: Final = re.compile(r"~\d+$")


@dataclass(frozen=True)
class Trashed:
    """A folder in the trash. name: its former name; deleted: seconds since 1970."""

    kind: Kind
    folder: Path
    name: str
    deleted: float


def list_trash(root: Path, kind: Kind | None = None) -> list[Trashed]:
    """The folders in the trash of the sessions folder `root`, the last deleted first.

    kind: only folders of this kind. Raises SessionError when the trash cannot be read.
    """
    places: dict[Kind, Path] = {"session": root, "sweep": root / FOLDER}
    trashed = [
        entry
        for place_kind, place in places.items()
        if kind in (None, place_kind)
        for entry in _entries_in(place, place_kind)
    ]
    return sorted(trashed, key=lambda entry: (-entry.deleted, entry.name))


def find_trashed(root: Path, name: str) -> Trashed:
    """The last deleted folder that had the name `name`, or has it in the trash.

    Raises SessionError when there is none.
    """
    for trashed in list_trash(root):
        if name in (trashed.name, trashed.folder.name):
            return trashed
    raise SessionError(
        f"there is no {name} in the trash of {root}; `edgechaos-tui trash list` lists what there is"
    )


def bring_back(trashed: Trashed, name: str | None = None) -> Session:
    """Move `trashed` back under its old name, or under `name`; return the folder.

    Raises InvalidName, and SessionError where the name is taken.
    """
    return edit.restore(Session(trashed.folder), name or trashed.name)


def empty_trash(root: Path) -> int:
    """Delete everything in the trash of `root` for good; return how many folders.

    Raises SessionError at the first that cannot be deleted.
    """
    entries = list_trash(root)
    for trashed in entries:
        edit.discard(Session(trashed.folder))
    return len(entries)


def size_of(trashed: Trashed) -> int:
    """Bytes that deleting it for good frees; unreadable files count nothing."""
    total = 0
    for folder, _, files in os.walk(trashed.folder):
        for file in files:
            try:
                total += os.lstat(os.path.join(folder, file)).st_size
            except OSError:
                continue
    return total


def _entries_in(place: Path, kind: Kind) -> Iterator[Trashed]:
    try:
        with os.scandir(place / edit.TRASH) as entries:
            for entry in entries:
                # A move changes only the time of the folder's own inode.
                moved = entry.stat(follow_symlinks=False).st_ctime
                yield Trashed(kind, Path(entry.path), _NUMBER.sub("", entry.name), moved)
    except FileNotFoundError:
        return
    except OSError as error:
        where = place / edit.TRASH
        raise SessionError(f"cannot read the trash {where}: {error.strerror}") from None
