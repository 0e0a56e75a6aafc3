"""CSV files and JSON lines: one run in a file, a line for each step or epoch."""

import csv
import json
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

_DELIMITERS: Final = ",;\t"
_CONFIGS: Final = ("config", "hparams", "hyperparameters", "args")
_MOST_COLUMNS: Final = 4096
_SHOWN: Final = 24
_UNPLACED_TRIES: Final = 10
"""Lines without a step before any that has one: JSON lines may begin with others."""

Cell = float | str
Cells = Mapping[str, Any]


class TextFile(RunSource):
    """Reads a file line by line; what each column is follows from its name or from a choice."""

    def __init__(self, path: Path, columns: Columns, name: str | None = None) -> None:
        super().__init__(name or run_name(path), str(path.absolute()), columns)
        self._path = path
        self._file = GrowingFile(path)
        self._generation = 0
        self._tail = b""
        self._line = 0
        self._columns: dict[str, str] = {}
        self._odd: dict[str, str] = {}
        self._placed = self._unplaced = 0
        self._unplaced_line = 0

    @abstractmethod
    def _rows(self, lines: list[str]) -> Iterator[Cells]:
        """The rows on these lines; keeps `_line` at the number of the line of each."""

    @abstractmethod
    def _number(self, cell: Any) -> float | None:
        """`cell` as a number; None where it is none."""

    def targets(self) -> dict[str, str]:
        return self._columns

    def read(self, *, whole: bool) -> None:
        while data := self._file.read():
            self._take(data)
        if self._file.remark:
            self.remarks.append(self._file.remark)
            self._file.remark = ""
        if whole and self._tail.strip():
            self._take(b"\n")
        self._tell()
        if not self._placed and (whole or self._unplaced > _UNPLACED_TRIES):
            self._refuse()

    def _take(self, data: bytes) -> None:
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
            self._take_row(cells)

    def _begin(self) -> None:
        """The file begins anew."""

    def _meet(self, names: Iterable[str]) -> None:
        """Columns that were not there before."""
        new = [name for name in names if name not in self._columns]
        self.columns.learn(new)
        for name in new[: _MOST_COLUMNS - len(self._columns)]:
            self._columns[name] = target = self.columns.target(name)
            if not target:
                self.unused[name] = "has a name that another was given"

    def _take_row(self, cells: Cells) -> None:
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
                self._odd.setdefault(column, f"{_shown(cell)} in line {self._line:,}")
            elif target:
                values[target] = number
        step, epoch = values.pop(STEP, None), values.pop(EPOCH, None)
        if self.columns.counts_lines:
            step = float(self._placed)
        self._put(values, step, epoch, wall)

    def _put(
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

    def _tell(self) -> None:
        """What could not be used so far."""
        known = set(self.points.names)
        for column, example in self._odd.items():
            target = self._columns.get(column, "")
            if target in known or target in (STEP, EPOCH):
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
                f"{name}: {axes[0]} has no line with a number in it, so nothing says at which step "
                "anything was logged"
            )
        shown = ", ".join(list(self._columns)[:_SHOWN])
        raise ImportRefused(
            f"{name} has no column that counts steps or epochs; it has {shown}: name one with "
            "--column step=COLUMN, or let --column step=# count the lines"
        )


class CsvFile(TextFile):
    """Comma, semicolon or tab between the cells; the names of the columns in the first line."""

    format = "CSV"

    def __init__(self, path: Path, columns: Columns) -> None:
        super().__init__(path, columns)
        self._header: list[str] = []
        self._delimiter = ","

    def _begin(self) -> None:
        self._header = []

    def _rows(self, lines: list[str]) -> Iterator[Cells]:
        if not self._header:
            while lines and not lines[0].strip():
                self._line += 1
                del lines[0]
            if not lines:
                return
            self._delimiter = max(_DELIMITERS, key=lines[0].count)
        for cells in self._cells(lines):
            if not cells:
                continue
            if not self._header:
                self._take_header(cells)
            elif cells != self._header:
                # A program that starts again writes its header once more.
                yield dict(zip(self._header, cells, strict=False))

    def _cells(self, lines: list[str]) -> Iterator[list[str]]:
        reader, before = csv.reader(lines, delimiter=self._delimiter), self._line
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                self._line = before + reader.line_num
                return
            except csv.Error as error:
                self._line = before + reader.line_num
                self.remark(f"{self._path.name}: line {self._line:,} is left out ({error})")
                continue
            self._line = before + reader.line_num
            yield cells

    def _take_header(self, cells: list[str]) -> None:
        self._header = [cell.strip() for cell in cells]
        if all(self._number(cell) is not None for cell in self._header if cell):
            raise ImportRefused(
                f"{self._path.name}: its first line has numbers, not the names of its columns"
            )
        self._meet(name for name in self._header if name)

    def _number(self, cell: str) -> float | None:
        try:
            return float(cell)
        except ValueError:
            pass
        if self._delimiter != ";":
            return None
        try:
            return float(cell.replace(",", "."))
        except ValueError:
            return None


class JsonLines(TextFile):
    """An object a line; what is nested in it is named with a `/`."""

    format = "JSON lines"

    def _rows(self, lines: list[str]) -> Iterator[Cells]:
        for line in lines:
            self._line += 1
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            if not isinstance(record, dict):
                self.remark(
                    f"{self._path.name}: line {self._line:,} is no JSON object; such lines are "
                    "left out"
                )
                continue
            cells = self._flat(record)
            self._meet(cells)
            yield cells

    def _flat(self, found: Mapping[str, Any], above: str = "", depth: int = 0) -> dict[str, Any]:
        cells: dict[str, Any] = {}
        for key, value in found.items():
            if isinstance(value, dict) and depth < 8:
                if not above and key in _CONFIGS:
                    self.config |= value
                else:
                    cells |= self._flat(value, f"{above}{key}/", depth + 1)
            else:
                cells[f"{above}{key}"] = value
        return cells

    def _number(self, cell: Any) -> float | None:
        return json_number(cell)

    def _refuse(self) -> None:
        if not self._columns and self._line:
            raise ImportRefused(
                f"{self._path.name} has no line that is a JSON object, as in "
                '{"step": 10, "loss": 0.4}'
            )
        super()._refuse()


def json_number(value: Any) -> float | None:
    """A number, or a text that is not finite ("NaN", "Infinity"), as JSON has no other way to say
    so; None for all else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.copysign(math.inf, value)
    if isinstance(value, str) and value.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return float(value)
    return None


def _shown(cell: object) -> str:
    text = str(cell)
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
