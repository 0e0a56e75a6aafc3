"""The columns of a sweep's table: what is varied, how far each run is, and what came of it."""

from collections.abc import Sequence
from typing import Final

from edgechaos_tui.core.library import Row
from edgechaos_tui.core.library_columns import COLUMNS, GAP, Column
from edgechaos_tui.core.sweep_grid import Axis
from edgechaos_tui.core.sweep_runs import RunRow
from edgechaos_tui.core.text import clean, setting
from edgechaos_tui.core.wording import STATUS_GLYPH, status_words
from engine.record.status import Status

_NAME: Final = (11, 24)
_MOST_VALUE: Final = 12
_RESULTS: Final = (
    "epoch", "best test loss", "d", "J² curve", "accuracy", "loss curve", "J²", "phase",
)  # fmt: skip
"""The library's columns that are of use here; the first come first where not all have room."""
_TITLES: Final = {"momentum": "α", "batch_size": "B"}
_OUTCOMES: Final = {"finished": Status.FINISHED, "diverged": Status.DIVERGED}


def columns_for(axes: Sequence[Axis]) -> tuple[Column, ...]:
    """All columns for a sweep that varies `axes`, those first that matter most."""
    results = [COLUMNS[name] for name in _RESULTS]
    return (_NAME_COLUMN, _STATUS_COLUMN, *map(_varied, axes), *results)


def lay_out(columns: Sequence[Column], width: int) -> list[tuple[Column, int]]:
    """Those of `columns` that have room in `width` cells, with the width each gets."""
    left = width
    chosen: list[tuple[Column, int]] = []
    for column in columns:
        needed = column.width + (GAP if chosen else 0)
        if needed <= left:
            left -= needed
            chosen.append((column, column.width))
    more = min(left, _NAME[1] - _NAME[0])
    return [(column, w + more if column is _NAME_COLUMN else w) for column, w in chosen]


def _varied(axis: Axis) -> Column:
    title = _TITLES.get(axis.name, axis.label)
    longest = max(len(setting(value)) for value in axis.values)
    return Column(
        axis.name,
        title,
        min(max(longest, len(title)), _MOST_VALUE),
        lambda row: (
            clean(setting(getattr(row.facts.hyperparameters, axis.name))) if row.facts else ""
        ),
        lambda row: None,
    )


def _status(row: Row) -> str:
    word = row.word if isinstance(row, RunRow) else ""
    if word:
        status = _OUTCOMES.get(word, Status.FAILED if row.problem else Status.STOPPED)
        return f"{STATUS_GLYPH[status]} {word}"
    if row.problem:
        return "! unreadable"
    if row.status is None:
        return "· waiting"
    host = row.facts.host if row.facts else ""
    return f"{STATUS_GLYPH[row.status]} {status_words(row.status, host)}"


_NAME_COLUMN: Final = Column(
    "name", "name", _NAME[0], lambda row: clean(row.name), lambda row: row.name, right=False
)
_STATUS_COLUMN: Final = Column("status", "status", 13, _status, lambda row: None, right=False)
