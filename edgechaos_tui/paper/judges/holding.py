"""The judge of `hold`: test loss and accuracy of runs whose J² is held at a value."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from edgechaos_tui.paper.evidence import Evidence, FigureSessions
from edgechaos_tui.paper.judges.seed_effects import means_over_seeds
from edgechaos_tui.paper.judges.setting_runs import SettingRuns, runs_and_gaps
from edgechaos_tui.paper.recipes import Recipe
from edgechaos_tui.paper.scorecard import ScorecardLine, judged, measured
from edgechaos_tui.presentation.run.analysis.holding import holding_lambda

NEAR: Final = 0.02
"""The largest distance of a settled J² from its target."""
SETTLED_AFTER: Final = 30
"""Epochs from the first one that near, after which J² must have settled."""


def judge(recipe: Recipe, sessions: FigureSessions) -> list[ScorecardLine]:
    """Lines on how well J² is held, at which λ, and on the results, beside runs of a fixed λ."""
    runs, absent = runs_and_gaps(recipe, sessions)
    held_runs = [run for run in runs if run.run.hyperparameters.hold_j2]
    lines = [_farthest(run) for run in held_runs] + [_lambda(run) for run in held_runs]
    for run in runs:
        lines += _results(run)
    return [*lines, *_best(held_runs), *absent]


def _farthest(run: SettingRuns) -> ScorecardLine:
    """The largest distance of J² from its target, once it had time to settle."""
    target = run.run.hyperparameters.hold_j2
    what = f"{run.run.label}, farthest from it"
    settled = [
        first_epoch
        for evidence in run.present
        if (first_epoch := _settled(evidence, target)) is not None
    ]
    if len(settled) < len(run.present):
        reason = f"no epoch yet {SETTLED_AFTER} epochs after it came within {NEAR:g} of it"
        return ScorecardLine(what=what, reason=reason, sessions=run.names)
    farthest = max(
        float(np.abs(evidence.j2[first_epoch:] - target).max())
        for evidence, first_epoch in zip(run.present, settled, strict=True)
    )
    return ScorecardLine(
        what=what, ours=farthest, seeds=len(settled), window=f"{min(settled)}–{run.end}",
        tolerance=f"within {NEAR:g}", verdict=judged(farthest <= NEAR), sessions=run.names,
    )  # fmt: skip


def _settled(evidence: Evidence, target: float) -> int | None:
    """The epoch from which on J² must stay near `target`; None if it has not come yet."""
    near_epochs = np.flatnonzero(np.abs(evidence.j2 - target) <= NEAR)
    if not len(near_epochs):
        return None
    first_epoch = int(near_epochs[0]) + SETTLED_AFTER
    return first_epoch if first_epoch <= evidence.epochs else None


def _lambda(run: SettingRuns) -> ScorecardLine:
    """The λ that holds J² at its target, measured over the last epochs."""
    measurements = map(holding_lambda, (evidence.state for evidence in run.present))
    lambdas = [measurement for measurement in measurements if measurement is not None]
    what = f"λ, {run.run.label}"
    if not lambdas:
        return ScorecardLine(what=what, reason="J² is not near it at the end")
    window = f"{lambdas[0].first}–{lambdas[0].last}"
    return measured(what, [measurement.l2 for measurement in lambdas], run.names, window=window)


def _results(run: SettingRuns) -> list[ScorecardLine]:
    values = {"test loss": run.final("test_loss"), "test accuracy": run.final("test_accuracy")}
    if not run.run.hyperparameters.hold_j2:
        values = {"J²": run.final_j2()} | values
    return [
        measured(f"{what}, {run.run.label}", final_values, run.names, window=run.final_window)
        for what, final_values in values.items()
    ]


def _best(held_runs: Sequence[SettingRuns]) -> list[ScorecardLine]:
    """The held J² with the lowest test loss, and the one with the best accuracy."""
    if len(held_runs) < 2:
        return []

    def best(what: str, score: Callable[[SettingRuns], list[float]]) -> ScorecardLine:
        run = held_runs[int(np.argmax(means_over_seeds(held_runs, score).values))]
        return ScorecardLine(
            what=what, ours=run.run.hyperparameters.hold_j2, window=run.final_window,
            verdict="measured", sessions=run.names,
        )  # fmt: skip

    return [
        best("held J² of least loss", lambda run: [-loss for loss in run.final("test_loss")]),
        best("held J² of best accuracy", lambda run: run.final("test_accuracy")),
    ]
