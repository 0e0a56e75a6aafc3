"""A file that another program appends to, and may cut, replace or remove."""

import os
from pathlib import Path
from typing import Final

from engine.storage.files import open_to_read

CHUNK: Final = 1024 * 1024


class GrowingFile:
    """Reads new bytes at the end of the file at `path`.

    generation: how often reading began anew because the file was replaced or cut; an unfinished
    line from before is then void. remark: a sentence on the last such event, which the caller
    reports and clears.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.generation = 0
        self.remark = ""
        self._offset = 0
        self._identity: tuple[int, int] | None = None
        self._gone = False

    def read(self, limit: int = CHUNK) -> bytes:
        """At most `limit` new bytes; b"" when there are none. Raises OSError."""
        try:
            with open(open_to_read(self.path), "rb", buffering=0) as file:
                self._look(os.fstat(file.fileno()))
                file.seek(self._offset)
                data = file.read(limit) or b""
        except FileNotFoundError:
            if self._identity is None:
                raise
            if not self._gone:
                self._gone = True
                self.remark = f"{self.path.name} is gone; the values read before are kept"
            return b""
        self._offset += len(data)
        return data

    def _look(self, status: os.stat_result) -> None:
        identity = (status.st_dev, status.st_ino)
        replaced = self._identity not in (None, identity)
        if replaced or status.st_size < self._offset:
            event = "replaced by another file" if replaced else "cut"
            self.remark = f"{self.path.name} was {event}: it is read again from the beginning"
            self._offset = 0
            self.generation += 1
        elif self._gone:
            self.remark = f"{self.path.name} is there again"
        self._gone = False
        self._identity = identity
