"""The judge of Fig. 6, and of the same with ReLU and Adam: J² and accuracy against λ."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from edgechaos_tui.paper.evidence import FigureSessions
from edgechaos_tui.paper.judges.seed_effects import AdjustedMeans, means_over_seeds
from edgechaos_tui.paper.judges.setting_runs import SettingRuns, last_tenth, runs_and_gaps
from edgechaos_tui.paper.published_values import (
    BEST_LAMBDA,
    BEST_LAMBDA_RELU_ADAM,
    LAMBDA_STAR,
    ORDERED_LAMBDA,
    C,
)
from edgechaos_tui.paper.recipes import Recipe, RecipeRun
from edgechaos_tui.paper.scorecard import ScorecardLine, Source, judged, measured
from engine.storage.hyperparameters import TRAINING_IMAGES
from engine.theory.slope_law.guideline import lambda_star

NEAR: Final = 2.0
"""The factor within which the λ of the best accuracy is the paper's: about the grid's step."""
STAR_TOLERANCE: Final = 0.1
_SAMPLES: Final = TRAINING_IMAGES["fashion-mnist"]


def judge(recipe: Recipe, sessions: FigureSessions) -> list[ScorecardLine]:
    """The lines of Fig. 6 or of ReLU with Adam, then one for each missing λ."""
    decays, absent = runs_and_gaps(recipe, sessions)
    if not decays:
        return absent
    lines = [_order(decays)] if len(decays) > 1 else []
    lines += [line for decay in decays for line in _heading(decay)]
    lines += [_accuracy(decay) for decay in decays]
    lines += _best(decays, recipe)
    if recipe.figure == "fig6":
        lines += [_star(decay) for decay in decays if _l2(decay) == 0]
    return [*lines, *absent]


def _order(decays: Sequence[SettingRuns]) -> ScorecardLine:
    """The line on the order of J² at the last common epoch: the smaller λ, the larger J²."""
    by_l2 = sorted(decays, key=_l2)
    values = [float(np.mean(decay.j2(decay.common))) for decay in by_l2]
    falling = all(higher > lower for higher, lower in pairwise(values))
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
    """J² at the end and its rate per epoch. For some λ the paper states a phase."""
    edge = decay.present[0].state.law.j2_edge
    label = decay.run.label
    sgd = decay.run.hyperparameters.optimizer == "sgd"
    smallest = _l2(decay) == 0
    is_ordered = _l2(decay) == ORDERED_LAMBDA if sgd else _l2(decay) >= ORDERED_LAMBDA
    published = "in chaos" if smallest else "ordered" if is_ordered else None
    within = (lambda j2: j2 > edge) if smallest else (lambda j2: j2 < edge)
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
    """The rate of J² per epoch over the last tenth of the epochs, one per seed."""
    epochs = np.arange(last_tenth(decay.end), decay.end + 1)
    return [float(np.polyfit(epochs, evidence.j2[epochs], 1)[0]) for evidence in decay.present]


def _source(run: RecipeRun) -> Source:
    """The source for J²: Fig. 6 for SGD; for Adam the text, which only says that decay orders."""
    return "figure" if run.hyperparameters.optimizer == "sgd" else "text"


def _accuracy(decay: SettingRuns) -> ScorecardLine:
    return measured(
        f"accuracy, {decay.run.label}", decay.final("test_accuracy"), decay.names,
        window=decay.final_window,
    )  # fmt: skip


def _best(decays: Sequence[SettingRuns], recipe: Recipe) -> list[ScorecardLine]:
    """The λ of the best final test accuracy and its lead, and the λ that is best by other
    measures."""
    relu = recipe.figure == "relu-adam"
    target = BEST_LAMBDA_RELU_ADAM if relu else BEST_LAMBDA
    source: Source = "script" if relu else "figure"
    what = "λ of best accuracy"
    if len(decays) < len(recipe.settings):
        reason = "needs every λ of this scale"
        return [ScorecardLine(what=what, published=target, source=source, reason=reason)]
    accuracy = means_over_seeds(decays, lambda decay: decay.final("test_accuracy"))
    best = decays[int(np.argmax(accuracy.values))]
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
        _lead(decays, accuracy),
        _favoured("  by the best epoch", decays, lambda d: d.best("test_accuracy", np.nanmax)),
        _favoured("  by final test loss", decays, lambda d: _negative(d.final("test_loss"))),
        _favoured(
            "  by best test loss", decays, lambda d: _negative(d.best("test_loss", np.nanmin))
        ),
    ]


def _lead(decays: Sequence[SettingRuns], accuracy: AdjustedMeans) -> ScorecardLine:
    """The lead of the best mean accuracy over the next, with its standard error where the seeds
    tell it."""
    first, second = np.argsort(-accuracy.values, stable=True)[:2]
    error = accuracy.error(first, second)
    scatter = "one seed: its scatter is not known" if error is None else "± standard error"
    return ScorecardLine(
        what="  its lead",
        ours=float(accuracy.values[first] - accuracy.values[second]),
        spread=error,
        seeds=min(len(decays[place].seeds) for place in (first, second)),
        window=decays[first].final_window,
        verdict="measured",
        reason=f"over {decays[second].run.label}; {scatter}",
        sessions=[*decays[first].names, *decays[second].names],
    )


def _favoured(
    what: str, decays: Sequence[SettingRuns], score: Callable[[SettingRuns], list[float]]
) -> ScorecardLine:
    """The λ whose mean `score` is the highest; the paper states nothing about it."""
    best = decays[int(np.argmax(means_over_seeds(decays, score).values))]
    window = f"0–{best.common}" if "best" in what else best.final_window
    return ScorecardLine(
        what=what, ours=_l2(best), window=window, verdict="measured", sessions=best.names
    )


def _negative(values: list[float]) -> list[float]:
    return [-value for value in values]


def _star(decay: SettingRuns) -> ScorecardLine:
    """λ* = c/(4S) with c fitted to the ordered phase of the run without decay."""
    fits = [fit for evidence in decay.present if (fit := evidence.state.law.fit()) is not None]
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
