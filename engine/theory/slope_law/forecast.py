"""The forecast of the slope law at one epoch of a run. `law` describes the method."""

import math
from dataclasses import dataclass
from typing import Literal

from engine.theory.slope_law.estimate import Prior, SlopeEstimate, estimate, time_to_reach
from engine.theory.slope_law.rows import Fit, LawRow, Rows

FIRST_FORECAST = 3
PROVISIONAL_EPOCHS = 8
PROVISIONAL_PROGRESS = 0.15

_MAX_BEND = math.log(1.65)
_MAX_SCATTER = 0.1

Outcome = Literal["crosses", "never", "crossed", "left", "none"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of the law at epoch `made_at`. Epochs are whole: the first with J² ≥ J²_edge.

    outcome: "crosses" at `epoch`, between `low` and `high` (high None: or never); "never": J²
    tends to less than the edge (`low` is the earliest crossing the interval still allows, None if
    none); "crossed": at `crossed_at`, after leaving the law at `left_since` if that is not None;
    "left": the law, at `left_since`; "none": `reason` says why.
    c, c_error: the estimate used and its relative standard error.  prior_share: 0..1, the prior's
    weight in it.  tends_to: J²_∞ = c/(4λS) where λ > 0, as (estimate, low, high).
    fit: the fit behind it, None where there are too few points.
    """

    made_at: int
    outcome: Outcome
    reason: str = ""
    epoch: int | None = None
    low: int | None = None
    high: int | None = None
    tends_to: tuple[float, float, float] | None = None
    provisional: bool = False
    c: float | None = None
    c_error: float | None = None
    prior_share: float = 0.0
    fit: Fit | None = None
    crossed_at: int | None = None
    left_since: int | None = None


def forecast_at_row(rows: Rows, at: int, prior: Prior | None) -> Forecast:
    """The forecast as of the row `at`, where the run had neither crossed nor left the law."""
    row = rows.row(at)
    made_at = row.epoch
    fit, last_row = rows.fit(0, None, at), rows.last_known(at)
    reason = _no_forecast(row, fit)
    if reason or fit is None or last_row is None:
        return Forecast(made_at, "none", reason, fit=fit)
    provisional = (
        made_at < PROVISIONAL_EPOCHS or fit.progress < PROVISIONAL_PROGRESS or fit.bend is None
    )
    if not provisional and (reason := _broken_law(rows, row, fit)):
        return Forecast(made_at, "none", reason, fit=fit)
    return _forecast(rows, row, last_row, fit, estimate(fit.c, fit.error, prior), provisional)


def _broken_law(rows: Rows, row: LawRow, fit: Fit) -> str:
    """Why the law does not hold over the window of `fit`, in a few words; empty if it holds."""
    if fit.bend is None or math.isnan(fit.bend):
        return "J² does not grow steadily"
    if abs(fit.bend) > _MAX_BEND:
        times = f"{math.exp(abs(fit.bend)):.1f} times {'faster' if fit.bend > 0 else 'slower'}"
        return f"J² grew {times} in the later half of epochs {fit.first}–{fit.last}"
    ends = rows.values(fit, [fit.first, fit.last])
    if fit.residual > _MAX_SCATTER * abs(ends[1] - ends[0]) and not row.kappa:
        return "J² scatters too much about a straight line"
    return ""


def _no_forecast(row: LawRow, fit: Fit | None) -> str:
    if row.rate is None or not math.isfinite(row.basis.g):
        return "the hyperparameters give no rescaled time"
    if fit is None or fit.last < FIRST_FORECAST:
        return f"a fit needs the epochs up to {FIRST_FORECAST}"
    if fit.c <= 0.0:
        return "J² does not grow"
    return ""


def _forecast(
    rows: Rows, row: LawRow, last_row: LawRow, fit: Fit, guess: SlopeEstimate, provisional: bool
) -> Forecast:
    epochs = [_crossing(rows, last_row, row, c) for c in (guess.c, guess.low, guess.high)]
    central, slow, fast = epochs
    tends_to = None
    if row.kappa > 0.0:
        tends_to = (guess.c / row.kappa, guess.low / row.kappa, guess.high / row.kappa)
    return Forecast(
        made_at=row.epoch,
        outcome="never" if central is None else "crosses",
        epoch=None if central is None else math.ceil(central),
        low=None if fast is None else max(math.floor(fast), row.epoch + 1),
        high=None if slow is None else math.ceil(slow),
        tends_to=tends_to,
        provisional=provisional,
        c=guess.c,
        c_error=guess.error,
        prior_share=guess.prior_share,
        fit=fit,
    )


def _crossing(rows: Rows, last_row: LawRow, row: LawRow, c: float) -> float | None:
    """The moment of the crossing in epochs, from the last known J² on; None for never."""
    time = time_to_reach(rows.j2_edge, last_row.j2, c, row.kappa)
    epochs = time / row.rate if row.rate else math.inf
    return last_row.epoch + epochs if epochs < 1e12 else None
