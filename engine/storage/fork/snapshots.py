"""Snapshots: checkpoints of earlier epochs, kept beside the last one to fork from.

They are files of the checkpoint's own format, `snapshots/e000120.safetensors`. Those that were
due (`snapshot_every`) are removed only with their session; of those before edits the last few are
kept. The reader checks whether one still belongs to the log.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.storage.errors import CheckpointError
from engine.storage.files import open_to_read, set_folder_mode, sync_folder
from engine.storage.fork.checkpoint_header import read_header
from engine.storage.session.session import Session

EDITS_KEPT: Final = 10
"""The number of snapshots before edits that are kept, the last ones."""
_SUFFIX: Final = ".safetensors"


def path_of(session: Session, epoch: int) -> Path:
    """The path of the snapshot of `epoch`."""
    return session.snapshots / f"e{epoch:06d}{_SUFFIX}"


def are_due(every: int, epoch: int) -> bool:
    """Whether a snapshot of `epoch` is due; never of epoch 0, where any run of the seed begins."""
    return every > 0 and epoch > 0 and epoch % every == 0


def epochs_kept(session: Session) -> list[int]:
    """The epochs of the snapshot files, in order."""
    epochs = []
    for name in _names(session):
        digits = name.removeprefix("e").removesuffix(_SUFFIX)
        epoch = int(digits) if digits.isascii() and digits.isdigit() else -1
        if name == path_of(session, epoch).name:
            epochs.append(epoch)
    return sorted(epochs)


def drop_surplus_of_edits(session: Session) -> None:
    """Remove all but the last EDITS_KEPT of the snapshots before edits.

    Files that cannot be read or removed stay. Only for the process that may write to the session.
    """
    of_edits = [epoch for epoch in epochs_kept(session) if _was_not_due(path_of(session, epoch))]
    for epoch in of_edits[:-EDITS_KEPT]:
        with suppress(OSError):
            path_of(session, epoch).unlink()


def _was_not_due(path: Path) -> bool:
    try:
        with open(open_to_read(path), "rb") as file:
            event = read_header(file).event
    except (OSError, CheckpointError):
        return False
    return not are_due(event.snapshot_every, event.epoch)


def make_folder(session: Session) -> None:
    """Make their folder with the mode of the session's. Raises OSError, also for a link."""
    path = session.snapshots
    mode = stat.S_IMODE(session.folder.stat().st_mode)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        os.close(_open(path))
        return
    set_folder_mode(path, mode)
    sync_folder(session.folder)


def drop_temporaries(session: Session) -> None:
    """Remove the unfinished files of killed engines. Files that cannot be removed stay.

    Only for the one process that may write to the session.
    """
    for name in _names(session):
        if name.startswith(".") and name.endswith(".tmp"):
            try:
                (session.snapshots / name).unlink()
            except OSError:
                return


def _names(session: Session) -> list[str]:
    try:
        fd = _open(session.snapshots)
    except OSError:
        return []
    try:
        return os.listdir(fd)
    finally:
        os.close(fd)


def _open(path: Path) -> int:
    """Open the folder, never through a link: a session may come from a stranger."""
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
