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
_KNOWN: Final = {
    STEP: ("step", "_step", "global_step", "trainer/global_step", "train/global_step", "steps",
           "iteration", "iterations", "iter", "it", "num_steps", "update"),
    EPOCH: ("epoch", "_epoch", "epochs", "trainer/epoch", "train/epoch"),
    TIME: ("time", "_timestamp", "timestamp", "wall_time", "walltime", "datetime", "date",
           "created_at"),
}  # fmt: skip
"""The names by which each is recognised, the likeliest first."""
_MOST_NAME: Final = 200
_MILLISECONDS: Final = 1e11
"""A time beyond it counts milliseconds since 1970."""


def parse_columns(words: Iterable[str]) -> dict[str, str]:
    """`["loss=train_loss"]` as columns by what each is. Raises InvalidInput."""
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
    """What each column of one run is: as a person chose, else by its name."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        self.chosen = dict(chosen or {})
        self._targets: dict[str, str] = {column: target for target, column in self.chosen.items()}
        self._guessed: dict[str, str] = {}

    @property
    def counts_lines(self) -> bool:
        """Whether the lines are the steps."""
        return self.chosen.get(STEP) == LINE_NUMBER

    def learn(self, columns: Iterable[str]) -> None:
        """These columns are there: see which of them are step, epoch and time."""
        names = {_plain(column): column for column in columns}
        for target, spellings in _KNOWN.items():
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
        """The columns that were chosen and are not there."""
        there = {*columns, LINE_NUMBER}
        return [column for column in self.chosen.values() if column not in there]


def metric_name(column: str) -> str:
    """`column` as a metric of a session may be called."""
    plain = "".join(c if c.isprintable() else "�" for c in column.strip())
    return plain[:_MOST_NAME] or "unnamed"


def seconds_of(value: float | str) -> float:
    """Seconds since 1970 of a time: a number (of seconds or milliseconds) or an ISO 8601 text,
    in local time unless it says another; nan where it is neither."""
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
    """`Wall time` and `wall_time` are one name."""
    return re.sub(r"[\s-]+", "_", column.strip().lower())
