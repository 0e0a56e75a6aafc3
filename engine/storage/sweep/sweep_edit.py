"""Deleting the record of a sweep, and bringing it back; its sessions are not touched."""

from engine.storage import lock
from engine.storage.errors import SessionError
from engine.storage.session import edit
from engine.storage.session.session import Session
from engine.storage.sweep.plan import Sweep


def trash_sweep(sweep: Sweep) -> Sweep:
    """Move the sweep's folder to the trash; what it is there.

    Raises SessionError, above all while a coordinator is at work.
    """
    if lock.is_held(sweep.lock):
        raise SessionError(
            f"{sweep.name}: its coordinator is at work; stop the sweep before you delete it"
        )
    return Sweep(edit.trash(Session(sweep.folder)).folder)


def restore_sweep(trashed: Sweep, name: str) -> Sweep:
    """Bring back what `trash_sweep` took, under the name it had. Raises SessionError."""
    return Sweep(edit.restore(Session(trashed.folder), name).folder)
