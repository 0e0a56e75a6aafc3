"""JSON lines: one run in a file, an object for each step or epoch."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.importer.source import ImportRefused
from engine.importer.text_file import Cells, TextFile

_CONFIGS: Final = ("config", "hparams", "hyperparameters", "args")


class JsonLines(TextFile):
    """One object per line; the names of nested values are joined with a `/`."""

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
                    f"{self._path.name}: line {self._line:,} is not a JSON object; such lines are "
                    "left out"
                )
                continue
            cells = self._flat(record)
            self._learn(cells)
            yield cells

    def _flat(self, record: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
        cells: dict[str, Any] = {}
        for key, value in record.items():
            if isinstance(value, dict) and depth < 8:
                if not prefix and key in _CONFIGS:
                    self.config |= value
                else:
                    cells |= self._flat(value, f"{prefix}{key}/", depth + 1)
            else:
                cells[f"{prefix}{key}"] = value
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
    """`value` as a float: a number, or "NaN", "Infinity" and the like, which JSON can only write as
    text; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.copysign(math.inf, value)
    if isinstance(value, str) and value.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return float(value)
    return None
