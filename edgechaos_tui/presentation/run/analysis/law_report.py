"""The report of the slope law on one run: its fit, its forecast and its advice."""

from typing import Any, Final

import numpy as np

from edgechaos_tui.presentation.run.analysis import depth
from edgechaos_tui.presentation.run.analysis.holding import held_advice, holding_lambda
from edgechaos_tui.presentation.run.analysis.twin import training_exponent
from edgechaos_tui.presentation.run.law import advice_for
from edgechaos_tui.presentation.run.state import RunState
from engine.storage.session.recorded import RecordedHyperparameters
from engine.theory.slope_law.guideline import Advice

_NO_LAW_WITH_DEPTH: Final = (
    "The slope law is of one hidden layer: nothing is advised for a network with depth. c is each "
    "layer's own slope of J² in the law's units, A(1−α)B/η."
)


def run_advice(state: RunState) -> Advice:
    """The law's advice for a run as it stands, or the reason why there is none."""
    hyperparameters = state.summary.hyperparameters
    if isinstance(hyperparameters, RecordedHyperparameters):
        if not np.isfinite(state.metric("j")).any():
            return Advice("No J was logged: the slope law and λ* need it (log j=…, j0=…).")
        if state.summary.unit == "step":
            return Advice("No slope law and no λ*: they count epochs, and this run counts steps.")
    deep = depth.has_depth(state)
    advice = Advice(_NO_LAW_WITH_DEPTH) if deep else advice_for(state.law, hyperparameters)
    return held_advice(state, advice)


def law_record(state: RunState) -> dict[str, Any]:
    """The fit, the forecast and the advice for a run, for `--json`; None for what is missing."""
    forecast, advice, holding = state.law.forecast(), run_advice(state), holding_lambda(state)
    exponent = training_exponent(state)
    fit, star = forecast.fit, advice.lambda_star
    return {
        "slope": fit.slope if fit else None,
        "slope_epochs": [fit.first, fit.last] if fit else None,
        "c": fit.c if fit else None,
        "c_relative_error": fit.error if fit and fit.error < float("inf") else None,
        "forecast": forecast.outcome,
        "forecast_epoch": forecast.epoch,
        "forecast_interval": [forecast.low, forecast.high] if forecast.epoch is not None else None,
        "provisional": forecast.provisional,
        "crossed_at": forecast.crossed_at,
        "left_law_since": forecast.left_since,
        "lambda_star": star.value if star else None,
        "lambda_star_relative_error": star.error if star else None,
        "held_j2": holding.target if holding else None,
        "holding_lambda": holding.l2 if holding else None,
        "holding_lambda_epochs": [holding.first, holding.last] if holding else None,
        "holding_c": holding.c if holding else None,
        "lambda_train": exponent.value if exponent else None,
        "lambda_train_error": exponent.error if exponent else None,
        "lambda_train_epochs": [exponent.first, exponent.last] if exponent else None,
        "advice": advice.text,
        "layers": [
            {"name": slope.layer, "slope": slope.slope, "c": slope.c}
            for slope in depth.layer_slopes(state)
        ],
    }
