"""The guideline (paper, Eqs. 8-9): the λ that holds a run at the edge, and advice to its owner.

Weight decay takes 4λS·J² from dJ²/dτ, so J² settles at J²_∞ = c/(4λS), and J²_∞ = J²_edge gives
λ* = c/(4S·J²_edge). c is taken from the ordered phase; J² has been seen to grow faster later, so λ*
is a first estimate, and every text that names it says so.
"""

import math
from dataclasses import dataclass, field

from engine.theory.slope_law.estimate import time_to_reach
from engine.theory.slope_law.forecast import FIRST_FORECAST, Forecast
from engine.theory.slope_law.law import LawFit

# Within this factor of λ*, the estimate cannot tell λ from λ*.
_NEAR = 1.3


@dataclass(frozen=True)
class LambdaStar:
    """λ* (coefficient of ‖w‖²; PyTorch's weight_decay is twice that), relative standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class AdviceLimits:
    """The largest η and λ that a run may be given: nothing beyond them is proposed."""

    lr: float = math.inf
    l2: float = math.inf


@dataclass(frozen=True)
class Advice:
    """The advice for a run so far: one to three sentences, and the edit that they propose.

    suggestion: hyperparameters to change, by name ("l2", "lr"), rounded to two figures; empty where
    there is nothing to propose.  lambda_star: None where the law gives none.
    """

    text: str
    suggestion: dict[str, float] = field(default_factory=dict)
    lambda_star: LambdaStar | None = None


def lambda_star(c: float, error: float, samples: int, j2_edge: float = 1.0) -> LambdaStar:
    """λ* = c/(4S·J²_edge) for a c of relative standard error `error`."""
    return LambdaStar(c / (4.0 * samples * j2_edge), error)


def rate_to_reach(
    epochs: float, c: float, j2: float, j2_edge: float = 1.0, l2: float = 0.0, samples: int = 0
) -> float | None:
    """The η/((1−α)B) that takes J² from `j2` to the edge in `epochs`; None if λ never lets it."""
    time = time_to_reach(j2_edge, j2, c, 4.0 * l2 * samples)
    return time / epochs if math.isfinite(time) and epochs > 0 else None


def advice(
    law: LawFit,
    *,
    epochs: int | None = None,
    lr: float | None = None,
    limits: AdviceLimits | None = None,
) -> Advice:
    """Advice for the run in `law` as it stands; without `limits` any value may be proposed.

    epochs: when the run is to end, and lr: its η now; with both, a run that would end before the
    edge is told the η that would reach it.
    """
    limits = limits or AdviceLimits()
    forecast = law.forecast()
    if forecast.outcome == "left":
        return Advice(f"J² has left the law since epoch {forecast.left_since}: no forecast, no λ*.")
    if forecast.outcome == "none":
        return Advice(_no_number(forecast))
    if forecast.outcome == "crossed":
        return _after_crossing(law, forecast, limits)
    return _before_crossing(law, forecast, limits, epochs, lr)


def _no_number(forecast: Forecast) -> str:
    if forecast.reason.startswith("no law"):
        return (
            f"{forecast.reason[0].upper()}{forecast.reason[1:]}: the slope law and λ* are for SGD."
        )
    if forecast.fit is None or forecast.fit.last < FIRST_FORECAST:
        return f"Too early for advice: {forecast.reason}."
    return f"The law does not hold for this run ({forecast.reason}): no forecast, no λ*."


def figure(value: float, digits: int = 2) -> str:
    """A number to `digits` significant figures, exponents without padding: 4.6e-5, 0.013, 0."""
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def _before_crossing(
    law: LawFit, forecast: Forecast, limits: AdviceLimits, epochs: int | None, lr: float | None
) -> Advice:
    c, error = _estimate(forecast)
    star = lambda_star(c, error, law.samples, law.j2_edge)
    evidence = f"{_evidence(law, forecast)}: {_outlook(law, forecast)}."
    if epochs is not None and lr is not None and epochs < (forecast.low or 0):
        ahead = epochs - forecast.made_at
        rate = rate_to_reach(ahead, c, law.j2, law.j2_edge, law.l2, law.samples)
        if rate is not None and law.rate is not None:
            words, suggestion = _faster(lr * rate / law.rate, limits)
            text = f"{evidence} The run ends before that, at epoch {epochs}; {words}"
            return Advice(text, suggestion, star)
    text = f"{evidence} {_about_l2(law.l2, star, limits, 'will go')}"
    return Advice(text, _edit(law.l2, star.value, limits), star)


def _faster(proposed_lr: float, limits: AdviceLimits) -> tuple[str, dict[str, float]]:
    """The η that reaches the edge before the run ends: in words, and as an edit."""
    lr = figure(proposed_lr)
    if proposed_lr > limits.lr:
        return f"to reach the edge by then takes η ≈ {lr}, {_too_large(limits.lr)}.", {}
    words = f"η ≈ {lr} would reach the edge by then, if the law still holds at such a step."
    return words, {"lr": float(lr)}


def _after_crossing(law: LawFit, forecast: Forecast, limits: AdviceLimits) -> Advice:
    edge = forecast.crossed_at or 0
    balancing = _balance(law)
    earlier = _quoted_forecast(law, edge)
    if forecast.left_since is not None or earlier is None:
        text = f"J² crossed the edge at epoch {edge}, before the law could be fitted."
        if forecast.left_since is not None:
            text = f"J² left the law at epoch {forecast.left_since} and crossed the edge at {edge}."
        if balancing is None:
            return Advice(text)
        back = _bring_back(balancing, limits)
        return Advice(f"{text} {back}", _edit(law.l2, balancing, limits))
    star = lambda_star(*_estimate(earlier), law.samples, law.j2_edge)
    text = f"Forecast {_when(earlier)} at epoch {earlier.made_at}; crossed at {edge}."
    if balancing is not None and balancing > _NEAR * star.value:
        ordered = f"In the ordered phase λ* was ≈ {figure(star.value)}; J² now grows faster."
        text = f"{text} {ordered} {_bring_back(balancing, limits)}"
        return Advice(text, _edit(law.l2, balancing, limits), star)
    text = f"{text} {_about_l2(law.l2, star, limits, 'goes')}"
    return Advice(text, _edit(law.l2, star.value, limits), star)


def _balance(law: LawFit) -> float | None:
    """The λ at which J² of the edge would hold the growth of the last few epochs."""
    recent = law.recent_c()
    if recent is None or recent <= 0.0:
        return None
    return lambda_star(recent, 0.0, law.samples, law.j2_edge).value


def _bring_back(balancing: float, limits: AdviceLimits) -> str:
    if balancing > limits.l2:
        return (
            f"To bring it back to the edge takes λ ≈ {figure(balancing)}, {_too_large(limits.l2)}."
        )
    return f"At its present growth λ ≈ {figure(balancing)} would bring it back to the edge."


def _too_large(limit: float) -> str:
    return f"and no more than {figure(limit)} may be set"


def _estimate(forecast: Forecast) -> tuple[float, float]:
    return (forecast.c or math.nan), (forecast.c_error or math.nan)


def _quoted_forecast(law: LawFit, edge: int) -> Forecast | None:
    """The forecast to quote after the crossing: that half-way to it, or the last one before."""
    for epoch in (edge // 2, edge - 1):
        forecast = law.forecast_at(epoch)
        if forecast is not None and forecast.c is not None:
            return forecast
    return None


def _evidence(law: LawFit, forecast: Forecast) -> str:
    fit = forecast.fit
    assert fit is not None  # a forecast with a number has a fit
    start, end = law.line(fit, [fit.first, fit.last])
    per_epoch = float(end - start) / (fit.last - fit.first)
    moved = "grew" if per_epoch >= 0 else "fell"
    sentence = f"ver epochs {fit.first}–{fit.last} J² {moved} by {figure(abs(per_epoch))} an epoch"
    if not forecast.provisional:
        return f"O{sentence}"
    source = " and leaning on the paper's c" if forecast.prior_share > 0.5 else ""
    return f"Provisionally{source}, o{sentence}"


def _outlook(law: LawFit, forecast: Forecast) -> str:
    if forecast.outcome == "crosses":
        return f"the edge at about epoch {_when(forecast)}"
    sentence = "it does not reach the edge"
    if forecast.tends_to is not None:
        middle, low, high = (figure(value) for value in forecast.tends_to)
        sentence = (
            f"at λ = {figure(law.l2, 4)} it tends to {middle} ({low}–{high}), short of the edge"
        )
    if forecast.low is not None:
        sentence += f", or crosses it from epoch {forecast.low} on"
    return sentence


def _when(forecast: Forecast) -> str:
    if forecast.epoch is None:
        return "no crossing"
    late = "never" if forecast.high is None else forecast.high
    return f"{forecast.epoch} ({forecast.low}–{late})"


def _about_l2(l2: float, star: LambdaStar, limits: AdviceLimits, goes: str) -> str:
    value, current = figure(star.value), figure(l2, 4)
    if l2 * _NEAR < star.value and star.value > limits.l2:
        sentence = (
            f"With λ = {current} it {goes} on into chaos; λ* ≈ {value}, {_too_large(limits.l2)}"
        )
    elif l2 * _NEAR < star.value:
        sentence = (
            f"With λ = {current} it {goes} on into chaos; λ ≈ {value} would slow it to stay near"
        )
    elif l2 <= star.value * _NEAR:
        sentence = f"λ = {current} is near λ* ≈ {value}, which should hold it by the edge"
    else:
        sentence = f"λ = {current} is above λ* ≈ {value}, at which it would settle by the edge"
    return f"{sentence} (a first estimate: growth picks up later)."


def _edit(l2: float, proposed_l2: float, limits: AdviceLimits) -> dict[str, float]:
    if proposed_l2 / _NEAR <= l2 <= proposed_l2 * _NEAR or proposed_l2 > limits.l2:
        return {}
    return {"l2": float(figure(proposed_l2))}
