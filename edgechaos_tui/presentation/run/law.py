"""The scaling law as it applies to a run: its parameters, and its forecast in words."""

import math

import msgspec

from edgechaos_tui.presentation.text import clean, number
from engine.storage.hyperparameters import PARAMETERS, Hyperparameters
from engine.storage.session.recorded import RecordedHyperparameters
from engine.storage.setting import setting_of
from engine.storage.step_size import training_images
from engine.theory.slope_law.guideline import Advice, AdviceLimits, advice, figure
from engine.theory.slope_law.law import FASHION_MNIST_TANH, Fit, Forecast, LawFit

# J² at the edge for J₀ = 0, from mean-field theory (docs/paper.md).
_J2_EDGE = {"tanh": 1.0, "relu": 2.0}
_PAPER = Hyperparameters()
# The hyperparameters that may differ in a run to which the paper's c applies.
_FREE = {
    name: getattr(_PAPER, name)
    for name in (
        "lr",
        "momentum",
        "batch_size",
        "l2",
        "hold_j2",
        "optimizer",
        "j",
        "j0",
        "test_size",
    )
}
_LIMITS = AdviceLimits(
    lr=PARAMETERS["lr"].highest or math.inf, l2=PARAMETERS["l2"].highest or math.inf
)


def advice_for(law: LawFit, hyperparameters: Hyperparameters) -> Advice:
    """The advice of `law` for a run with `hyperparameters`, within their bounds."""
    lacking = law_lacks(hyperparameters)
    if lacking:
        return Advice(f"{lacking[0].upper()}{lacking[1:]}.")
    return advice(law, epochs=hyperparameters.epochs, lr=hyperparameters.lr, limits=_LIMITS)


def law_of(hyperparameters: Hyperparameters) -> LawFit:
    """The law for such a run; its prior is the paper's c where that applies."""
    recorded = isinstance(hyperparameters, RecordedHyperparameters)
    as_in_the_paper = not recorded and (
        setting_of(msgspec.structs.replace(hyperparameters, **_FREE)) == setting_of(_PAPER)
    )
    return LawFit(
        max(training_images(hyperparameters), 1),
        j2_edge=_J2_EDGE.get(hyperparameters.activation, 1.0),
        prior=FASHION_MNIST_TANH if as_in_the_paper else None,
        optimizer=hyperparameters.optimizer.lower() or "sgd",
    )


def law_lacks(hyperparameters: Hyperparameters) -> str:
    """The reason why the law does not apply to a recorded run, in words; "" when it applies."""
    if not isinstance(hyperparameters, RecordedHyperparameters) or hyperparameters.obeys_law:
        return ""
    lacking = hyperparameters.lacks_for_law
    if not lacking or hyperparameters.optimizer.lower() not in ("", "sgd"):
        return f"no law for {clean(hyperparameters.optimizer)}: the slope law and λ* are for SGD"
    verb = "is" if len(lacking) == 1 else "are"
    return f"no slope law and no λ*: {', '.join(lacking)} {verb} not in the run's config"


def stride(epoch: int) -> int:
    """The spacing of the epochs that the law is fitted to, around `epoch`.

    It takes every one of the first 4,000, then every tenth, from 40,000 on every hundredth, each
    with the weight of all that it represents. No window that matters has fewer than hundreds of
    points, and a million epochs are fitted in a second instead of a minute.
    """
    return 1 if epoch <= 4_000 else 10 if epoch <= 40_000 else 100


def slope_words(fit: Fit) -> str:
    """`A .0137 (epochs 2–37)`: the slope of J² per epoch, with its window."""
    return f"A {figure(fit.slope, 3).replace('0.', '.', 1)} (epochs {fit.first}–{fit.last})"


def interval_words(forecast: Forecast) -> str:
    """`56 (50–62)`; `56 (50 or later)` when the slow end of the interval never reaches the edge."""
    late = (
        f"{forecast.low}–{forecast.high}"
        if forecast.high is not None
        else f"{forecast.low} or later"
    )
    return f"{forecast.epoch} ({late})"


def expectation(forecast: Forecast, j2_edge: float) -> str:
    """The law's forecast for a run that has not crossed, in words; "" when there is none."""
    if forecast.outcome == "crosses":
        doubt = ", provisional" if forecast.provisional else ""
        return f"edge expected at epoch {interval_words(forecast)}{doubt}"
    if forecast.outcome == "never":
        if forecast.tends_to is None:
            return "it does not reach the edge"
        limit, low, high = (figure(value) for value in forecast.tends_to)
        return f"at this λ J² tends to {limit} ({low}–{high}), the edge is at {number(j2_edge)}"
    if forecast.outcome == "left":
        return f"has left the law since epoch {forecast.left_since}: no forecast"
    if forecast.outcome == "none" and forecast.fit is not None:
        return f"no forecast: {forecast.reason}"
    return ""


def crossing(law: LawFit, crossed: int) -> str:
    """`forecast 56 (50–62) at epoch 26; reached the edge at epoch 53`."""
    half_way = law.forecast_at(crossed // 2)
    reached = f"reached the edge at epoch {crossed}"
    if half_way is None or half_way.epoch is None:
        return reached
    return f"forecast {interval_words(half_way)} at epoch {half_way.made_at}; {reached}"
