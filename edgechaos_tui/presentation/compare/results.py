"""Results of the runs of a comparison: the numbers behind its table, and bands over seeds."""

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

import numpy as np

from edgechaos_tui.presentation.compare.comparison import Axis, Floats, Member, curve, metric
from edgechaos_tui.presentation.run.analysis.twin import training_exponent
from edgechaos_tui.presentation.run.state import RunState
from engine.storage.hyperparameters import Hyperparameters, Value, affecting
from engine.storage.session.recorded import RecordedHyperparameters
from engine.theory.slope_law.law import Forecast, LawFit

_GRID: Final = 200
"""The number of places of a band."""

_BELOW_TOP: Final = 0.95
"""The end of the shared range of J², as a share of the lowest of the runs' largest J²."""
_RISE: Final = 1.2
"""The least factor by which J² of a run must have risen in the ordered phase."""

_SETTING: Final = affecting("results", "length")
_COMPARED: Final = affecting("results", "seed", "length", "last bits")


@dataclass(frozen=True)
class RunResults:
    """The results of a run; None for what is missing. Losses in nats, accuracies as fractions.

    Losses, accuracies and J² are as in the log, also when they are not finite.

    forecast_…: the present forecast; for a run that crossed, the one made half-way to the crossing,
    at epoch forecast_made_at. slope: A in J² per epoch over epochs slope_first..slope_last, with
    its relative standard error; c: of the same epochs. c_shared: c over J² from c_shared_low to
    c_shared_high, a range in the ordered phase that all runs of a comparison have: c grows with J²,
    so that only this c is comparable. seconds_per_epoch: the mean over the trained epochs.
    lambda_train…: of a twin, the slope of ln ‖w − w′‖ per epoch, its standard error and its window.
    """

    epochs_done: int | None = None
    best_test_loss: float | None = None
    best_test_loss_epoch: int | None = None
    j2_at_best_test_loss: float | None = None
    best_test_accuracy: float | None = None
    best_test_accuracy_epoch: int | None = None
    final_test_loss: float | None = None
    final_test_accuracy: float | None = None
    final_j2: float | None = None
    final_lambda_depth: float | None = None
    final_lambda_angle: float | None = None
    lambda_depth_at_best_test_loss: float | None = None
    edge_epoch: int | None = None
    forecast_epoch: int | None = None
    forecast_low: int | None = None
    forecast_high: int | None = None
    forecast_made_at: int | None = None
    slope: float | None = None
    slope_relative_error: float | None = None
    slope_first: int | None = None
    slope_last: int | None = None
    c: float | None = None
    c_shared: float | None = None
    c_shared_low: float | None = None
    c_shared_high: float | None = None
    seconds_per_epoch: float | None = None
    lambda_train: float | None = None
    lambda_train_error: float | None = None
    lambda_train_first: int | None = None
    lambda_train_last: int | None = None

    def as_dict(self) -> dict[str, float | int | None]:
        """The results by name, in the order above."""
        return asdict(self)


RESULT_NAMES: Final = tuple(field.name for field in fields(RunResults))


def results_of(state: RunState) -> RunResults:
    """The results of a run so far."""
    summary, last = state.summary, state.summary.last
    loss, accuracy = summary.test_loss.best, summary.test_accuracy.best
    row = state.best_index
    return RunResults(
        epochs_done=summary.epochs_done if last else None,
        best_test_loss=loss.value if loss else None,
        best_test_loss_epoch=loss.epoch if loss else None,
        j2_at_best_test_loss=None if row is None else finite(float(metric(state, "j2")[row])),
        best_test_accuracy=accuracy.value if accuracy else None,
        best_test_accuracy_epoch=accuracy.epoch if accuracy else None,
        final_test_loss=last.test_loss if last else None,
        final_test_accuracy=last.test_accuracy if last else None,
        final_j2=summary.j2,
        final_lambda_depth=last.lambda_depth if last else None,
        final_lambda_angle=last.lambda_angle if last else None,
        lambda_depth_at_best_test_loss=(
            None if row is None else finite(float(state.metric("lambda_depth")[row]))
        ),
        edge_epoch=summary.crossed,
        **_law(state),
        seconds_per_epoch=_pace(state),
        **_lambda_train(state),
    )


def results_of_all(members: Sequence[Member]) -> list[RunResults]:
    """The results of each run of a comparison, with c over their shared range of J²."""
    results = [results_of(member.state) for member in members]
    shared = _shared_range([member.state.law for member in members])
    if shared is None:
        return results
    low, high = shared
    return [
        replace(
            result,
            c_shared=member.state.law.c_over(low, high), c_shared_low=low, c_shared_high=high,
        )
        for member, result in zip(members, results, strict=True)
    ]  # fmt: skip


def _shared_range(laws: Sequence[LawFit]) -> tuple[float, float] | None:
    """The range of J² that these runs rose through before the edge; None for fewer than two.

    A run that hardly rises has no comparable c, and is left out. The range ends a little below the
    lowest maximum, since a run that settles takes long for its last step.
    """
    ranges = [law.ordered_range for law in laws if law.optimizer == "sgd"]
    rose = [(low, high) for low, high in ranges if high >= _RISE * low]
    if len(rose) < 2:
        return None
    low, high = max(low for low, _ in rose), _BELOW_TOP * min(high for _, high in rose)
    return (low, high) if high > low else None


