"""The slope law of one run as a record: its fit, its forecast and its advice."""

from typing import Any

from edgechaos_tui.presentation.run.law import advice_for
from edgechaos_tui.presentation.run.state import RunState


def law_record(state: RunState) -> dict[str, Any]:
    """The fit, the forecast and the advice for a run, for `--json`; None for what there is not."""
    chosen, forecast = state.summary.hyperparameters, state.law.forecast()
    advice = advice_for(state.law, chosen)
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
        "advice": advice.text,
    }
