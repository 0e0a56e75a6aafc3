"""The recipe of J² held at a value: what counts as such a run, and what is judged of it."""

import math
from pathlib import Path

import pytest

from edgechaos_tui.export.figures import paper as figures
from edgechaos_tui.paper.evidence import find, missing
from edgechaos_tui.paper.judge import Reproduction, scorecard
from edgechaos_tui.paper.recipes import RecipeRun, recipe_of
from edgechaos_tui.paper.scorecard import Scorecard, ScorecardLine
from engine.storage.session.event_log import LogWriter
from engine.storage.session.session import Session, create, reference_sessions
from tests.support.event_samples import epoch_event, started_event

_HOLD = recipe_of("hold", "quick")


def _held(root: Path, run: RecipeRun, *, off: float = 0.01, epochs: int = 110) -> Session:
    """A session of `run` that comes to its J² in 40 epochs and stays `off` from it; its loss is
    least at J² = 1. λ is set anew each epoch."""
    target = run.hyperparameters.hold_j2
    session = create(root, run.hyperparameters, f"held-{target:g}")
    writer = LogWriter(session.log)
    writer.append(started_event(train_size=60_000, test_size=10_000))
    for k in range(epochs + 1):
        j2 = min(0.25 + (target + off - 0.25) * k / 40, target + off)
        writer.append(
            epoch_event(
                k, j=math.sqrt(j2), edge_distance=math.sqrt(j2) - 1, hold_j2=target, l2=1e-7 * k,
                gross_growth=16.0, test_loss=0.3 + abs(target - 1) / 10, test_accuracy=0.88,
                epochs=130,
            )
        )  # fmt: skip
    writer.close()
    return session


def _card(sessions: list[Session]) -> Scorecard:
    return scorecard(_HOLD, find(_HOLD, [*sessions, *reference_sessions()]))


def _line(card: Scorecard, what: str) -> ScorecardLine:
    return next(line for line in card.lines if line.what == what)


@pytest.mark.parametrize(("off", "verdict"), [(0.01, "pass"), (-0.019, "pass"), (0.025, "fail")])
def test_held_is_within_two_hundredths(sessions_root: Path, off: float, verdict: str) -> None:
    card = _card([_held(sessions_root, _HOLD.runs[3], off=off)])
    line = _line(card, "J² = 1, farthest from it")
    assert line.verdict == verdict
    assert line.ours == pytest.approx(abs(off))
    assert line.window.endswith("–110")
    assert _line(card, "λ, J² = 1").ours == pytest.approx(16 / (4 * 60_000), rel=1e-6)


def test_loss_and_accuracy_stand_against_j2_beside_fixed_lambdas(sessions_root: Path) -> None:
    card = _card([_held(sessions_root, run) for run in _HOLD.runs[:6]])
    assert _line(card, "held J² of least loss").ours == 1.0
    assert _line(card, "test loss, J² = 0.7").ours == pytest.approx(0.33)
    fixed = _line(card, "test loss, λ = 9e-5")
    seeds = [f"reference-fig6-l2-9e-5{seed}" for seed in ("", "-seed-1", "-seed-2")]
    assert (fixed.sessions, fixed.window) == (seeds, "99–110")
    assert _line(card, "J², λ = 9e-5").ours == pytest.approx(0.9, abs=0.2)


def test_what_is_missing_are_the_held_runs_alone(sessions_root: Path) -> None:
    short = _held(sessions_root, _HOLD.runs[0], epochs=89)
    figure_sessions = find(_HOLD, [short, *reference_sessions()])
    lacking = [run.hyperparameters.hold_j2 for run in missing(_HOLD, figure_sessions)]
    assert lacking == [0.5, 0.7, 0.85, 1.0, 1.2, 1.5]
    reasons = {line.what: line.reason for line in scorecard(_HOLD, figure_sessions).lines}
    assert reasons["J² = 0.5"] == "held-0.5 has 89 of 100 epochs"


def test_the_figure_is_drawn(sessions_root: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    sessions = [_held(sessions_root, run) for run in _HOLD.runs[1:4]]
    figure_sessions = find(_HOLD, [*sessions, *reference_sessions()])
    figures.draw(
        Reproduction(_HOLD, scorecard(_HOLD, figure_sessions), figure_sessions),
        tmp_path / "hold.svg",
    )
    svg = (tmp_path / "hold.svg").read_text()
    assert svg.startswith("<?xml")
    assert len(svg) > 10_000
