"""The base classes of all sources: one run that is read, and a place that holds runs."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Final

from engine.importer.columns import Columns
from engine.importer.points import Points
from engine.storage.errors import EdgeChaosError


class ImportRefused(EdgeChaosError):
    """A file or a folder that cannot be imported, in a sentence."""


class RunSource(ABC):
    """One run, in a file or some of them, that may still grow.

    name: the proposed name of its session; origin: its path, which identifies it; format: the name
    of its file format. unused: the columns that cannot be used, with reasons; unused_reported:
    those already reported. remarks: sentences to report; notes: reported ones to write into the
    log. by_step: whether the places of its points are steps, else epochs. live: whether new lines
    were logged just now.
    """

    format: str = ""

    def __init__(self, name: str, origin: str, columns: Columns) -> None:
        self.name = name
        self.origin = origin
        self.columns = columns
        self.points = Points()
        self.config: dict[str, Any] = {}
        self.unused: dict[str, str] = {}
        self.remarks: list[str] = []
        self.by_step = True
        self.live = False
        self.unused_reported: set[str] = set()
        self.notes: list[str] = []
        self._remarked: set[str] = set()

    @abstractmethod
    def read(self, *, whole: bool) -> None:
        """Read new lines. whole: the file no longer grows, so a last line without its newline
        counts.

        Raises ImportRefused, and OSError.
        """

    @abstractmethod
    def targets(self) -> dict[str, str]:
        """The target of each column that was read, by the column's name."""

    def remark(self, sentence: str) -> None:
        """Add `sentence` to the remarks, once."""
        if sentence not in self._remarked:
            self._remarked.add(sentence)
            self.remarks.append(sentence)


class RunsPlace(ABC):
    """A file or folder with one run or several."""

    @abstractmethod
    def runs(self) -> list[RunSource]:
        """All runs by now; earlier ones are the same objects.

        Raises ImportRefused, and OSError.
        """


class OneRun(RunsPlace):
    """A file with one run."""

    def __init__(self, source: RunSource) -> None:
        self._source = source

    def runs(self) -> list[RunSource]:
        return [self._source]


def run_name(path: Path) -> str:
    """A name for the run at `path`: that of the file, after that of its folder where the file's
    name is common."""
    path = path.absolute()
    stem = path.name if path.is_dir() else path.stem
    above = path.parent.name
    return f"{above}-{stem}" if is_common(stem) and above else stem


def is_common(name: str) -> bool:
    """Whether many runs have files or folders of this name."""
    return name.lower() in _COMMON_NAMES or name.startswith("version_")


_COMMON_NAMES: Final = frozenset(
    ("metrics", "events", "logs", "log", "tb", "tensorboard", "history", "results", "train",
     "validation", "val", "test", "progress", "summary")
)  # fmt: skip
