"""The base of all sources of imported runs: one run that is read, and the place where runs lie."""

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

    name: what its session should be called; origin: where it lies, which tells it from all others;
    format: what wrote it, in words. unused: the columns that cannot be used, with the reason;
    unused_told: those of them that were told. remarks: sentences to be told; notes: those that
    were told and the log is to have. by_step: whether the places of its points are steps, else
    epochs. live: whether what comes now was logged just now.
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
        self.unused_told: set[str] = set()
        self.notes: list[str] = []
        self._told: set[str] = set()

    @abstractmethod
    def read(self, *, whole: bool) -> None:
        """Read what is new. whole: nobody writes any more, so that a last line without its end
        counts.

        Raises ImportRefused, and OSError.
        """

    @abstractmethod
    def targets(self) -> dict[str, str]:
        """What each column that was met is taken as, by its name there."""

    def remark(self, sentence: str) -> None:
        """Tell `sentence`, unless it was told before."""
        if sentence not in self._told:
            self._told.add(sentence)
            self.remarks.append(sentence)


class RunsPlace(ABC):
    """Where one run or several lie."""

    @abstractmethod
    def runs(self) -> list[RunSource]:
        """All runs by now; those that were there before are the same objects.

        Raises ImportRefused, and OSError.
        """


class OneRun(RunsPlace):
    """A file with one run."""

    def __init__(self, source: RunSource) -> None:
        self._source = source

    def runs(self) -> list[RunSource]:
        return [self._source]


def run_name(path: Path) -> str:
    """A name for the run at `path`: the file's own, with the folder's before it where many files
    are called so."""
    path = path.absolute()
    stem = path.name if path.is_dir() else path.stem
    above = path.parent.name
    return f"{above}-{stem}" if is_common(stem) and above else stem


def is_common(name: str) -> bool:
    """Whether files and folders of many runs are called so."""
    return name.lower() in _COMMON or name.startswith("version_")


_COMMON: Final = frozenset(
    ("metrics", "events", "logs", "log", "tb", "tensorboard", "history", "results", "train",
     "validation", "val", "test", "progress", "summary")
)  # fmt: skip
