"""The table of a comparison, as text: differing hyperparameters, results, and the best of each."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from edgechaos_tui.presentation.compare.comparison import (
    Axis,
    Member,
    axes_of,
    collapse_of,
    lacks_axis,
)
from edgechaos_tui.presentation.compare.results import (
    RunResults,
    differing,
    groups,
    results_of_all,
    setting,
    spreads,
)
from edgechaos_tui.presentation.describe import label_of
from edgechaos_tui.presentation.run.law import interval_words
from edgechaos_tui.presentation.text import clean, number, signed
from edgechaos_tui.presentation.text import setting as setting_text
from engine.storage.hyperparameters import PARAMETERS, Value
from engine.storage.metrics import METRICS, Better
from engine.theory.slope_law.guideline import figure
from engine.theory.slope_law.law import Forecast

_AXIS_NAME: Final[dict[Axis, str]] = {
    "epoch": "epochs",
    "step": "steps",
    "tau": "τ",
    "time": "time",
}


@dataclass(frozen=True)
class ComparisonRow:
    """One line of the table: a cell for each run, and which of them are the best."""

    label: str
    cells: tuple[str, ...]
    best: frozenset[int] = frozenset()


@dataclass(frozen=True)
class ComparisonTable:
    """names: the runs, with the reference marked; notes: sentences to print below the table."""

    names: tuple[str, ...]
    rows: tuple[ComparisonRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _ResultRow:
    """The row of a result. optional: the row is left out when no run has the result."""

    label: str
    name: str
    words: Callable[[RunResults], str]
    better: Better | None = None
    digits: int = 3
    optional: bool = False


def _at(value: float | None, epoch: int | None, digits: int = 3) -> str:
    return "–" if value is None else f"{number(value, digits)} @{epoch}"


def _slope(results: RunResults) -> str:
    if results.slope is None:
        return "–"
    return f"{number(results.slope)} {_error(results)}".rstrip()


def _error(results: RunResults) -> str:
    error = results.slope_relative_error
    return "" if error is None else "± " + f"{error:.0%}".replace("%", " %")


def _window(results: RunResults) -> str:
    return "–" if results.slope_first is None else f"{results.slope_first}–{results.slope_last}"


def _lambda_train(results: RunResults) -> str:
    if results.lambda_train is None:
        return "–"
    error = number(results.lambda_train_error, 1)
    return f"{signed(results.lambda_train, 3)} ± {error}"


def _lambda_train_window(results: RunResults) -> str:
    first, last = results.lambda_train_first, results.lambda_train_last
    return "–" if first is None else f"{first}–{last}"


def _forecast(results: RunResults) -> str:
    if results.forecast_epoch is None:
        return "–"
    forecast = Forecast(
        results.forecast_made_at or 0, "crosses", epoch=results.forecast_epoch,
        low=results.forecast_low, high=results.forecast_high,
    )  # fmt: skip
    return interval_words(forecast)


def _whole(name: str) -> Callable[[RunResults], str]:
    return lambda results: "–" if (value := getattr(results, name)) is None else str(value)


def _number(name: str, digits: int = 3) -> Callable[[RunResults], str]:
    return lambda results: number(getattr(results, name), digits)


_LINES: Final = (
    _ResultRow("epochs done", "epochs_done", _whole("epochs_done")),
    _ResultRow("best test loss", "best_test_loss",
          lambda r: _at(r.best_test_loss, r.best_test_loss_epoch), METRICS["test_loss"].better),
    _ResultRow("  J² there", "j2_at_best_test_loss", _number("j2_at_best_test_loss")),
    _ResultRow("best test acc", "best_test_accuracy",
          lambda r: _at(r.best_test_accuracy, r.best_test_accuracy_epoch),
          METRICS["test_accuracy"].better),
    _ResultRow("final test acc", "final_test_accuracy", _number("final_test_accuracy"),
          METRICS["test_accuracy"].better),
    _ResultRow("final J²", "final_j2", _number("final_j2")),
    _ResultRow("final λ_depth", "final_lambda_depth", _number("final_lambda_depth"), optional=True),
    _ResultRow("  at the best", "lambda_depth_at_best_test_loss",
          _number("lambda_depth_at_best_test_loss"), optional=True),
    _ResultRow("final λ_angle", "final_lambda_angle", _number("final_lambda_angle"), optional=True),
    _ResultRow("edge at epoch", "edge_epoch", _whole("edge_epoch")),
    _ResultRow("  forecast", "forecast_epoch", _forecast),
    _ResultRow("slope A of J²", "slope", _slope),
    _ResultRow("  over epochs", "slope_first", _window),
    _ResultRow("c of these", "c", _number("c")),
    _ResultRow("λ_train", "lambda_train", _lambda_train, optional=True),
    _ResultRow("  over epochs", "lambda_train_first", _lambda_train_window, optional=True),
    _ResultRow("s/epoch", "seconds_per_epoch", _number("seconds_per_epoch"), "lower"),
)  # fmt: skip
_NOT_GIVEN: Final = "–"
# Results of which a difference from the reference's has no meaning.
_NO_DIFFERENCE: Final = frozenset({"slope_first", "lambda_train_first", "epochs_done"})


def table_of(
    members: Sequence[Member], *, reference: int | None = None, every: bool = False
) -> ComparisonTable:
    """The table of `members`.

    reference: the position of the run that the others' results are compared with; every: show all
    hyperparameters, not only those that differ.
    """
    results = results_of_all(members)
    names = [
        clean(m.name) + (" (ref)" if index == reference else "") for index, m in enumerate(members)
    ]
    names_shown = list(PARAMETERS) if every else differing(members)
    rows = [_setting_row(members, name) for name in names_shown]
    rows += [
        _result_row(line, results, reference)
        for line in _lines(results)
        if not line.optional or any(getattr(of_run, line.name) is not None for of_run in results)
    ]
    notes = _seed_notes(members, results)
    if not names_shown:
        notes.insert(0, "all hyperparameters are the same")
    return ComparisonTable(tuple(names), tuple(rows), tuple(notes))


def _lines(results: Sequence[RunResults]) -> list[_ResultRow]:
    """The rows; c over the shared range of J², if there is one, replaces each run's own c."""
    low, high = results[0].c_shared_low, results[0].c_shared_high
    if low is None or high is None:
        return list(_LINES)
    shared = _ResultRow(f"c, J² {_short(low)}–{_short(high)}", "c_shared", _number("c_shared"))
    return [shared if line.name == "c" else line for line in _LINES]


