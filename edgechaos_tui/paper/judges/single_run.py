"""Fig. 2: one run from order into chaos, which generalises best about where it meets the edge."""

from collections.abc import Sequence
from typing import Any

from edgechaos_tui.paper.evidence import Evidence, FigureSessions
from edgechaos_tui.paper.judges.slopes import slope
from edgechaos_tui.paper.published_values import TEST_ACCURACY
from edgechaos_tui.paper.recipes import J2_START, Recipe, RecipeRun
from edgechaos_tui.paper.scorecard import ScorecardLine, measured
from engine.theory.phase import CHAOTIC_ABOVE, ORDERED_BELOW


def judge(asked: Recipe, found: FigureSessions) -> list[ScorecardLine]:
    """The lines of Fig. 2."""
    run = asked.runs[0]
    present = found.of(run)
    if not present:
        return [ScorecardLine(what="loss, accuracy and J²", reason=found.why_not(run, asked))]
    if any(one.crossed is None for one in present):
        reason = f"it does not reach the edge within {present[0].epochs:,} epochs"
        return [ScorecardLine(what="loss, accuracy and J²", reason=reason)]
    return [*_ordered(run, present), *_best(present), *_end(present)]


def _ordered(run: RecipeRun, present: Sequence[Evidence]) -> list[ScorecardLine]:
    """The walk to the edge."""
    slopes = [taken for one in present if (taken := slope(one)) is not None]
    if not slopes:
        return [ScorecardLine(what="slope A of J²", reason="too few epochs in the ordered phase")]
    crossed = [float(one.crossed or 0) for one in present]
    names, law = _names(present), run.slope_by_law
    window = f"{slopes[0][1]}–{slopes[0][2]}"
    return [
        measured(
            "slope A of J²", [taken[0] for taken in slopes], names, law=law, window=window,
        ),
        measured(
            "epoch of J² = 1", crossed, names, law=(1 - J2_START) / law
        ),
    ]  # fmt: skip


def _best(present: Sequence[Evidence]) -> list[ScorecardLine]:
    """Where the test loss is best, and the test accuracy there."""
    rows = [one.state.best_index or 0 for one in present]

    def there(metric: str) -> list[float]:
        return [float(o.state.metric(metric)[r]) for o, r in zip(present, rows, strict=True)]

    names = _names(present)
    about: dict[str, Any] = {"window": f"{min(there('epoch')):.0f}"}
    if len(set(rows)) > 1:
        about["window"] += f"–{max(there('epoch')):.0f}"
    low, high = TEST_ACCURACY
    return [
        measured("best test loss", there("test_loss"), names, **about),
        measured(
            "d there", there("edge_distance"), names,
            lambda d: ORDERED_BELOW <= d <= CHAOTIC_ABOVE,
            published="at the edge", source="text",
            tolerance=f"|d| at most {CHAOTIC_ABOVE:g}", **about,
        ),
        measured(
            "test accuracy there", there("test_accuracy"), names, lambda a: low <= a <= high,
            published=f"{low:.2f}–{high:.2f}", source="figure",
            tolerance=f"from {low:.2f} to {high:.2f}", **about,
        ),
    ]  # fmt: skip


def _end(present: Sequence[Evidence]) -> list[ScorecardLine]:
    """Deep in chaos: the test loss has risen again, and J² goes on."""
    names = _names(present)
    rise = [
        float(
            one.state.metric("test_loss")[-1] / one.state.metric("test_loss")[one.state.best_index]
        )
        for one in present
    ]
    about: dict[str, Any] = {"window": f"{min(one.epochs for one in present)}"}
    return [
        measured(
            "J² at the end", [float(one.j2[-1]) for one in present], names, lambda j2: j2 > 1,
            published="in chaos", source="figure", tolerance="above 1", **about,
        ),
        measured(
            "test loss, end : best", rise, names, lambda ratio: ratio > 1,
            published="overfits", source="text", tolerance="above 1", **about,
        ),
    ]  # fmt: skip


def _names(present: Sequence[Evidence]) -> list[str]:
    return [one.session.name for one in present]
