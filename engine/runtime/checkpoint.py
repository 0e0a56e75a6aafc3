"""The state at an epoch's boundary in one file, replaced atomically; never pickled.

safetensors holds the weights and the optimiser's state; its header holds, as strings, the format,
the session's id and the line of the epoch's event, from which `tau` and the epoch are read.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import safetensors
import safetensors.numpy

from engine.storage.errors import CheckpointError, EdgeChaosError
from engine.storage.files import file_mode, open_to_read, replace_atomically
from engine.storage.session import events

FORMAT: Final = "1"
_MAX_SIZE: Final = 4 * 1024**3


@dataclass(frozen=True)
class Checkpoint:
    """session: the id in session.json; event: the epoch's line; tensors by name."""

    session: str
    event: events.Epoch
    tensors: dict[str, npt.NDArray[np.generic]]

    @property
    def epoch(self) -> int:
        """The last whole epoch."""
        return self.event.epoch


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file at `path` by `checkpoint`, synced to the disk.

    Raises OSError, and then leaves the old file as it was.
    """
    line = events.encode(checkpoint.event).decode()
    metadata = {"format": FORMAT, "session": checkpoint.session, "epoch": line}
    data = safetensors.numpy.save(checkpoint.tensors, metadata)
    replace_atomically(path, data, file_mode(path.parent))


def load(path: Path) -> Checkpoint | None:
    """The checkpoint at `path`, None when there is none. Raises CheckpointError."""
    try:
        # Opened here, too: safetensors takes one that may not be read for one that is not there.
        with open(open_to_read(path), "rb") as file:
            if os.fstat(file.fileno()).st_size > _MAX_SIZE:
                raise CheckpointError("it is larger than any checkpoint")
        with safetensors.safe_open(path, framework="numpy") as content:
            metadata = content.metadata() or {}
            event = _event(metadata)
            tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(error.strerror or str(error)) from None
    except (safetensors.SafetensorError, TypeError, KeyError, MemoryError) as error:
        raise CheckpointError(str(error)) from None
    return Checkpoint(metadata.get("session", ""), event, tensors)


def _event(metadata: dict[str, str]) -> events.Epoch:
    if metadata.get("format") != FORMAT:
        raise CheckpointError(f"its format is {metadata.get('format', 'none')!r}, not {FORMAT!r}")
    try:
        event = events.decode(metadata.get("epoch", "").encode())
    except EdgeChaosError as error:
        raise CheckpointError(f"its epoch cannot be read: {error}") from None
    if not isinstance(event, events.Epoch):
        raise CheckpointError("its header holds no epoch")
    return event
