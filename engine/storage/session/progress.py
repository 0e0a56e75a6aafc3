"""progress.json: the engine's progress within its epoch, overwritten in place."""

import os
from pathlib import Path
from typing import Final

import msgspec

from engine.storage.files import open_to_write, read_start
from engine.storage.session.machine import MachineUse

_SIZE: Final = 256
"""Bytes; fixed, so that one write replaces all of it and no reader finds two halves."""
_MACHINE_SIZE: Final = 512
"""Bytes of the machine's use after it, which earlier versions do not read."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """The stage under way (`training`, `downloading`, …), with `done` of `total` of its units.

    epoch: the one under way; seconds_left: until the stage's end, None when unknown. machine: the
    current use of the machine, None when unknown.
    """

    stage: str
    epoch: int
    done: int
    total: int
    seconds_left: float | None = None
    machine: MachineUse | None = None

    @property
    def fraction(self) -> float:
        """The share of the stage that is done; 0 while its total is unknown."""
        return self.done / self.total if self.total else 0.0


class ProgressWriter:
    """Overwrites the file. Raises OSError when it cannot be opened; a full disk is ignored,
    because only the display depends on it."""

    def __init__(self, path: Path) -> None:
        self._fd = open_to_write(path, os.O_WRONLY)

    def write(self, progress: Progress) -> None:
        """Overwrite the file with `progress`."""
        place = msgspec.structs.replace(progress, machine=None)
        data = _record(place, _SIZE) + _record(progress.machine, _MACHINE_SIZE)
        try:
            os.pwrite(self._fd, data, 0)
        except OSError:
            return

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)


def read(path: Path) -> Progress | None:
    """The last progress written, None when there is none or it cannot be read."""
    try:
        data = read_start(path, _SIZE + _MACHINE_SIZE)
        place = msgspec.json.decode(data[:_SIZE], type=Progress)
        if not data[_SIZE:]:
            return place
        machine = msgspec.json.decode(data[_SIZE:], type=MachineUse | None)
        return msgspec.structs.replace(place, machine=machine)
    except (OSError, msgspec.DecodeError):
        return None


def _record(value: Progress | MachineUse | None, size: int) -> bytes:
    return msgspec.json.encode(value).ljust(size - 1) + b"\n"
