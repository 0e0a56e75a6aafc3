"""The judge of Fig. 2: one run from order into chaos, which generalises best near the edge."""

from collections.abc import Sequence
from typing import Any

from edgechaos_tui.paper.evidence import Evidence, FigureSessions
from edgechaos_tui.paper.judges.slopes import ordered_fit
from edgechaos_tui.paper.published_values import TEST_ACCURACY
from edgechaos_tui.paper.recipes import J2_START, Recipe, RecipeRun
from edgechaos_tui.paper.scorecard import ScorecardLine, measured
from engine.theory.phase import CHAOTIC_ABOVE, ORDERED_BELOW


def judge(recipe: Recipe, sessions: FigureSessions) -> list[ScorecardLine]:
    """The lines of Fig. 2."""
    run = recipe.runs[0]
    present = sessions.of(run)
    if not present:
        return [ScorecardLine(what="loss, accuracy and J²", reason=sessions.why_not(run, recipe))]
    if any(evidence.crossed is None for evidence in present):
        reason = f"it does not reach the edge within {present[0].epochs:,} epochs"
        return [ScorecardLine(what="loss, accuracy and J²", reason=reason)]
    return [*_ordered(run, present), *_best(present), *_end(present)]


def _ordered(run: RecipeRun, present: Sequence[Evidence]) -> list[ScorecardLine]:
    """The lines on the ordered phase: the slope of J², and the epoch of the edge."""
    fits = [fit for evidence in present if (fit := ordered_fit(evidence)) is not None]
    if not fits:
        return [ScorecardLine(what="slope A of J²", reason="too few epochs in the ordered phase")]
    crossed = [float(evidence.crossed or 0) for evidence in present]
    names, law = _names(present), run.slope_by_law
    window = f"{fits[0].first}–{fits[0].last}"
    return [
        measured(
            "slope A of J²", [fit.slope for fit in fits], names, law=law, window=window,
        ),
        measured(
            "epoch of J² = 1", crossed, names, law=(1 - J2_START) / law
        ),
    ]  # fmt: skip


def _best(present: Sequence[Evidence]) -> list[ScorecardLine]:
    """The lines on the epoch of the best test loss."""
    rows = [evidence.state.best_index or 0 for evidence in present]

    def at_best(metric: str) -> list[float]:
        return [
            float(evidence.state.metric(metric)[row])
            for evidence, row in zip(present, rows, strict=True)
        ]

    names = _names(present)
    fields: dict[str, Any] = {"window": f"{min(at_best('epoch')):.0f}"}
    if len(set(rows)) > 1:
        fields["window"] += f"–{max(at_best('epoch')):.0f}"
    low, high = TEST_ACCURACY
    return [
        measured("best test loss", at_best("test_loss"), names, **fields),
        measured(
            "d there", at_best("edge_distance"), names,
            lambda d: ORDERED_BELOW <= d <= CHAOTIC_ABOVE,
            published="at the edge", source="text",
            tolerance=f"|d| at most {CHAOTIC_ABOVE:g}", **fields,
        ),
        measured(
            "test accuracy there", at_best("test_accuracy"), names, lambda a: low <= a <= high,
            published=f"{low:.2f}–{high:.2f}", source="figure",
            tolerance=f"from {low:.2f} to {high:.2f}", **fields,
        ),
    ]  # fmt: skip


def _end(present: Sequence[Evidence]) -> list[ScorecardLine]:
    """The lines on the end, deep in chaos: the test loss has risen again, and J² still grows."""
    names = _names(present)
    rise = [
        float(
            evidence.state.metric("test_loss")[-1]
            / evidence.state.metric("test_loss")[evidence.state.best_index]
        )
        for evidence in present
    ]
    fields: dict[str, Any] = {"window": f"{min(evidence.epochs for evidence in present)}"}
    return [
        measured(
            "J² at the end", [float(e.j2[-1]) for e in present], names, lambda j2: j2 > 1,
            published="in chaos", source="figure", tolerance="above 1", **fields,
        ),
        measured(
            "test loss, end : best", rise, names, lambda ratio: ratio > 1,
            published="overfits", source="text", tolerance="above 1", **fields,
        ),
    ]  # fmt: skip


def _names(present: Sequence[Evidence]) -> list[str]:
    return [evidence.session.name for evidence in present]
