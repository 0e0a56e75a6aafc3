"""A file that another program appends to, and may cut, replace or remove."""

import os
from pathlib import Path
from typing import Final

from engine.storage.files import open_to_read

CHUNK: Final = 1024 * 1024


class GrowingFile:
    """Reads what is new at the end of the file at `path`.

    generation: counts how often it began anew, because it was replaced or cut; what was kept of its
    end before is worth nothing then. remark: what happened to it last, a sentence to be told and
    set back.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.generation = 0
        self.remark = ""
        self._offset = 0
        self._identity: tuple[int, int] | None = None
        self._gone = False

    def read(self, limit: int = CHUNK) -> bytes:
        """At most `limit` more bytes; b"" when there is nothing new. Raises OSError."""
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
                self.remark = f"{self.path.name} is gone: what was read of it stays"
            return b""
        self._offset += len(data)
        return data

    def _look(self, status: os.stat_result) -> None:
        identity = (status.st_dev, status.st_ino)
        replaced = self._identity not in (None, identity)
        if replaced or status.st_size < self._offset:
            what = "replaced by another file" if replaced else "cut"
            self.remark = f"{self.path.name} was {what}: it is read again from its beginning"
            self._offset = 0
            self.generation += 1
        elif self._gone:
            self.remark = f"{self.path.name} is there again"
        self._gone = False
        self._identity = identity
