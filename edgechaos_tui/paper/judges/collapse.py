"""The judge of Figs. 4 and 5: the collapse of several runs' curves onto one."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edgechaos_tui.paper.evidence import Evidence, FigureSessions
from edgechaos_tui.paper.recipes import Recipe
from edgechaos_tui.paper.scorecard import ScorecardLine, judged
from engine.theory.slope_law.collapse import collapse

COINCIDE: Final = 0.1
"""The largest gap between curves that coincide, as a share of their rise."""
LOSSES_COINCIDE: Final = 0.05
"""The largest gap between test losses that coincide, as a share of their mean."""
COLLAPSE: Final = 5.0
"""The least factor by which the gap between the curves of Fig. 5 is smaller over τ than over
epochs."""
FAR: Final = 2.0
"""The τ, relative to that of the edge, up to which runs must reach to be judged to fan out.

The paper's figure ends at nine times the τ of the edge; just beyond the edge the gap narrows."""
_SETTLED: Final = 5
"""The first epoch of which test losses are compared: before it, they fall too fast."""
_FEWEST: Final = {"fig4": 2, "fig5": 3}

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


def judge(recipe: Recipe, sessions: FigureSessions) -> list[ScorecardLine]:
    """The lines of Fig. 4 or 5, then a line for each missing run."""
    present = [sessions.of(run)[0] for run in recipe.runs if sessions.of(run)]
    absent = [
        ScorecardLine(what=run.label, reason=sessions.why_not(run, recipe))
        for run in (*recipe.runs, *recipe.left_out)
        if not sessions.of(run)
    ]
    fewest = _FEWEST[recipe.figure]
    if len(present) < fewest:
        reason = f"needs {fewest} of the runs, {len(present)} are there"
        return [ScorecardLine(what="J² < 1 apart", reason=reason), *absent]
    lines = _same_speed(present) if recipe.figure == "fig4" else _rescaled(present[:3])
    return [*lines, *absent]


def _same_speed(present: Sequence[Evidence]) -> list[ScorecardLine]:
    """The lines of Fig. 4: J² and the test losses over epochs, before the edge and beyond it."""
    edge = min((run.crossed or run.epochs) for run in present)
    beyond = max((run.crossed or run.epochs) for run in present)
    last = sorted(run.epochs for run in present)[-2]
    ordered = collapse([_curve(run, "epoch") for run in present], limit=1.0)
    lines = []
    if ordered is not None:
        window = _window(ordered.low, ordered.high)
        lines.append(_coinciding("J² < 1 apart over epochs", ordered.spread, window, present))
    if beyond < last:
        gap, mean = _gaps([run.j2 for run in present], beyond, last)
        apart = float(np.mean(gap) / np.ptp(mean))
        window = _window(beyond, last)
        lines.append(_coinciding("J² > 1 apart over epochs", apart, window, present))
    else:
        reason = "needs two of the runs beyond the edge"
        what = "J² > 1 apart over epochs"
        lines.append(ScorecardLine(what=what, published="coincide", source="figure", reason=reason))
    if edge > _SETTLED:
        lines.append(_losses_coinciding("test losses apart", _SETTLED, edge, present))
    if beyond < last:
        lines.append(_losses_coinciding("  beyond the edge", beyond, last, present))
    return lines


def _coinciding(
    what: str,
    apart: float,
    window: str,
    present: Sequence[Evidence],
    most: tuple[float, str] = (COINCIDE, "the rise"),
) -> ScorecardLine:
    """The line of curves that are `apart`; they may be by `most`, a share of what it names."""
    share, whole = most
    return ScorecardLine(
        what=what,
        published="coincide",
        source="figure",
        ours=apart,
        window=window,
        tolerance=f"at most {share:g} of {whole}",
        verdict=judged(apart <= share),
        sessions=[run.session.name for run in present],
    )


def _losses_coinciding(
    what: str, first: int, last: int, present: Sequence[Evidence]
) -> ScorecardLine:
    """The line of the gap between the test losses, relative to their mean, averaged over epochs."""
    gap, mean = _gaps([run.state.metric("test_loss") for run in present], first, last)
    apart, most = float(np.mean(gap / mean)), (LOSSES_COINCIDE, "their mean")
    return _coinciding(what, apart, _window(first, last), present, most)


def _gaps(
    curves: Sequence[NDArray[np.float64]], first: int, last: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The highest minus the lowest of `curves` by epoch, and their mean, at the epochs `first` to
    `last`, shape (epochs,) each: among those that reach the epoch."""
    table = np.full((len(curves), last + 1 - first), np.nan)
    for row, curve in zip(table, curves, strict=True):
        reached = curve[first : last + 1]
        row[: reached.size] = reached
    return np.nanmax(table, axis=0) - np.nanmin(table, axis=0), np.nanmean(table, axis=0)


def _rescaled(present: Sequence[Evidence]) -> list[ScorecardLine]:
    names = [run.session.name for run in present]
    over_tau = collapse([_curve(run, "tau") for run in present], limit=1.0)
    over_epochs = collapse([_curve(run, "epoch") for run in present], limit=1.0)
    if over_tau is None or over_epochs is None:
        return [ScorecardLine(what="J² < 1 apart", reason="the runs have no range in common")]
    ratio = over_epochs.spread / over_tau.spread
    beyond = _fan_out(present)
    return [
        ScorecardLine(
            what="J² < 1 apart over epochs",
            ours=over_epochs.spread,
            window=_window(over_epochs.low, over_epochs.high),
            verdict="measured",
            sessions=names,
        ),
        _coinciding(
            "J² < 1 apart over τ", over_tau.spread, _window(over_tau.low, over_tau.high), present
        ),
        ScorecardLine(
            what="times nearer over τ",
            published="collapse",
            source="text",
            ours=ratio,
            tolerance=f"at least {COLLAPSE:g} times",
            verdict=judged(ratio >= COLLAPSE),
            sessions=names,
        ),
        beyond,
    ]


def _fan_out(present: Sequence[Evidence]) -> ScorecardLine:
    """The relative gap between the curves at the end of the common range of τ, in the chaotic
    phase, compared with the gap at the τ at which the last of them reaches the edge."""
    what = "gap at the end over τ"
    curves = [_curve(run, "tau") for run in present]
    end = min(x[-1] for x, _ in curves)
    edge = max(x[int(np.argmax(y >= 1))] if (y >= 1).any() else np.inf for x, y in curves)
    if not end >= FAR * edge:
        reason = f"in common only up to τ {end:.2g}, needs {FAR:g} times the edge's"
        return ScorecardLine(what=what, published="fan out", source="figure", reason=reason)
    at_edge, at_end = (_relative_gap(curves, place) for place in (edge, end))
    return ScorecardLine(
        what=what,
        published="fan out",
        source="figure",
        ours=at_end,
        window=_window(edge, end),
        tolerance=f"above {at_edge:.2g}, its size at the edge",
        verdict=judged(at_end > at_edge),
        sessions=[run.session.name for run in present],
    )


def _relative_gap(curves: Sequence[Curve], place: float) -> float:
    values = [float(np.interp(place, x, y)) for x, y in curves]
    return (max(values) - min(values)) / float(np.mean(values))


def _curve(run: Evidence, axis: str) -> Curve:
    return run.state.metric(axis), run.j2


def _window(low: float, high: float) -> str:
    if high < 1:
        return f"τ {low:.2g}–{high:.2g}"
    return f"{low:.0f}–{high:.0f}"
