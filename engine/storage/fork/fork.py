"""The making of forks: new sessions that continue from another one's checkpoint."""

import os
import shutil
from collections.abc import Mapping, Sequence
from typing import IO, Final

import msgspec

from engine.storage import names
from engine.storage.errors import SessionError
from engine.storage.files import open_to_write, temporary_beside
from engine.storage.fork.fork_points import Origin, open_checkpoint, read_own_header
from engine.storage.hyperparameter_edits import check_changes
from engine.storage.hyperparameters import OF_MACHINE, Value, build
from engine.storage.session.info import Parent, PlannedEdit, UndoneEdit
from engine.storage.session.session import Session, create, with_absolute_paths

_MAX_NAME: Final = 56


def fork(
    origin: Origin,
    changes: Mapping[str, Value],
    name: str | None = None,
    *,
    share: bool = False,
    epsilon: float | None = None,
    edits: Sequence[PlannedEdit] = (),
    undoes: UndoneEdit | None = None,
) -> Session:
    """A new session beside `origin`'s that continues after its epoch, with `changes` in force.

    changes: may include the device and the folder of the data. share: as in `create`.
    epsilon: makes it a twin, whose weights are disturbed by this much, relative to ‖w‖.
    edits, undoes: as in `Parent`.

    Raises HyperparameterError, InvalidName and SessionError; then nothing is left behind.
    """
    parent = origin.session
    changed = {name: value for name, value in changes.items() if name not in OF_MACHINE}
    if changed:
        check_changes(changed, origin.epoch, origin.hyperparameters)
    hyperparameters = build(msgspec.structs.asdict(origin.hyperparameters) | dict(changes))
    if "data_dir" in changes:
        hyperparameters = with_absolute_paths(hyperparameters)
    with open_checkpoint(parent, origin.path) as file:
        # Read again from the file that is copied, because a living parent may have replaced it.
        header = read_own_header(parent, origin.id, file)
        event = header.event
        if origin.exact and event.epoch != origin.epoch:
            raise SessionError(
                f"{parent.name} has trained further: its checkpoint is of epoch {event.epoch} now"
            )
        if hyperparameters.epochs <= event.epoch:
            raise SessionError(
                f"{parent.name} has trained {event.epoch} of {hyperparameters.epochs} epochs: "
                f"give the fork more, as in --epochs {event.epoch + 50}"
            )
        root = parent.folder.parent
        link = Parent(
            id=origin.id,
            name=parent.name,
            epoch=event.epoch,
            dataset_checksum=origin.dataset_checksum,
            epsilon=epsilon,
            edits=tuple(edits),
            undoes=undoes,
        )
        name = name or _free_name(origin, _suffix(link))
        new_session = create(root, hyperparameters, name, link, share=share)
        try:
            _write(new_session, header.encoded_for(new_session.info().id), file)
        except OSError as error:
            shutil.rmtree(new_session.folder, ignore_errors=True)
            raise SessionError(f"cannot fork {parent.name}: {error.strerror}") from None
    return new_session


def _suffix(link: Parent) -> str:
    """`e37`, `twin-e37`, `without-e38`: the part of the fork's name after its parent's."""
    if link.undoes is not None:
        return f"without-e{link.undoes.epoch}"
    return f"e{link.epoch}" if link.epsilon is None else f"twin-e{link.epoch}"


def _free_name(origin: Origin, suffix: str) -> str:
    """The parent's name with `suffix`, and a number where that is taken."""
    root = origin.session.folder.parent
    stem = f"{names.resembling(origin.session.name)[: _MAX_NAME - len(suffix)]}-{suffix}"
    existing = set(os.listdir(root))
    number = 2
    name = stem
    while name in existing:
        name, number = f"{stem}-{number}", number + 1
    return name


def _write(session: Session, header: bytes, file: IO[bytes]) -> None:
    """Write the checkpoint with another header and the same tensors, synced to the disk."""
    temporary = temporary_beside(session.checkpoint)
    fd = open_to_write(temporary, os.O_WRONLY | os.O_EXCL)
    with open(fd, "wb") as target:
        target.write(header)
        shutil.copyfileobj(file, target, 1024 * 1024)
        target.flush()
        os.fsync(target.fileno())
    os.replace(temporary, session.checkpoint)
