"""Which sessions count as a run of the paper, and which do not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgechaos_tui.paper.evidence import find, missing
from edgechaos_tui.paper.recipes import Recipe, RecipeRun, recipe_of
from engine.storage.hyperparameters import build
from engine.storage.session.info import write_info
from engine.storage.session.session import Session, reference_sessions
from tests.support.paper_runs import record


@pytest.fixture
def fig3() -> Recipe:
    return recipe_of("fig3", "quick")


@pytest.fixture
def run(fig3: Recipe) -> RecipeRun:
    return next(run for run in fig3.runs if run.label == "α = 0.95")


def _serves(recipe: Recipe, run: RecipeRun, *sessions: Session) -> list[str]:
    return [evidence.session.name for evidence in find(recipe, sessions).of(run)]


def test_a_run_that_reaches_the_edge_serves_however_long_it_is(
    sessions_root: Path, fig3: Recipe, run: RecipeRun
) -> None:
    assert _serves(fig3, run, record(sessions_root, run, "a", epochs=12)) == ["a"]
    assert run not in missing(fig3, find(fig3, [Session(sessions_root / "a")]))


@pytest.mark.parametrize(
    "other",
    [{"lr": 0.02}, {"batch_size": 64}, {"l2": 1e-5}, {"activation": "relu"}, {"width": 100},
     {"dataset": "synthetic"}, {"dataset": "mnist"}, {"train_size": 1000}, {"test_size": 1000},
     {"j": 0.6}, {"j0": 0.1}, {"model": "mlp", "depth": 1}, {"model": "cnn"}],
)  # fmt: skip
def test_another_setting_does_not_serve(
    sessions_root: Path, fig3: Recipe, run: RecipeRun, other: dict[str, Any]
) -> None:
    assert _serves(fig3, run, record(sessions_root, run, "a", **other)) == []


def test_where_and_with_what_seed_it_was_trained_is_no_matter(
    sessions_root: Path, fig3: Recipe, run: RecipeRun
) -> None:
    same: dict[str, Any] = {"train_size": 60_000, "threads": 2, "data_dir": "/d"}
    first = record(sessions_root, run, "a", **same)
    again = record(sessions_root, run, "b")
    other_seed = record(sessions_root, run, "c", seed=7)
    assert _serves(fig3, run, first, again, other_seed) == ["a", "c"]


def test_of_the_same_run_the_longer_session_serves(
    sessions_root: Path, fig3: Recipe, run: RecipeRun
) -> None:
    several = [record(sessions_root, run, f"e{n}", epochs=n) for n in (12, 30, 20)]
    assert _serves(fig3, run, *several) == ["e30"]


def test_ones_own_session_serves_in_place_of_a_reference(sessions_root: Path) -> None:
    fig2 = recipe_of("fig2", "quick")
    own = record(sessions_root, fig2.runs[0], "mine")
    assert _serves(fig2, fig2.runs[0], *reference_sessions()) != []
    assert _serves(fig2, fig2.runs[0], *reference_sessions(), own) == ["mine"]


def test_what_is_too_short_does_not_serve_and_the_reason_says_so(
    sessions_root: Path, fig3: Recipe, run: RecipeRun
) -> None:
    short = record(sessions_root, run, "a", epochs=5)
    sessions = find(fig3, [short])
    assert sessions.of(run) == []
    assert sessions.why_not(run, fig3) == "a does not reach the edge within 5 epochs"
    assert run in missing(fig3, sessions)


def test_an_edit_counts_only_before_the_edge(
    sessions_root: Path, fig3: Recipe, run: RecipeRun
) -> None:
    early = record(sessions_root, run, "early", edited_at=5)
    late = record(sessions_root, run, "late", edited_at=13)
    assert _serves(fig3, run, early, late) == ["late"]
    (evidence,) = find(fig3, [late]).of(run)
    assert evidence.epochs == 12


def test_a_fork_and_what_cannot_be_read_do_not_serve(
    sessions_root: Path, fig3: Recipe, run: RecipeRun
) -> None:
    from engine.storage.session.info import Parent

    fork = record(sessions_root, run, "fork")
    info = fork.info()
    info.parent = Parent(id="x", name="parent", epoch=3)
    write_info(fork.folder, info)
    broken = record(sessions_root, run, "broken")
    (broken.folder / "session.json").write_text("{")
    assert _serves(fig3, run, fork, broken) == []


def test_seeds_that_are_there_are_not_trained_again(sessions_root: Path) -> None:
    fig6 = recipe_of("fig6", "full")
    run = fig6.runs[0]
    seeds = [record(sessions_root, run, f"s{seed}", seed=seed) for seed in (3, 40)]
    runs = missing(fig6, find(fig6, seeds))
    lacking = [other.hyperparameters.seed for other in runs if other.setting == run.setting]
    assert lacking == [0, 1, 2, 4, 5, 6, 7, 8]


def test_two_batches_larger_than_the_subset_are_the_same_run(
    sessions_root: Path, fig3: Recipe, run: RecipeRun
) -> None:
    subset = build({"train_size": 500, "batch_size": 500, "lr": 0.01, "momentum": 0.0})
    small = replace(run, hyperparameters=subset, to_the_edge=False, needs=5)
    small_recipe = replace(fig3, runs=(small,), left_out=())
    other = record(sessions_root, small, "a", epochs=6, batch_size=60_000)
    assert _serves(small_recipe, small, other) == ["a"]