def setting(member: Member, name: str) -> tuple[Value | None, Value | None]:
    """The initial value of a hyperparameter, and the one in force; None when it was not given.

    For "threads" both are the number that the engine chose.
    """
    started = member.state.summary.started
    if name == "threads" and started is not None and started.threads:
        return started.threads, started.threads
    return member.start.known(name), member.state.summary.hyperparameters.known(name)


def differing(members: Sequence[Member]) -> list[str]:
    """The hyperparameters in which the runs differ, in the order of the form.

    Those that change no result, such as the data folder, are left out.
    """
    return [name for name in _COMPARED if len({setting(m, name) for m in members}) > 1]


def groups(members: Sequence[Member]) -> list[list[int]]:
    """The positions of the runs of each setting that has several, which differ in their seeds."""
    by_setting: dict[object, list[int]] = {}
    for index, member in enumerate(members):
        # A recorded run without a config has an unknown setting, and is in no group.
        untold = isinstance(member.start, RecordedHyperparameters) and not member.start.config
        by_setting.setdefault(index if untold else _setting_key(member), []).append(index)
    return [positions for positions in by_setting.values() if len(positions) > 1]


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation (n − 1) of a result over `count` runs of one setting."""

    mean: float
    deviation: float
    count: int


def spreads(results: Sequence[RunResults]) -> dict[str, Spread]:
    """The spread of every result of which at least two runs have a finite value."""
    out: dict[str, Spread] = {}
    for name in RESULT_NAMES:
        values = [float(v) for r in results if _is_finite(v := getattr(r, name))]
        if len(values) > 1:
            out[name] = Spread(statistics.fmean(values), statistics.stdev(values), len(values))
    return out


def finite(value: float | None) -> float | None:
    """`value`; None when it is not a finite number."""
    return value if _is_finite(value) else None


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _setting_key(member: Member) -> object:
    at_start_and_now = (member.start, member.state.summary.hyperparameters)
    values = (_chosen_value(values, name) for values in at_start_and_now for name in _SETTING)
    return (*values, *_config(member.start))


def _chosen_value(hyperparameters: Hyperparameters, name: str) -> Value | None:
    """A value that a person chose; None for the λ that holds J², which differs between seeds."""
    if name == "l2" and hyperparameters.known("hold_j2"):
        return None
    return hyperparameters.known(name)


def _config(hyperparameters: Hyperparameters) -> Iterator[tuple[str, Value]]:
    """The items of a recorded run's config, without the seed."""
    if isinstance(hyperparameters, RecordedHyperparameters):
        yield from ((key, value) for key, value in hyperparameters.config.items() if key != "seed")


def _law(state: RunState) -> dict[str, Any]:
    forecast = _forecast(state)
    fit = state.law.forecast().fit
    slope = finite(fit.slope) if fit else None
    return {
        "forecast_epoch": forecast.epoch if forecast else None,
        "forecast_low": forecast.low if forecast else None,
        "forecast_high": forecast.high if forecast else None,
        "forecast_made_at": forecast.made_at if forecast and forecast.epoch is not None else None,
        "slope": slope,
        "slope_relative_error": finite(fit.error) if fit else None,
        "slope_first": fit.first if fit else None,
        "slope_last": fit.last if fit else None,
        "c": finite(fit.c) if fit else None,
    }


def _lambda_train(state: RunState) -> dict[str, Any]:
    exponent = training_exponent(state)
    if exponent is None:
        return {}
    return {
        "lambda_train": exponent.value,
        "lambda_train_error": finite(exponent.error),
        "lambda_train_first": exponent.first,
        "lambda_train_last": exponent.last,
    }


def _forecast(state: RunState) -> Forecast | None:
    crossed = state.summary.crossed
    return state.law.forecast() if crossed is None else state.law.forecast_at(crossed // 2)


def _pace(state: RunState) -> float | None:
    trained = state.metric("epoch") > 0
    seconds = state.metric("seconds")[trained]
    return finite(float(np.mean(seconds))) if len(seconds) else None


@dataclass(frozen=True, eq=False)
class Band:
    """Mean ± standard deviation over runs. x: places in their common range; all of one shape."""

    x: Floats
    low: Floats
    mean: Floats
    high: Floats


def band(members: Sequence[Member], axis: Axis, name: str) -> Band | None:
    """Mean ± standard deviation (n − 1) of a metric over the runs; None without a common range."""
    curves = [curve(member.state, axis, name) for member in members]
    measured = [(x[np.isfinite(y)], y[np.isfinite(y)]) for x, y in curves]
    if len(measured) < 2 or any(len(x) < 2 for x, _ in measured):
        return None
    low, high = max(x[0] for x, _ in measured), min(x[-1] for x, _ in measured)
    if not low < high:
        return None
    grid = np.linspace(low, high, _GRID)
    table = np.stack([np.interp(grid, x, y) for x, y in measured])
    mean, deviation = table.mean(axis=0), table.std(axis=0, ddof=1)
    return Band(grid, mean - deviation, mean, mean + deviation)
