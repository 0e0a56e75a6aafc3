"""Fig. 6, and the same with ReLU and Adam: what weight decay λ does to J² and to the accuracy."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from edgechaos_tui.paper.evidence import FigureSessions
from edgechaos_tui.paper.judges.setting_runs import SettingRuns, last_tenth, runs_and_gaps
from edgechaos_tui.paper.published_values import (
    BEST_LAMBDA,
    BEST_LAMBDA_RELU_ADAM,
    LAMBDA_STAR,
    C,
)
from edgechaos_tui.paper.recipes import Recipe, RecipeRun
from edgechaos_tui.paper.scorecard import ScorecardLine, Source, judged, measured
from engine.storage.hyperparameters import TRAINING_IMAGES
from engine.theory.slope_law.guideline import lambda_star

NEAR: Final = 2.0
"""The λ of the best accuracy is the paper's within this factor, which is the grid's own step."""
STAR_TOLERANCE: Final = 0.1
_SAMPLES: Final = TRAINING_IMAGES["fashion-mnist"]


def judge(asked: Recipe, found: FigureSessions) -> list[ScorecardLine]:
    """The lines of Fig. 6 or of ReLU with Adam, then one for each λ that is not there."""
    decays, absent = runs_and_gaps(asked, found)
    if not decays:
        return absent
    lines = [_order(decays)] if len(decays) > 1 else []
    lines += [line for decay in decays for line in _heading(decay)]
    lines += [_accuracy(decay) for decay in decays]
    lines += _best(decays, asked)
    if asked.figure == "fig6":
        lines += [_star(decay) for decay in decays if _l2(decay) == 0]
    return [*lines, *absent]


def _order(decays: Sequence[SettingRuns]) -> ScorecardLine:
    """The smaller λ, the larger J² at the last epoch that all have."""
    by_l2 = sorted(decays, key=_l2)
    values = [float(np.mean(decay.j2(decay.common))) for decay in by_l2]
    falling = all(one > other for one, other in pairwise(values))
    return ScorecardLine(
        what="J² falls with λ",
        published="in order",
        source=_source(decays[0].run),
        note="in order" if falling else "not in order",
        window=f"{decays[0].common}",
        tolerance="each J² below the one of the next smaller λ",
        verdict=judged(falling),
        sessions=[name for decay in decays for name in decay.names],
    )


def _heading(decay: SettingRuns) -> list[ScorecardLine]:
    """J² at the end, and its rate: where it is heading. The ends of the range are published."""
    edge = decay.present[0].state.law.j2_edge
    label = decay.run.label
    smallest, largest = _l2(decay) == 0, _l2(decay) >= 5e-4
    published = "in chaos" if smallest else "ordered" if largest else None
    within = (lambda j2: j2 > edge) if smallest else (lambda j2: j2 < edge)
    sgd = decay.run.hyperparameters.optimizer == "sgd"
    tends_to = C / (4 * _l2(decay) * _SAMPLES) if sgd and _l2(decay) else None
    return [
        measured(
            f"J², {label}", decay.j2(decay.end), decay.names, within if published else None,
            published=published, source=_source(decay.run) if published else "", law=tends_to,
            window=f"{decay.end}",
            tolerance=f"{'above' if smallest else 'below'} {edge:g}" if published else "",
        ),
        measured(
            "  its rate an epoch", _rate(decay), decay.names,
            window=f"{last_tenth(decay.end)}–{decay.end}",
        ),
    ]  # fmt: skip


def _l2(decay: SettingRuns) -> float:
    return decay.run.hyperparameters.l2


def _rate(decay: SettingRuns) -> list[float]:
    """The rate of J² per epoch over the last tenth of the epochs, one a seed."""
    epochs = np.arange(last_tenth(decay.end), decay.end + 1)
    return [float(np.polyfit(epochs, one.j2[epochs], 1)[0]) for one in decay.present]


def _source(run: RecipeRun) -> Source:
    """Fig. 6 shows J² of SGD; of Adam the text says no more than that decay pulls towards order."""
    return "figure" if run.hyperparameters.optimizer == "sgd" else "text"


def _accuracy(decay: SettingRuns) -> ScorecardLine:
    return measured(
        f"test accuracy, {decay.run.label}", decay.final("test_accuracy"), decay.names,
        window=decay.final_window,
    )  # fmt: skip


def _best(decays: Sequence[SettingRuns], asked: Recipe) -> list[ScorecardLine]:
    """The λ of the best final test accuracy, against the published one; its lead; and the λ that
    other measures of a run favour."""
    relu = asked.figure == "relu-adam"
    target = BEST_LAMBDA_RELU_ADAM if relu else BEST_LAMBDA
    source: Source = "script" if relu else "figure"
    what = "λ of the best accuracy"
    if len(decays) < len(asked.settings):
        reason = "needs every λ of this scale"
        return [ScorecardLine(what=what, published=target, source=source, reason=reason)]
    ranked = sorted(decays, key=lambda decay: -float(np.mean(decay.final("test_accuracy"))))
    best = ranked[0]
    return [
        ScorecardLine(
            what=what,
            published=target,
            source=source,
            ours=_l2(best),
            window=best.final_window,
            tolerance=f"within a factor of {NEAR:g}",
            verdict=judged(target / NEAR <= _l2(best) <= target * NEAR),
            sessions=best.names,
        ),
        *([_lead(best, ranked[1])] if len(ranked) > 1 else []),
        _favoured("  by the best epoch", decays, lambda d: d.best("test_accuracy", np.nanmax)),
        _favoured("  by final test loss", decays, lambda d: _negative(d.final("test_loss"))),
        _favoured(
            "  by best test loss", decays, lambda d: _negative(d.best("test_loss", np.nanmin))
        ),
    ]


def _lead(best: SettingRuns, second: SettingRuns) -> ScorecardLine:
    """How far the best mean accuracy lies above the next, with the standard error of the difference
    where both have several seeds."""
    one, other = best.final("test_accuracy"), second.final("test_accuracy")
    error = None
    reason = f"over {second.run.label}; one seed: its scatter is not known"
    if min(len(one), len(other)) > 1:
        error = float(np.sqrt(np.var(one, ddof=1) / len(one) + np.var(other, ddof=1) / len(other)))
        reason = f"over {second.run.label}; ± standard error of the difference"
    return ScorecardLine(
        what="  its lead over the next λ",
        ours=float(np.mean(one) - np.mean(other)),
        spread=error,
        seeds=min(len(one), len(other)),
        window=best.final_window,
        verdict="measured",
        reason=reason,
        sessions=[*best.names, *second.names],
    )


def _favoured(
    what: str, decays: Sequence[SettingRuns], score: Callable[[SettingRuns], list[float]]
) -> ScorecardLine:
    """The λ whose mean `score` is the highest; no published value to hold it against."""
    best = max(decays, key=lambda decay: float(np.mean(score(decay))))
    window = f"0–{best.common}" if "best" in what else best.final_window
    return ScorecardLine(
        what=what, ours=_l2(best), window=window, verdict="measured", sessions=best.names
    )


def _negative(values: list[float]) -> list[float]:
    return [-value for value in values]


def _star(decay: SettingRuns) -> ScorecardLine:
    """λ* = c/(4S) with c fitted to the ordered phase of the run without decay."""
    fits = [fit for one in decay.present if (fit := one.state.law.fit()) is not None]
    if not fits:
        reason = "too few epochs in the ordered phase"
        return ScorecardLine(
            what="λ* = c/(4S)", published=LAMBDA_STAR, source="text", reason=reason
        )
    stars = [lambda_star(fit.c, 0, _SAMPLES).value for fit in fits]
    return measured(
        "λ* = c/(4S)", stars, decay.names,
        lambda ours: abs(ours / LAMBDA_STAR - 1) <= STAR_TOLERANCE,
        published=LAMBDA_STAR, source="text", law=lambda_star(C, 0, _SAMPLES).value,
        window=f"{fits[0].first}–{fits[0].last}", tolerance="within 10 %",
    )  # fmt: skip
