"""The results of a sweep over two of its hyperparameters, for a heat map.

Runs that differ only in hyperparameters that are not on an axis, such as seeds, share a cell.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from edgechaos_tui.presentation.describe import PHASE_GLYPH, label_of
from edgechaos_tui.presentation.library.facts import LibraryEntry
from edgechaos_tui.presentation.text import number, setting, signed
from engine.storage.hyperparameters import PARAMETERS, Value
from engine.storage.metrics import METRICS, Better
from engine.storage.sweep.plan import Plan
from engine.theory.phase import Phase, phase

_USABLE: Final = 1e100
"""Values at least this large come from a run that diverged, and have no usable mean."""


@dataclass(frozen=True)
class Result:
    """A quantity that a map can show: its value for a run, its format, and which end is better.

    by_phase: the value is d, and the map shows its phase.
    """

    name: str
    value: Callable[[LibraryEntry], float | None]
    words: Callable[[float], str] = number
    best: Better | None = None
    by_phase: bool = False


RESULTS: Final = (
    Result("best test loss", lambda facts: facts.best_loss, best=METRICS["test_loss"].better),
    Result(
        "best test accuracy",
        lambda facts: facts.best_accuracy,
        best=METRICS["test_accuracy"].better,
    ),
    Result("J² at the end", lambda facts: facts.j2),
    Result("phase", lambda facts: facts.edge_distance, signed, by_phase=True),
    Result(
        "epoch of the edge",
        lambda facts: facts.crossed,
        lambda epoch: f"{epoch:.0f}" if epoch.is_integer() else f"{epoch:.1f}",
    ),
)
"""In the order of the key that goes through them."""


@dataclass(frozen=True)
class GridAxis:
    """One hyperparameter and its values in the sweep, numbers rising."""

    name: str
    values: tuple[Value, ...]

    @property
    def label(self) -> str:
        """The hyperparameter as it reads on screen."""
        return label_of(self.name)


@dataclass(frozen=True)
class GridRun:
    """One run of a map. facts: None before there are any; over: whether it has ended."""

    name: str
    facts: LibraryEntry | None = None
    over: bool = False
    diverged: bool = False


@dataclass(frozen=True)
class GridCell:
    """The runs of one place in the map.

    known: the number of runs that have the result; value: its mean over those; spread: its standard
    deviation (n − 1), None for fewer than two; share: the position of the value between the least
    and the greatest of the map, from 0 to 1; phase: that of the mean d, when the map shows phases;
    over: whether all runs have ended; diverged: the number of runs that did.
    """

    runs: tuple[str, ...]
    known: int = 0
    value: float | None = None
    spread: float | None = None
    share: float | None = None
    phase: Phase | None = None
    words: str = ""
    best: bool = False
    over: bool = False
    diverged: int = 0


@dataclass(frozen=True)
class ResultGrid:
    """A map: cells by (column, row); an axis is None when there is only one column or row.

    low, high: the least and the greatest value, None without one; mean_over: the labels of the
    hyperparameters in which the runs of a cell differ.
    """

    result: Result
    x: GridAxis | None
    y: GridAxis | None
    cells: Mapping[tuple[int, int], GridCell]
    low: float | None
    high: float | None
    mean_over: tuple[str, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return (
            len(self.x.values) if self.x else 1,
            len(self.y.values) if self.y else 1,
        )


def axes_of(plan: Plan) -> tuple[GridAxis, ...]:
    """The axes of the plan: the hyperparameters that it varies, in its order, seeds last.

    A default that depends on a choice, as the initial J depends on the activation, is no axis.
    """
    order = sorted(plan.varied or PARAMETERS, key=lambda name: name == "seed")
    axes = (GridAxis(name, _values_of(plan, name)) for name in order if name in PARAMETERS)
    return tuple(axis for axis in axes if len(axis.values) > 1)


def first_axes(axes: Sequence[GridAxis]) -> tuple[GridAxis | None, GridAxis | None]:
    """The initial axes of a map, across and down: the first two; seeds only if nothing else varies.

    A single axis goes down, where there is room for words.
    """
    telling = [axis for axis in axes if axis.name != "seed"] or list(axes)
    if len(telling) > 1:
        return telling[0], telling[1]
    return None, telling[0] if telling else None


def next_axis(
    axes: Sequence[GridAxis], current: GridAxis | None, other: GridAxis | None
) -> GridAxis | None:
    """The axis after `now`, without `other`; after the last one comes None, no axis."""
    choices = [axis for axis in axes if axis != other]
    if other is not None or not choices:
        return _after([*choices, None], current)
    return _after(list(choices), current)


def make_grid(
    plan: Plan, runs: Mapping[str, GridRun], result: Result, x: GridAxis | None, y: GridAxis | None
) -> ResultGrid:
    """The map of `result` over `x` and `y`. runs: by their names in the plan."""
    places: dict[tuple[int, int], list[GridRun]] = {}
    for planned in plan.runs:
        place = tuple(
            axis.values.index(getattr(planned.hyperparameters, axis.name)) if axis else 0
            for axis in (x, y)
        )
        run = runs.get(planned.name) or GridRun(planned.name)
        places.setdefault((place[0], place[1]), []).append(run)
    cells = {place: _cell(several, result) for place, several in places.items()}
    values = [cell.value for cell in cells.values() if cell.value is not None]
    low, high = (min(values), max(values)) if values else (None, None)
    best = {"lower": low, "higher": high}.get(result.best or "")
    shown_axes = {axis.name for axis in (x, y) if axis}
    return ResultGrid(
        result=result,
        x=x,
        y=y,
        cells={place: _placed(cell, low, high, best) for place, cell in cells.items()},
        low=low,
        high=high,
        mean_over=tuple(axis.label for axis in axes_of(plan) if axis.name not in shown_axes),
    )


def cell_words(grid: ResultGrid, place: tuple[int, int]) -> str:
    """One cell in words: `lr 0.02, B 32: best test loss 0.334 ± 0.002, 2 of 2 runs`."""
    axes_words = ", ".join(
        f"{axis.label} {setting(axis.values[index])}"
        for axis, index in zip((grid.x, grid.y), place, strict=True)
        if axis
    )
    cell = grid.cells.get(place)
    if cell is None:
        return f"{axes_words}: no run"
    if cell.value is None:
        value = f"no {grid.result.name} yet" if not cell.over else f"no {grid.result.name}"
    else:
        spread = "" if cell.spread is None else f" ± {number(cell.spread, 2)}"
        named = f" ({cell.phase})" if cell.phase else ""
        name = "d" if grid.result.by_phase else grid.result.name
        value = f"{name} {grid.result.words(cell.value)}{spread}{named}"
    noun = "run" if len(cell.runs) == 1 else "runs"
    diverged = f", {cell.diverged} diverged" if cell.diverged else ""
    return f"{axes_words}: {value}, {cell.known} of {len(cell.runs)} {noun}{diverged}"


def _values_of(plan: Plan, name: str) -> tuple[Value, ...]:
    values = dict.fromkeys(getattr(run.hyperparameters, name) for run in plan.runs)
    if PARAMETERS[name].kind is str:
        return tuple(values)
    return tuple(sorted(values))


def _after(choices: Sequence[GridAxis | None], current: GridAxis | None) -> GridAxis | None:
    if current not in choices:
        return choices[0] if choices else None
    return choices[(choices.index(current) + 1) % len(choices)]


def _cell(runs: Sequence[GridRun], result: Result) -> GridCell:
    results = [result.value(run.facts) for run in runs if run.facts is not None]
    values = [float(value) for value in results if value is not None and abs(value) < _USABLE]
    mean = statistics.fmean(values) if values else None
    return GridCell(
        runs=tuple(run.name for run in runs),
        known=len(values),
        value=mean,
        spread=statistics.stdev(values) if len(values) > 1 else None,
        phase=phase(mean) if result.by_phase and mean is not None else None,
        words="" if mean is None else result.words(mean),
        over=all(run.over for run in runs),
        diverged=sum(run.diverged for run in runs),
    )


def _placed(cell: GridCell, low: float | None, high: float | None, best: float | None) -> GridCell:
    if cell.value is None or low is None or high is None:
        return cell
    share = (cell.value - low) / (high - low) if high > low else 0.5
    glyph = PHASE_GLYPH[cell.phase] if cell.phase else ""
    return replace(
        cell, share=share, best=low < high and cell.value == best, words=glyph + cell.words
    )
