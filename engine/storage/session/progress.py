"""progress.json: where the engine stands within its epoch. Overwritten in place, never history."""

import os
from pathlib import Path
from typing import Final

import msgspec

from engine.storage.files import open_to_write, read_start

_SIZE: Final = 256
"""Bytes. Fixed, so that one write replaces all of it and no reader meets two halves."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """stage: what is being done (`training`, `downloading`, …); done of total, in units of it.

    `epoch` is the one under way; `seconds_left` is the stage's own estimate, None when unknown.
    """

    stage: str
    epoch: int
    done: int
    total: int
    seconds_left: float | None = None


class ProgressWriter:
    """Overwrites the file. Raises OSError when it cannot be opened; a full disk is ignored,
    because progress is a courtesy and the log is the truth."""

    def __init__(self, path: Path) -> None:
        self._fd = open_to_write(path, os.O_WRONLY)

    def write(self, progress: Progress) -> None:
        """Put `progress` in place of what stood there."""
        data = msgspec.json.encode(progress).ljust(_SIZE - 1) + b"\n"
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
        return msgspec.json.decode(read_start(path, _SIZE), type=Progress)
    except (OSError, msgspec.DecodeError):
        return None
