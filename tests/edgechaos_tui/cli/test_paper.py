"""`edgechaos-tui paper` as a person types it, and the training of what a figure lacks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgechaos_tui.cli.output import paper_train as paper_training
from edgechaos_tui.cli.output.paper_train import PaperRequest, within_budget
from edgechaos_tui.control.sweep_estimate import DurationEstimate
from edgechaos_tui.paper.recipes import FIGURES, RecipeRun, recipe_of
from engine.storage.hyperparameters import build
from engine.storage.session.event_log import LogReader
from engine.storage.session.session import list_sessions
from engine.storage.sweep.plan import create_sweep, list_sweeps
from tests.support.paper_runs import record


def _paper(root: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgechaos_tui", "paper", *words],
        capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL,
        env=os.environ | {"EDGECHAOS_SESSIONS": str(root)} | environment,
    )  # fmt: skip


def test_the_reference_sessions_are_judged_without_training_anything(sessions_root: Path) -> None:
    done = _paper(sessions_root, "fig3", "--json")
    assert done.returncode == 0
    # Nobody is at the terminal to be request.
    assert done.stderr.count("\n") <= 1
    card = json.loads(done.stdout)
    assert (card["figure"], card["scale"], card["fail"]) == ("fig3", "quick", 0)
    assert len(card["lines"]) == 30
    assert card["pass"] + card["open"] == 30
    assert not sessions_root.exists()


def test_a_line_that_fails_makes_the_exit_status_1(sessions_root: Path, tmp_path: Path) -> None:
    # One's own session comes before the reference session of the same run.
    run = next(run for run in recipe_of("fig3", "quick").runs if run.label == "α = 0.95")
    record(sessions_root, run, "too-slow", c=9.1, epochs=20)
    picture = tmp_path / "fig3.svg"
    done = _paper(sessions_root, "fig3", "--no-run", "-o", str(picture))
    assert (done.returncode, done.stderr) == (1, "")
    assert "1 fail" in done.stdout
    assert "α = 0.95     0.0765 s   0.0687   0.0569" in done.stdout
    assert picture.read_text().count("</svg>") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["fig7"],
        ["fig3", "--scale", "huge"],
        ["fig3", "-o", "f.gif"],
        ["fig3", "--open", "--json"],
        ["all", "-o", "f.svg"],
        ["all", "--budget", "soon"],
        ["fig3", "--budget", "0m"],
    ],
)
def test_a_wrong_call_is_told_in_one_line(sessions_root: Path, words: list[str]) -> None:
    done = _paper(sessions_root, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_all_figures_are_judged_with_a_summary(sessions_root: Path) -> None:
    done = _paper(sessions_root, "all", "--no-run")
    # The one known disagreement fails, and says so.
    assert (done.returncode, done.stderr) == (1, "")
    heading, *figures = done.stdout.splitlines()[:9]
    assert heading.split() == ["pass", "fail", "open", "measured"]
    assert [line.split()[0] for line in figures][:-1] == list(FIGURES)
    cards = json.loads(_paper(sessions_root, "all", "--no-run", "--json").stdout)["figures"]
    assert [card["figure"] for card in cards] == list(FIGURES)


def test_a_budget_takes_the_quickest_runs_first() -> None:
    lacking = [_tiny(f"η = {i}") for i in range(4)]
    estimate = DurationEstimate(350.0, [300.0, 100.0, 200.0, 100.0], 2, measured=False)
    for budget, labels, seconds in (
        (None, ["η = 1", "η = 3", "η = 2", "η = 0"], 350.0),
        (210.0, ["η = 1", "η = 3", "η = 2"], 200.0),
        (49.0, [], 0.0),
    ):
        chosen, time = within_budget(lacking, estimate, budget)
        assert ([run.label for run in chosen], time) == (labels, seconds)


def _tiny(label: str, **given: str | int | float) -> RecipeRun:
    plain: dict[str, str | int | float] = {
        "dataset": "synthetic", "train_size": 200, "test_size": 50, "epochs": 2, "threads": 1,
        "indicators_every": 0,
    }  # fmt: skip
    return RecipeRun(label, build(plain | given))


@pytest.mark.slow
# A coordinator outlives whoever started it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_is_missing_is_trained_and_what_was_begun_is_taken_up(sessions_root: Path) -> None:
    runs = [_tiny("λ = 0"), _tiny("λ = 0", seed=1), _tiny("η = 0.1, B = 16", lr=0.1, batch_size=16)]
    request = PaperRequest(sessions_root, "fig6", "quick", no_run=False, yes=True)
    # Planned by an earlier call, which was ended before it began.
    plan = [("paper-fig6-quick-l2-0", runs[0].hyperparameters)]
    create_sweep(sessions_root, "paper-fig6-quick", plan)
    assert paper_training.train(request, runs)
    assert not paper_training.train(request, runs[1:])
    assert sorted(session.name for session in list_sessions(sessions_root)) == [
        "paper-fig6-quick-l2-0",
        "paper-fig6-quick-l2-0-seed-1",
        "paper-fig6-quick-lr-0.1-batch-16",
    ]
    assert sorted(s.name for s in list_sweeps(sessions_root)) == [
        "paper-fig6-quick", "paper-fig6-quick.2",
    ]  # fmt: skip
    for session in list_sessions(sessions_root):
        epochs = [e for e in LogReader(session.log).read_all() if type(e).__name__ == "Epoch"]
        assert len(epochs) == 3
