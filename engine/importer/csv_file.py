"""CSV files: one run in a file, a line of cells for each step or epoch."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.importer.columns import Columns
from engine.importer.source import ImportRefused
from engine.importer.text_file import Cells, TextFile

_DELIMITERS: Final = ",;\t"


class CsvFile(TextFile):
    """Cells between commas, semicolons or tabs; the first line names the columns."""

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
                self._read_header(cells)
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

    def _read_header(self, cells: list[str]) -> None:
        self._header = [cell.strip() for cell in cells]
        if all(self._number(cell) is not None for cell in self._header if cell):
            raise ImportRefused(
                f"{self._path.name}: its first line has numbers, not the names of its columns"
            )
        self._learn(name for name in self._header if name)

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
