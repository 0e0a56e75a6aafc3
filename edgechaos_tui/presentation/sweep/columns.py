"""The columns of a sweep's table: varied values, progress and results of each run."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from edgechaos_tui.presentation.describe import STATUS_GLYPH
from edgechaos_tui.presentation.library.columns import COLUMNS, Column, status_cell
from edgechaos_tui.presentation.library.library import LibraryRow
from edgechaos_tui.presentation.sweep.grid import GridAxis, axes_of
from edgechaos_tui.presentation.sweep.runs import RunRow
from edgechaos_tui.presentation.text import clean, setting
from engine.storage.hyperparameters import PARAMETERS
from engine.storage.session.status import Status
from engine.storage.sweep.plan import Plan

_LONGEST_NAME: Final = 24
_LONGEST_VALUE: Final = 12
_CURVE: Final = (8, 8)
_OUTCOMES: Final = {"finished": Status.FINISHED, "diverged": Status.DIVERGED}


def columns_for(plan: Plan) -> tuple[Column, ...]:
    """All columns for a sweep, the most important first."""
    name = min(max(len(run.name) for run in plan.runs), _LONGEST_NAME)
    return (
        _column("name", "name", name, lambda row: clean(row.name)),
        _column("status", "status", 11, _status),
        *map(_varied, axes_of(plan)),
        replace(COLUMNS["epoch"], width=(7, 7)),
        replace(COLUMNS["J² curve"], width=_CURVE),
        replace(COLUMNS["best test loss"], width=(10, 10)),
        replace(COLUMNS["d"], width=(7, 7)),
        COLUMNS["accuracy"],
        replace(COLUMNS["loss curve"], width=_CURVE),
        COLUMNS["J²"],
        COLUMNS["phase"],
    )


def _column(name: str, title: str, width: int, cell: Callable[[LibraryRow], str]) -> Column:
    return Column(
        name, title, (width, width), lambda row, _: cell(row), lambda row: None, right=False
    )


def _varied(axis: GridAxis) -> Column:
    title, _ = PARAMETERS[axis.name].column
    longest = max(len(title), *(len(setting(value)) for value in axis.values))

    def cell(row: LibraryRow) -> str:
        return clean(setting(getattr(row.facts.hyperparameters, axis.name))) if row.facts else ""

    return replace(_column(axis.name, title, min(longest, _LONGEST_VALUE), cell), right=True)


def _status(row: LibraryRow) -> str:
    word = row.word if isinstance(row, RunRow) else ""
    if word:
        status = _OUTCOMES.get(word, Status.FAILED if row.problem else Status.STOPPED)
        return f"{STATUS_GLYPH[status]} {word}"
    if row.problem:
        return "! unreadable"
    return "· waiting" if row.status is None else status_cell(row, row.status)
