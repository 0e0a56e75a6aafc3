"""The base of text files with one run, a line for each step or epoch."""

import math
import time
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from engine.importer.columns import EPOCH, STEP, TIME, Columns, seconds_of
from engine.importer.growing_file import GrowingFile
from engine.importer.hparams_yaml import read_hparams
from engine.importer.source import ImportRefused, RunSource, run_name

_MAX_COLUMNS: Final = 4096
_MAX_SHOWN: Final = 24
_UNPLACED_TRIES: Final = 10
"""Lines without a step that are read before the file is refused: JSON lines may begin with some."""

Cell = float | str
Cells = Mapping[str, Any]


class TextFile(RunSource):
    """Reads a file line by line; the target of each column follows from a choice or its name."""

    def __init__(self, path: Path, columns: Columns, name: str | None = None) -> None:
        super().__init__(name or run_name(path), str(path.absolute()), columns)
        self._path = path
        self._file = GrowingFile(path)
        self._generation = 0
        self._tail = b""
        self._line = 0
        self._columns: dict[str, str] = {}
        self._not_numbers: dict[str, str] = {}
        self._placed = self._unplaced = 0
        self._unplaced_line = 0

    @abstractmethod
    def _rows(self, lines: list[str]) -> Iterator[Cells]:
        """Yield the rows of `lines`, with `_line` at the number of each row's line."""

    @abstractmethod
    def _number(self, cell: Any) -> float | None:
        """`cell` as a number; None where it is not one."""

    def targets(self) -> dict[str, str]:
        return self._columns

    def read(self, *, whole: bool) -> None:
        while data := self._file.read():
            self._add(data)
        if self._file.remark:
            self.remarks.append(self._file.remark)
            self._file.remark = ""
        if whole and self._tail.strip():
            self._add(b"\n")
        self._remark_unused()
        if not self._placed and (whole or self._unplaced > _UNPLACED_TRIES):
            self._refuse()

    def _add(self, data: bytes) -> None:
        if self._file.generation != self._generation:
            self._generation = self._file.generation
            self._tail, self._line = b"", 0
            self._begin()
        whole, newline, self._tail = (self._tail + data).rpartition(b"\n")
        if not newline:
            return
        if not self._line:
            if whole.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise ImportRefused(f"{self._path.name} is in UTF-16: save it as UTF-8")
            whole = whole.removeprefix(b"\xef\xbb\xbf")
            self.config = read_hparams(self._path.parent) | self.config
        text = whole.decode("utf-8", "replace").replace("\r\n", "\n").removesuffix("\r")
        for cells in self._rows(text.split("\n")):
            self._add_row(cells)

    def _begin(self) -> None:
        """Forget the header, because the file begins anew."""

    def _learn(self, names: Iterable[str]) -> None:
        """Learn the targets of new columns."""
        new = [name for name in names if name not in self._columns]
        self.columns.learn(new)
        for name in new[: _MAX_COLUMNS - len(self._columns)]:
            self._columns[name] = target = self.columns.target(name)
            if not target:
                self.unused[name] = "has the name of another column"

    def _add_row(self, cells: Cells) -> None:
        if not cells:
            return
        values: dict[str, float] = {}
        wall = math.nan
        for column, cell in cells.items():
            if cell is None or cell == "":
                continue
            target = self._columns.get(column, "")
            if target == TIME:
                wall = seconds_of(cell) if isinstance(cell, str | int | float) else math.nan
                continue
            number = self._number(cell)
            if number is None:
                self._not_numbers.setdefault(column, f"{_shown(cell)} in line {self._line:,}")
            elif target:
                values[target] = number
        step, epoch = values.pop(STEP, None), values.pop(EPOCH, None)
        if self.columns.counts_lines:
            step = float(self._placed)
        self._add_values(values, step, epoch, wall)

    def _add_values(
        self, values: dict[str, float], step: float | None, epoch: float | None, wall: float
    ) -> None:
        if not self._placed:
            self.by_step = step is not None
        place = step if self.by_step else epoch
        if place is None or place != place or (self.by_step and place != int(place)):
            self._unplaced += 1
            self._unplaced_line = self._unplaced_line or self._line
            return
        self._placed += 1
        points = self.points
        if wall != wall and self.live:
            wall = time.time()
        for name, value in values.items():
            points.add(name, place, value, wall)
        if self.by_step and epoch is not None:
            points.add_epoch(place, epoch)

    def _remark_unused(self) -> None:
        """Remark on the columns and lines that could not be used so far."""
        numeric = set(self.points.names)
        for column, example in self._not_numbers.items():
            target = self._columns.get(column, "")
            if target in numeric or target in (STEP, EPOCH):
                self.remark(f"{column}: {example} is not a number and is left out")
            elif column not in self.unused:
                self.unused[column] = f"is not a number: {example}"
        if self._unplaced and self._placed:
            axis = STEP if self.by_step else EPOCH
            self.remark(
                f"{self._path.name}: lines without a whole {axis} are left out, the first is line "
                f"{self._unplaced_line:,}"
            )
        if self.points.left_out:
            self.remark("values with a step below 0 or beyond 2,147,483,648 are left out")

    def _refuse(self) -> None:
        name = self._path.name
        if not self._columns:
            raise ImportRefused(f"{name} is empty: there is nothing to import")
        axes = [a for a in (self.columns.column_of(STEP), self.columns.column_of(EPOCH)) if a]
        if axes:
            raise ImportRefused(
                f"{name}: {axes[0]} has no number in any line, so the steps are not known"
            )
        shown = ", ".join(list(self._columns)[:_MAX_SHOWN])
        raise ImportRefused(
            f"{name} has no column that counts steps or epochs; it has {shown}: name one with "
            "--column step=COLUMN, or count the lines with --column step=#"
        )


def _shown(cell: object) -> str:
    text = str(cell)
    return repr(text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…")
