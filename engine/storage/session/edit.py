"""Edits of a session by people: note, tags, pin, name and deletion.

All edits happen under one lock of the sessions folder, so that two apps that change the same
session lose no edit. The log is never changed.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from engine.storage import lock, names
from engine.storage.errors import InvalidInput, SessionError
from engine.storage.session.info import Info, write_info
from engine.storage.session.session import Session, refuse_reference, refuse_reference_name

TRASH: Final = ".trash"
"""The folder under the sessions folder where deleted sessions go."""
_LOCK: Final = ".edit.lock"
MAX_NOTE: Final = 2000
MAX_TAGS: Final = 20
MAX_TAG: Final = 40


def change(session: Session, edit: Callable[[Info], Info]) -> Info:
    """Replace session.json by `edit` applied to its present content.

    Raises SessionError, also what `edit` raises, and NewerSchema.
    """
    refuse_reference(session)
    with _editing(session.folder.parent):
        info = edit(session.info())
        with _in_a_sentence(session, "change"):
            write_info(session.folder, info)
        return info


def check_note(note: str) -> None:
    """Raise InvalidInput where `note` is too long for one."""
    if len(note) > MAX_NOTE:
        raise InvalidInput(
            f"a note has at most {MAX_NOTE:,} characters, and this one has {len(note):,}"
        )


def check_tags(tags: Sequence[str]) -> None:
    """Raise InvalidInput where `tags` are too many, or one is too long."""
    if len(tags) > MAX_TAGS:
        raise InvalidInput(f"a session has at most {MAX_TAGS} tags, and these are {len(tags)}")
    for tag in tags:
        if len(tag) > MAX_TAG:
            raise InvalidInput(
                f"a tag has at most {MAX_TAG} characters, and {tag[:MAX_TAG]}… has {len(tag)}"
            )


def set_note(session: Session, note: str) -> Info:
    """Set the note. Raises InvalidInput and SessionError."""
    check_note(note)
    return change(session, lambda info: msgspec.structs.replace(info, note=note))


def set_tags(session: Session, tags: Sequence[str]) -> Info:
    """Set the tags, without duplicates. Raises InvalidInput and SessionError."""
    unique = list(dict.fromkeys(tags))
    check_tags(unique)
    return change(session, lambda info: msgspec.structs.replace(info, tags=unique))


def toggle_pin(session: Session) -> Info:
    """Pin the session, or unpin it. Raises SessionError."""
    return change(session, lambda info: msgspec.structs.replace(info, pinned=not info.pinned))


def rename(session: Session, name: str) -> Session:
    """Give the session another name.

    Raises InvalidName, and SessionError when the name is taken or an engine is at work.
    """
    names.check_name(name)
    refuse_reference(session)
    root = session.folder.parent
    refuse_reference_name(root / name)
    with _editing(root):
        _refuse_living(session, "rename")
        info = session.info()
        renamed = Session(root / name)
        with _in_a_sentence(session, "rename"):
            move_folder(session.folder, renamed.folder)
            write_info(renamed.folder, msgspec.structs.replace(info, name=name))
    return renamed


def trash(session: Session) -> Session:
    """Move the session to the trash and return its entry. Raises SessionError, as `rename` does."""
    refuse_reference(session)
    root = session.folder.parent
    with _editing(root):
        _refuse_living(session, "delete")
        with _in_a_sentence(session, "delete"):
            (root / TRASH).mkdir(mode=0o700, exist_ok=True)
            number = 0
            while True:
                place = root / TRASH / (f"{session.name}~{number}" if number else session.name)
                try:
                    move_folder(session.folder, place)
                except FileExistsError:
                    number += 1
                else:
                    return Session(place)


def restore(trashed: Session, name: str) -> Session:
    """Move `trashed` back to the sessions as `name`. Raises InvalidName and SessionError."""
    if not names.is_file_name(name):
        names.check_name(name)
    root = trashed.folder.parent.parent
    refuse_reference_name(root / name)
    with _editing(root), _in_a_sentence(Session(root / name), "restore"):
        move_folder(trashed.folder, root / name)
    return Session(root / name)


def discard(trashed: Session) -> None:
    """Delete `trashed` for good. Raises SessionError."""
    trash_folder = trashed.folder.parent
    if trash_folder.name != TRASH or trash_folder.is_symlink():
        raise SessionError(f"{trashed.name}: it is not in the trash, so it is not deleted")
    with _editing(trash_folder.parent), _in_a_sentence(trashed, "delete"):
        if trashed.folder.is_symlink() or not trashed.folder.is_dir():
            trashed.folder.unlink()
        else:
            shutil.rmtree(trashed.folder)


def move_folder(source: Path, target: Path) -> None:
    """Rename a folder; never onto another one. Raises FileExistsError when the name is taken."""
    # Making the folder claims the name, also against a session that is just being created; the
    # rename then replaces the empty folder.
    target.mkdir(mode=0o700)
    try:
        os.rename(source, target)
    except OSError:
        target.rmdir()
        raise


def _refuse_living(session: Session, verb: str) -> None:
    if lock.is_held(session.lock):
        raise SessionError(
            f"{session.name}: an engine is at work on it; stop the run before you {verb} it"
        )


@contextmanager
def _editing(root: Path) -> Iterator[None]:
    """Hold the folder's lock. flock, which keeps threads of one process apart too."""
    try:
        fd = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SessionError(f"cannot change sessions in {root}: {error.strerror}") from None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


@contextmanager
def _in_a_sentence(session: Session, verb: str) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        name = Path(error.filename or "").name
        raise SessionError(f"there is a session {name} already; choose another name") from None
    except OSError as error:
        raise SessionError(f"{session.name}: cannot {verb} it: {error.strerror}") from None
