"""The map of a sweep's results, as pure logic."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from edgechaos_tui.presentation.library.facts import LibraryEntry
from edgechaos_tui.presentation.sweep.grid import (
    RESULTS,
    GridAxis,
    GridRun,
    ResultGrid,
    axes_of,
    cell_words,
    first_axes,
    make_grid,
    next_axis,
)
from engine.storage.hyperparameters import Hyperparameters, Value
from engine.storage.sweep.plan import Plan, PlannedRun, numbered
from engine.storage.sweep.value_ranges import grid, varied_names

LOSS, ACCURACY, J2, PHASE, EDGE = RESULTS


def _plan(values: Mapping[str, Sequence[Value]]) -> Plan:
    runs = [
        PlannedRun(name=name, id="i", hyperparameters=chosen)
        for name, chosen in numbered("s", grid(values))
    ]
    return Plan(id="i", name="s", created=0.0, varied=varied_names(values), runs=runs)


def _facts(**known: Any) -> LibraryEntry:
    return LibraryEntry(created=0.0, hyperparameters=Hyperparameters(), read=True, **known)


def _over(**known: float | None) -> GridRun:
    return GridRun("", _facts(**known), over=True)


def _map(plan: Plan, losses: Sequence[float | None]) -> ResultGrid:
    runs = {
        run.name: GridRun(run.name, _facts(best_loss=loss), over=True)
        for run, loss in zip(plan.runs, losses, strict=True)
    }
    return make_grid(plan, runs, LOSS, *first_axes(axes_of(plan)))


def test_axes_are_what_differs_with_seeds_last_and_numbers_rising() -> None:
    plan = _plan({"seed": (0, 1), "lr": (0.1, 0.01), "l2": (0.0,), "activation": ("tanh", "relu")})
    assert axes_of(plan) == (
        GridAxis("lr", (0.01, 0.1)),
        GridAxis("activation", ("tanh", "relu")),
        GridAxis("seed", (0, 1)),
    )


def test_runs_listed_one_by_one_have_the_axes_in_which_they_differ() -> None:
    several = [Hyperparameters(lr=0.1), Hyperparameters(lr=0.2, momentum=0.9)]
    runs = [PlannedRun(name=n, id="i", hyperparameters=h) for n, h in numbered("s", several)]
    plan = Plan(id="i", name="s", created=0.0, runs=runs)
    assert [axis.name for axis in axes_of(plan)] == ["lr", "momentum"]
    assert set(make_grid(plan, {}, LOSS, *first_axes(axes_of(plan))).cells) == {(0, 0), (1, 1)}


@pytest.mark.parametrize(
    ("varied", "across", "down"),
    [
        (("lr", "batch_size", "seed"), "lr", "batch_size"),
        (("lr", "seed"), None, "lr"),
        (("seed",), None, "seed"),
        ((), None, None),
    ],
)
def test_the_first_view_is_over_what_tells_most(
    varied: tuple[str, ...], across: str | None, down: str | None
) -> None:
    axes = [GridAxis(name, (1, 2)) for name in varied]
    x, y = first_axes(axes)
    assert (x and x.name, y and y.name) == (across, down)


def test_a_key_goes_through_all_axes_and_never_shows_one_twice_or_none_at_all() -> None:
    lr, batch, seed = axes = [GridAxis(name, (1, 2)) for name in ("lr", "batch_size", "seed")]
    assert next_axis(axes, lr, batch) == seed
    assert next_axis(axes, seed, batch) is None
    assert next_axis(axes, None, batch) == lr
    assert next_axis(axes, seed, None) == lr
    assert next_axis([lr], lr, None) == lr
    assert next_axis([lr], None, lr) is None


def test_seeds_of_one_setting_share_a_cell_as_their_mean_with_the_count() -> None:
    plan = _plan({"lr": (0.01, 0.02), "batch_size": (8, 16), "seed": (0, 1)})
    result_grid = _map(plan, [0.4, 0.6, 0.3, 0.3, 0.9, None, None, None])
    assert result_grid.size == (2, 2)
    first = result_grid.cells[0, 0]
    assert (first.value, first.known, len(first.runs)) == (0.5, 2, 2)
    assert first.spread == pytest.approx(math.sqrt(0.02))
    assert result_grid.mean_over == ("seed",)
    assert (result_grid.cells[1, 0].value, result_grid.cells[1, 0].known) == (0.9, 1)
    assert result_grid.cells[1, 1].value is None
    assert (
        cell_words(result_grid, (0, 0))
        == "lr 0.01, batch size 8: best test loss 0.500 ± 0.14, 2 of 2 runs"
    )


def test_the_scale_runs_from_the_least_to_the_greatest_and_the_best_is_marked() -> None:
    result_grid = _map(_plan({"lr": (0.01, 0.02, 0.04)}), [0.4, 0.3, 0.5])
    assert (result_grid.low, result_grid.high) == (0.3, 0.5)
    assert [result_grid.cells[0, row].share for row in range(3)] == pytest.approx([0.5, 0.0, 1.0])
    assert [result_grid.cells[0, row].best for row in range(3)] == [False, True, False]


@pytest.mark.parametrize("noise", [math.nan, math.inf, 1e308, None])
def test_a_run_without_a_number_counts_for_nothing(noise: float | None) -> None:
    result_grid = _map(
        _plan({"seed": (0, 1, 2), "lr": (0.1, 0.2)}), [noise, 0.4, noise, 0.5, noise, 0.6]
    )
    assert result_grid.cells[0, 0].value is None
    assert result_grid.cells[0, 1].value == 0.5
    assert result_grid.low == 0.5


def test_one_value_alone_is_in_the_middle_and_no_best() -> None:
    result_grid = _map(_plan({"lr": (0.1, 0.2)}), [0.4, None])
    assert result_grid.cells[0, 0].share == 0.5
    assert not result_grid.cells[0, 0].best


@pytest.mark.parametrize(
    ("distances", "phase", "words"),
    [
        ((-0.3, -0.1), "ordered", "▽−0.20"),
        ((-0.05, 0.03), "edge", "◆−0.01"),
        ((0.5, 0.7), "chaotic", "▲+0.60"),
    ],
)
def test_the_phase_is_that_of_the_mean_distance(
    distances: tuple[float, float], phase: str, words: str
) -> None:
    plan = _plan({"lr": (0.1, 0.2), "seed": (0, 1)})
    runs = {f"s-00{i + 1}": _over(edge_distance=d) for i, d in enumerate(distances)}
    cell = make_grid(plan, runs, PHASE, *first_axes(axes_of(plan))).cells[0, 0]
    assert (cell.phase, cell.words) == (phase, words)


def test_the_edge_counts_the_runs_that_reached_it() -> None:
    plan = _plan({"lr": (0.1, 0.2), "seed": (0, 1, 2)})
    runs = {f"s-00{i + 1}": _over(crossed=crossed) for i, crossed in enumerate((53, 54, None))}
    result_grid = make_grid(plan, runs, EDGE, *first_axes(axes_of(plan)))
    assert result_grid.cells[0, 0].words == "53.5"
    assert cell_words(result_grid, (0, 0)).endswith("epoch of the edge 53.5 ± 0.71, 2 of 3 runs")


def test_what_is_to_come_and_what_diverged_is_said() -> None:
    plan = _plan({"lr": (0.1, 0.2, 0.4)})
    runs = {
        "s-001": GridRun("s-001", _facts(best_loss=0.4)),
        "s-003": GridRun("s-003", _facts(), over=True, diverged=True),
    }
    result_grid = make_grid(plan, runs, LOSS, *first_axes(axes_of(plan)))
    assert [result_grid.cells[0, row].over for row in range(3)] == [False, False, True]
    assert cell_words(result_grid, (0, 1)) == "lr 0.2: no best test loss yet, 0 of 1 run"
    assert cell_words(result_grid, (0, 2)) == "lr 0.4: no best test loss, 0 of 1 run, 1 diverged"
