"""Fig. 3: the slope of J² over the whole ordered phase, against the published ones."""

from typing import Final

from edgechaos_tui.paper.evidence import Evidence, FigureSessions
from edgechaos_tui.paper.published_values import (
    SLOPES_BY_BATCH_SIZE,
    SLOPES_BY_LR,
    SLOPES_BY_MOMENTUM,
)
from edgechaos_tui.paper.recipes import Recipe, RecipeRun, recipe
from edgechaos_tui.paper.scorecard import ScorecardLine, measured

TOLERANCE: Final = 0.04
_PUBLISHED: Final[dict[str, dict[float, float]]] = {
    "η": SLOPES_BY_LR,
    "α": SLOPES_BY_MOMENTUM,
    "B": SLOPES_BY_BATCH_SIZE,
}


def judge(asked: Recipe, found: FigureSessions) -> list[ScorecardLine]:
    """A line for each of the 30 published slopes, in the paper's order."""
    return [_line(run, asked, found) for run in recipe("fig3", "full").runs]


def slope(evidence: Evidence) -> tuple[float, int, int] | None:
    """A over the whole ordered phase, with its first and last epoch; None before the edge.

    A least-squares line through J² of every epoch before the first with J² ≥ 1.
    """
    fit = evidence.state.law.fit() if evidence.crossed is not None else None
    return None if fit is None else (fit.slope, fit.first, fit.last)


def _line(run: RecipeRun, asked: Recipe, found: FigureSessions) -> ScorecardLine:
    published, law = _published(run.label), run.slope_by_law
    slopes = [(one, taken) for one in found.of(run) if (taken := slope(one)) is not None]
    if not slopes:
        return ScorecardLine(
            what=run.label,
            published=published,
            source="script",
            law=law,
            reason=found.why_not(run, asked),
        )
    return measured(
        run.label,
        [taken[0] for _, taken in slopes],
        [one.session.name for one, _ in slopes],
        lambda ours: abs(ours / published - 1) <= TOLERANCE,
        published=published,
        source="script",
        law=law,
        window=f"{slopes[0][1][1]}–{slopes[0][1][2]}",
        tolerance="within 4 %",
    )


def _published(label: str) -> float:
    symbol, value = label.split(" = ")
    return _PUBLISHED[symbol][float(value)]