def _short(j2: float) -> str:
    """`.25`, `1.9`: the label has fourteen characters."""
    return figure(j2).replace("0.", ".", 1)


def collapse_words(members: Sequence[Member]) -> str:
    """`collapse of J² below the edge: epochs 0.31 (0–53) · τ 0.02 (0–0.066) · time …`."""
    return "collapse of J²: " + " · ".join(_collapse(members, axis) for axis in axes_of(members))


def _collapse(members: Sequence[Member], axis: Axis) -> str:
    name = _AXIS_NAME[axis]
    lacking = [m for m in members if lacks_axis(m, axis)]
    if lacking:
        return f"{name} none ({clean(lacks_axis(lacking[0], axis))})"
    collapse = collapse_of(members, axis)
    if collapse is None:
        return f"{name} –"
    unit = " s" if axis == "time" else ""
    return f"{name} {collapse.spread:.2f} ({_end(collapse.low)}–{_end(collapse.high)}{unit})"


def _end(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2g}"


def _setting_row(members: Sequence[Member], name: str) -> ComparisonRow:
    cells = []
    for member in members:
        start, current = map(_value_text, setting(member, name))
        cells.append(current if start in (current, _NOT_GIVEN) else f"{start} → {current}")
    return ComparisonRow(label_of(name), tuple(cells))


def _value_text(value: Value | None) -> str:
    return _NOT_GIVEN if value is None else clean(setting_text(value)) or "default"


def _result_row(
    line: _ResultRow, results: Sequence[RunResults], reference: int | None
) -> ComparisonRow:
    values = [getattr(of_run, line.name) for of_run in results]
    cells = [line.words(of_run) for of_run in results]
    reference_value = values[reference] if reference is not None else None
    if (
        reference_value is not None
        and math.isfinite(reference_value)
        and line.name not in _NO_DIFFERENCE
    ):
        for index, value in enumerate(values):
            if index != reference and value is not None and math.isfinite(value):
                cells[index] += f" ({_difference(value, reference_value)})"
    return ComparisonRow(line.label, tuple(cells), _best(values, line.better))


def _difference(value: float, reference_value: float) -> str:
    if isinstance(value, int) and isinstance(reference_value, int):
        return signed(value - reference_value, 0)
    # Rounding errors in the last digits are no difference.
    gap = 0.0 if math.isclose(value, reference_value, rel_tol=1e-9) else value - reference_value
    return ("+" if gap > 0 else "") + number(gap, 2)


def _best(values: Sequence[float | None], better: Better | None) -> frozenset[int]:
    measured = [value for value in values if value is not None and not math.isnan(value)]
    # Without a difference there is no best.
    if not better or len(measured) < 2 or min(measured) == max(measured):
        return frozenset()
    best = max(measured) if better == "higher" else min(measured)
    return frozenset(i for i, value in enumerate(values) if value == best)


def _seed_notes(members: Sequence[Member], results: Sequence[RunResults]) -> list[str]:
    notes = []
    for positions in groups(members):
        spread_of = spreads([results[i] for i in positions])
        parts = [
            f"{label} {number(spread_of[name].mean)} ± {number(spread_of[name].deviation, 2)}"
            for name, label in _SPREAD_SHOWN
            if name in spread_of
        ]
        who = ", ".join(clean(members[i].name) for i in positions)
        notes.append(f"{len(positions)} runs of one setting ({who}): {', '.join(parts)}")
    return notes


_SPREAD_SHOWN: Final = (
    ("best_test_loss", "best test loss"),
    ("best_test_accuracy", "best test accuracy"),
    ("final_test_accuracy", "final test accuracy"),
    ("edge_epoch", "edge at epoch"),
    ("c", "c"),
)
