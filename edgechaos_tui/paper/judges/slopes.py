"""The judge of Fig. 3: slopes of J² over the whole ordered phase."""

from typing import Final

from edgechaos_tui.paper.evidence import Evidence, FigureSessions
from edgechaos_tui.paper.published_values import (
    SLOPES_BY_BATCH_SIZE,
    SLOPES_BY_LR,
    SLOPES_BY_MOMENTUM,
)
from edgechaos_tui.paper.recipes import Recipe, RecipeRun, recipe_of
from edgechaos_tui.paper.scorecard import ScorecardLine, measured
from engine.theory.slope_law.law import Fit

TOLERANCE: Final = 0.04
_PUBLISHED: Final[dict[str, dict[float, float]]] = {
    "η": SLOPES_BY_LR,
    "α": SLOPES_BY_MOMENTUM,
    "B": SLOPES_BY_BATCH_SIZE,
}


def judge(recipe: Recipe, sessions: FigureSessions) -> list[ScorecardLine]:
    """A line for each of the 30 published slopes, in the paper's order."""
    return [_line(run, recipe, sessions) for run in recipe_of("fig3", "full").runs]


def ordered_fit(evidence: Evidence) -> Fit | None:
    """The fit of the slope A over the whole ordered phase; None before the edge.

    It is a least-squares line through J² of every epoch before the first with J² ≥ 1.
    """
    return evidence.state.law.fit() if evidence.crossed is not None else None


def _line(run: RecipeRun, recipe: Recipe, sessions: FigureSessions) -> ScorecardLine:
    published, law = _published(run.label), run.slope_by_law
    fits = {
        evidence.session.name: fit
        for evidence in sessions.of(run)
        if (fit := ordered_fit(evidence)) is not None
    }
    if not fits:
        return ScorecardLine(
            what=run.label,
            published=published,
            source="script",
            law=law,
            reason=sessions.why_not(run, recipe),
        )
    first_fit = next(iter(fits.values()))
    return measured(
        run.label,
        [fit.slope for fit in fits.values()],
        list(fits),
        lambda ours: abs(ours / published - 1) <= TOLERANCE,
        published=published,
        source="script",
        law=law,
        window=f"{first_fit.first}–{first_fit.last}",
        tolerance="within 4 %",
    )


def _published(label: str) -> float:
    symbol, value = label.split(" = ")
    return _PUBLISHED[symbol][float(value)]
