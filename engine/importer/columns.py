"""The meaning of each column: the step, the epoch, the time, or a metric and its name."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from engine.storage.errors import InvalidInput

STEP, EPOCH, TIME = "step", "epoch", "time"
LINE_NUMBER: Final = "#"
"""`step=#`: the lines themselves are counted."""
_COLUMN_NAMES: Final = {
    STEP: ("step", "_step", "global_step", "trainer/global_step", "train/global_step", "steps",
           "iteration", "iterations", "iter", "it", "num_steps", "update"),
    EPOCH: ("epoch", "_epoch", "epochs", "trainer/epoch", "train/epoch"),
    TIME: ("time", "_timestamp", "timestamp", "wall_time", "walltime", "datetime", "date",
           "created_at"),
}  # fmt: skip
"""The column names that are recognised for each target, the likeliest first."""
_MAX_NAME: Final = 200
_MILLISECONDS: Final = 1e11
"""A larger time is in milliseconds since 1970."""


def parse_columns(words: Iterable[str]) -> dict[str, str]:
    """`["loss=train_loss"]` as {target: column}. Raises InvalidInput."""
    columns: dict[str, str] = {}
    for word in words:
        target, equals, column = word.partition("=")
        if not equals or not target or not column:
            raise InvalidInput(
                f"--column: {word}: write NAME=COLUMN, as in step=iteration or test_loss=val_nll"
            )
        if target in columns:
            raise InvalidInput(f"--column: {target} appears twice")
        columns[target] = column
    return columns


class Columns:
    """The target of each column of one run: as a person chose, else by its name."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        self.chosen = dict(chosen or {})
        self._targets: dict[str, str] = {column: target for target, column in self.chosen.items()}
        self._guessed: dict[str, str] = {}

    @property
    def counts_lines(self) -> bool:
        """Whether the steps are the numbers of the lines."""
        return self.chosen.get(STEP) == LINE_NUMBER

    def learn(self, columns: Iterable[str]) -> None:
        """Recognise step, epoch and time among `columns`, unless they were chosen."""
        names = {_plain(column): column for column in columns}
        for target, spellings in _COLUMN_NAMES.items():
            if target in self.chosen or target in self._guessed:
                continue
            column = next((names[name] for name in spellings if name in names), None)
            if column is not None and column not in self._targets:
                self._guessed[target] = column
                self._targets[column] = target

    def target(self, column: str) -> str:
        """STEP, EPOCH, TIME, or the name of a metric; "" where another column has that name."""
        target = self._targets.get(column)
        if target is not None:
            return target
        return "" if column in self.chosen else metric_name(column)

    def column_of(self, target: str) -> str | None:
        """The column that is `target`, for STEP, EPOCH and TIME."""
        return self.chosen.get(target) or self._guessed.get(target)

    def unknown(self, columns: Iterable[str]) -> list[str]:
        """The chosen columns that are not among `columns`."""
        existing = {*columns, LINE_NUMBER}
        return [column for column in self.chosen.values() if column not in existing]


def metric_name(column: str) -> str:
    """`column` as a valid name of a session's metric."""
    plain = "".join(c if c.isprintable() else "�" for c in column.strip())
    return plain[:_MAX_NAME] or "unnamed"


def seconds_of(value: float | str) -> float:
    """Seconds since 1970 of a time: a number (seconds or milliseconds) or an ISO 8601 text, in
    local time unless it names a zone; nan for anything else."""
    try:
        value = float(value)
    except ValueError:
        try:
            return datetime.fromisoformat(str(value).strip()).timestamp()
        except (ValueError, OverflowError, OSError):
            return math.nan
    seconds = value / 1000 if value > _MILLISECONDS else value
    return seconds if 0 <= seconds < _MILLISECONDS else math.nan


def _plain(column: str) -> str:
    """`column` in the spelling of `_COLUMN_NAMES`: `Wall time` becomes `wall_time`."""
    return re.sub(r"[\s-]+", "_", column.strip().lower())
