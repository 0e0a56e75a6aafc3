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
    """One process at a time writes in it; nothing is read until it is asked for.

    kind: the word for it, in sentences and in JSON; worker: that process, which takes the lock.
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
        """The output of the worker's process: for finding faults, not for reading back."""
        return self.folder / f"{self.worker}.log"

    @abstractmethod
    def reader(self) -> EventReader[Any]:
        """A reader of the log from its beginning."""

    def read_document(
        self,
        file: str,
        kind: type[_Document],
        *,
        most: int,
        version: int,
        others: Mapping[int, type[_Document]] = {},
    ) -> _Document:
        """The document `file` of at most `most` bytes, checked.

        others: the kinds that have a format number of their own, by that number.

        Raises SessionError with a sentence, and NewerSchema for a format beyond `version`.
        """
        path = self.folder / file
        try:
            data = read_start(path, most)
        except FileNotFoundError:
            raise SessionError(f"{self.name}: there is no {file} in {self.folder}") from None
        except OSError as error:
            raise SessionError(f"{self.name}: cannot read {path}: {error.strerror}") from None
        # Editors of other systems put a byte order mark before what they save.
        data = data.removeprefix(b"\xef\xbb\xbf")
        own = self._format(data)
        try:
            document = msgspec.json.decode(data, type=others.get(own, kind))
        except (InvalidInput, *UNREADABLE) as error:
            self._refuse_newer(own, version, others)
            raise SessionError(f"{self.name}: {file} is damaged: {error}") from None
        self._refuse_newer(own, version, others)
        return document

    @staticmethod
    def _format(data: bytes) -> int:
        try:
            return msgspec.json.decode(data, type=_Format).format
        except UNREADABLE:
            return 0

    def _refuse_newer(self, schema: int, version: int, others: Container[int]) -> None:
        if schema > version and schema not in others:
            raise NewerSchema(
                f"{self.name} was written in format {schema}, and this version reads format "
                f"{version}: install a newer edgechaos-tui to open it"
            )
