"""The checkpoint of a run's last epoch boundary, and the snapshots to fork from."""

from pathlib import Path
from typing import Final

import torch

from engine.runtime import checkpoint
from engine.runtime.checkpoint import Checkpoint
from engine.runtime.clock import Clock
from engine.runtime.log_writer import EventRecorder
from engine.storage.fork import snapshots
from engine.storage.session.events import Epoch
from engine.storage.session.session import Session

_SAVE_EVERY: Final = 10.0
"""Seconds of training between two checkpoints."""


class Checkpointer:
    """Keeps a copy of the state at the last boundary, to be written during the next epoch.

    run: the id in session.json. Each write waits for disk space, and raises any other OSError.
    """

    def __init__(self, session: Session, run: str, recorder: EventRecorder, clock: Clock) -> None:
        self._session = session
        self._run = run
        self._recorder = recorder
        self._clock = clock
        self._event: Epoch | None = None
        self._tensors: dict[str, torch.Tensor] = {}
        self._saved = True
        self._saved_at = 0.0

    def keep(self, event: Epoch, state: dict[str, torch.Tensor], *, saved: bool = False) -> None:
        """Keep a copy of `state`, the trainer's after the epoch of `event`.

        saved: its checkpoint is on the disk already.
        """
        for name, tensor in state.items():
            if name not in self._tensors:
                self._tensors[name] = torch.empty_like(tensor, device="cpu")
            self._tensors[name].copy_(tensor)
        self._event = event
        self._saved = saved

    def save(self) -> None:
        """Write the last boundary's checkpoint, unless it is written already or there is none."""
        event = self._event
        if event is None or self._saved:
            return
        self._recorder.with_room(lambda: self._write(event, self._session.checkpoint))
        self._saved = True
        self._saved_at = self._clock.busy()

    def save_when_due(self) -> None:
        """Write the last boundary's checkpoint when enough time has passed since the last write."""
        if self._clock.busy() - self._saved_at >= _SAVE_EVERY:
            self.save()

    def save_snapshot(self, *, anew: bool) -> None:
        """Save a snapshot of the boundary to fork from, where one is due.

        anew: replace an existing snapshot, which is of a rewound epoch.
        """
        event = self._event
        if event is None:
            return
        exists = snapshots.path_of(self._session, event.epoch).exists()
        is_due = snapshots.are_due(event.snapshot_every, event.epoch)
        if (anew and exists) or (is_due and not exists):
            self._write_snapshot(event)

    def save_before_edit(self) -> None:
        """Save a snapshot of the boundary before an edit; only the last few of these are kept."""
        event = self._event
        if event is None or snapshots.path_of(self._session, event.epoch).exists():
            return
        self._write_snapshot(event)
        snapshots.drop_surplus_of_edits(self._session)

    def _write_snapshot(self, event: Epoch) -> None:
        def write() -> None:
            snapshots.make_folder(self._session)
            self._write(event, snapshots.path_of(self._session, event.epoch))

        self._recorder.with_room(write)

    def _write(self, event: Epoch, path: Path) -> None:
        tensors = {name: tensor.numpy() for name, tensor in self._tensors.items()}
        checkpoint.save(path, Checkpoint(self._run, event, tensors))
