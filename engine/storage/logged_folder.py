"""The folder of a session or of a sweep: a log, a file of commands, a lock, and one document."""

from abc import ABC, abstractmethod
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import msgspec

from engine.storage.errors import InvalidInput, NewerSchema, SessionError
from engine.storage.event_reader import EventReader
from engine.storage.files import read_start
from engine.storage.line_codec import UNREADABLE

_Document = TypeVar("_Document")


class _Format(msgspec.Struct):
    format: int = 0


@dataclass(frozen=True)
class LoggedFolder(ABC):
    """A folder in which one process at a time writes; files are read when they are needed.

    kind: the word for it, in sentences and in JSON; worker: the writing process, which takes the
    lock.
    """

    folder: Path
    kind: ClassVar[str]
    worker: ClassVar[str]

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.folder.name

    @property
    def log(self) -> Path:
        """events.jsonl"""
        return self.folder / "events.jsonl"

    @property
    def commands(self) -> Path:
        """commands.jsonl"""
        return self.folder / "commands.jsonl"

    @property
    def lock(self) -> Path:
        """engine.lock, or coordinator.lock"""
        return self.folder / f"{self.worker}.lock"

    @property
    def worker_log(self) -> Path:
        """The output of the worker's process, for finding faults."""
        return self.folder / f"{self.worker}.log"

    @abstractmethod
    def reader(self) -> EventReader[Any]:
        """A reader of the log from its beginning."""

    def read_document(
        self,
        file: str,
        kind: type[_Document],
        *,
        max_size: int,
        version: int,
        other_kinds: Mapping[int, type[_Document]] = {},
    ) -> _Document:
        """The document `file` of at most `max_size` bytes, checked.

        other_kinds: the kinds with a format number of their own, by that number.

        Raises SessionError with a sentence, and NewerSchema for a format beyond `version`.
        """
        path = self.folder / file
        try:
            data = read_start(path, max_size)
        except FileNotFoundError:
            raise SessionError(f"{self.name}: there is no {file} in {self.folder}") from None
        except OSError as error:
            raise SessionError(f"{self.name}: cannot read {path}: {error.strerror}") from None
        # Editors of other systems save a byte order mark before the content.
        data = data.removeprefix(b"\xef\xbb\xbf")
        schema = self._format(data)
        try:
            document = msgspec.json.decode(data, type=other_kinds.get(schema, kind))
        except (InvalidInput, *UNREADABLE) as error:
            self._refuse_newer(schema, version, other_kinds)
            raise SessionError(f"{self.name}: {file} is damaged: {error}") from None
        self._refuse_newer(schema, version, other_kinds)
        return document

    @staticmethod
    def _format(data: bytes) -> int:
        try:
            return msgspec.json.decode(data, type=_Format).format
        except UNREADABLE:
            return 0

    def _refuse_newer(self, schema: int, version: int, other_versions: Container[int]) -> None:
        if schema > version and schema not in other_versions:
            raise NewerSchema(
                f"{self.name} was written in format {schema}, and this version reads format "
                f"{version}: install a newer edgechaos-tui to open it"
            )
