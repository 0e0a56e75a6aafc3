"""The counterfactual of an edit: the beginning of a fork that continues without it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from engine.storage.errors import HyperparameterError, SessionError
from engine.storage.fork.fork_points import Origin, forkable_info, origin_of
from engine.storage.fork.lineage import ancestry
from engine.storage.fork.recorded_edits import RecordedEdits, read_edits
from engine.storage.hyperparameters import CHANGEABLE, Hyperparameters, affecting, build
from engine.storage.session.events import Changed, Epoch
from engine.storage.session.info import Info, PlannedEdit, UndoneEdit
from engine.storage.session.session import Session

_AFFECTING: Final = frozenset(affecting("results"))


@dataclass(frozen=True)
class Counterfactual:
    """The beginning of a fork without an edit.

    origin: the boundary before the edit, with the old values, planned for the epochs trained so
    far. edit: the values before and after. edits: the later ones, which the fork repeats. left_out:
    hyperparameters of later edits that the fork leaves out, because the edit had set them too.
    """

    origin: Origin
    edit: Changed
    edits: tuple[PlannedEdit, ...]
    left_out: tuple[str, ...]
    undoes: UndoneEdit


def counterfactual_of(session: Session, epoch: int) -> Counterfactual:
    """The run of `session` without the edit in force from `epoch` on.

    Reads the whole log. Raises SessionError without such an edit, before `epoch` is trained, and
    without a checkpoint of the boundary before it; OSError and NewerSchema.
    """
    info = forkable_info(session)
    edits = read_edits(session, info)
    chain = ancestry(session, info)
    place = _owner(chain, epoch)
    owner, owner_info = chain[place]
    _refuse_fork_point(owner, owner_info, epoch)
    edit = _edit_at(session, edits, epoch)
    if edits.last_epoch < epoch:
        raise SessionError(
            f"{session.name} has trained {edits.last_epoch} epochs, and the edit is in force from "
            f"epoch {epoch} on: without it the run is the same so far"
        )
    _refuse_disturbed(session, chain[place + 1 :], owner)
    try:
        origin = origin_of(owner, epoch - 1)
    except SessionError as error:
        raise SessionError(f"the edit at epoch {epoch} cannot be undone: {error}") from None
    undone = frozenset(edit.values)
    later = [change for change in edits.changes if change.epoch > epoch]
    left_out = [name for change in later for name in change.values if name in undone - {"epochs"}]
    return Counterfactual(
        origin=replace(origin, hyperparameters=_before(origin, edits.last_epoch)),
        edit=edit,
        edits=tuple(e for e in edits.planned(epoch, undone) if e.epoch <= edits.last_epoch),
        left_out=tuple(dict.fromkeys(left_out)),
        undoes=UndoneEdit(session=info.id, epoch=epoch),
    )


def _owner(chain: Sequence[tuple[Session, Info]], epoch: int) -> int:
    """The position of the session that trained `epoch`."""
    begins = [info.parent.epoch if info.parent else -1 for _, info in chain]
    return max((i for i, begin in enumerate(begins) if begin < epoch), default=0)


def _refuse_fork_point(owner: Session, info: Info, epoch: int) -> None:
    """Raise SessionError where a fork begins: its parent is the run without that change."""
    parent = info.parent
    if parent is not None and parent.epoch == epoch - 1:
        raise SessionError(
            f"at epoch {epoch} {owner.name} begins as a fork of {parent.name}, which is the run "
            f"without that change: `edgechaos-tui compare {parent.name} {owner.name}`"
        )


def _edit_at(session: Session, edits: RecordedEdits, epoch: int) -> Changed:
    """All edits in force from `epoch` on, as one. Raises SessionError without any."""
    changes = [change for change in edits.changes if change.epoch == epoch]
    values = {name: value for change in changes for name, value in change.values.items()}
    if not values:
        raise SessionError(f"{session.name} has no edit at epoch {epoch}; {_edits_sentence(edits)}")
    if not _AFFECTING & values.keys():
        raise SessionError(
            f"the edit of {session.name} at epoch {epoch} does not affect its results, so "
            "there is nothing to undo"
        )
    previous = {
        name: value for change in reversed(changes) for name, value in change.previous.items()
    }
    return msgspec.structs.replace(changes[0], values=values, previous=previous)


def _edits_sentence(edits: RecordedEdits) -> str:
    epochs = sorted({c.epoch for c in edits.changes if _AFFECTING & c.values.keys()})
    if not epochs:
        return "it was never edited"
    subject = "its edit is" if len(epochs) == 1 else "its edits are"
    return f"{subject} in force from epoch {', '.join(map(str, epochs))} on"


def _refuse_disturbed(
    session: Session, later: Sequence[tuple[Session, Info]], owner: Session
) -> None:
    """Raise SessionError for a twin: without the edit, its disturbance would be missing too."""
    if any(info.parent is not None and info.parent.epsilon is not None for _, info in later):
        raise SessionError(
            f"{session.name} was disturbed as a twin after that edit of {owner.name}: undo it in "
            f"{owner.name}"
        )


def _before(origin: Origin, epochs: int) -> Hyperparameters:
    """The hyperparameters before the edit, planned for `epochs`."""
    event: Epoch = origin.event
    values = {name: getattr(event, name) for name in CHANGEABLE} | {"epochs": epochs}
    try:
        return build(msgspec.structs.asdict(origin.hyperparameters) | values)
    except HyperparameterError as error:
        raise SessionError(f"{origin.session.name}: its log has no such run: {error}") from None
