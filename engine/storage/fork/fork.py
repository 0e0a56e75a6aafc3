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
from engine.storage.session.session import (
    Parent,
    PlannedEdit,
    Session,
    UndoneEdit,
    create,
    with_absolute_paths,
)

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
    """A new session beside `origin`'s that goes on after its epoch, with `changes` in force.

    share: as in `create`. Among `changes` may be where it is to train: its device, and the
    folder of its data.
    epsilon: makes it a twin, whose weights are disturbed by so much, relative to ‖w‖.
    edits, undoes: as in `Parent`.

    Raises HyperparameterError, InvalidName and SessionError; then nothing is left behind.
    """
    parent = origin.session
    changed = {name: value for name, value in changes.items() if name not in OF_MACHINE}
    if changed:
        check_changes(changed, origin.epoch, origin.hyperparameters)
    chosen = build(msgspec.structs.asdict(origin.hyperparameters) | dict(changes))
    if "data_dir" in changes:
        chosen = with_absolute_paths(chosen)
    with open_checkpoint(parent, origin.path) as file:
        # Read again from the very file that is copied: a living parent replaces it.
        header = read_own_header(parent, origin.id, file)
        event = header.event
        if origin.exact and event.epoch != origin.epoch:
            raise SessionError(
                f"{parent.name} has trained on meanwhile: its checkpoint is of epoch {event.epoch}"
            )
        if chosen.epochs <= event.epoch:
            raise SessionError(
                f"{parent.name} has trained {event.epoch} of {chosen.epochs} epochs: give the "
                f"fork more, as in --epochs {event.epoch + 50}"
            )
        root = parent.folder.parent
        begun = Parent(
            id=origin.id,
            name=parent.name,
            epoch=event.epoch,
            dataset_checksum=origin.dataset_checksum,
            epsilon=epsilon,
            edits=tuple(edits),
            undoes=undoes,
        )
        name = name or _free_name(origin, _suffix(begun))
        made = create(root, chosen, name, begun, share=share)
        try:
            _write(made, header.encoded_for(made.info().id), file)
        except OSError as error:
            shutil.rmtree(made.folder, ignore_errors=True)
            raise SessionError(f"cannot fork {parent.name}: {error.strerror}") from None
    return made


def _suffix(begun: Parent) -> str:
    """`e37`, `twin-e37`, `without-e38`: what the fork is called after its parent's name."""
    if begun.undoes is not None:
        return f"without-e{begun.undoes.epoch}"
    return f"e{begun.epoch}" if begun.epsilon is None else f"twin-e{begun.epoch}"


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
    """The checkpoint with another header and the same tensors; on the disk when this returns."""
    temporary = temporary_beside(session.checkpoint)
    fd = open_to_write(temporary, os.O_WRONLY | os.O_EXCL)
    with open(fd, "wb") as target:
        target.write(header)
        shutil.copyfileobj(file, target, 1024 * 1024)
        target.flush()
        os.fsync(target.fileno())
    os.replace(temporary, session.checkpoint)
