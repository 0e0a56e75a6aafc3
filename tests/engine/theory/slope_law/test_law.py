"""The slope law on recorded runs, on made-up ones with a known answer, and on broken ones."""

import math
import time
from collections.abc import Callable
from typing import Any

import pytest

from engine.theory.slope_law.law import (
    FASHION_MNIST_TANH,
    Forecast,
    LawFit,
    Prior,
)

Fitted = Callable[..., LawFit]

# Published slopes of the runs that were recorded again.
PUBLISHED = {
    "lr0.05": 0.0171,
    "lr0.1": 0.0345,
    "m0.85": 0.0231,
    "m0.9": 0.0350,
    "m0.93": 0.0523,
    "m0.95": 0.0765,
    "b8": 0.0138,
    "b4": 0.0280,
}
PRIORS = [FASHION_MNIST_TANH, None]


def fed(j2: list[float], *, samples: int = 1000, l2: float = 0.0, **options: Any) -> LawFit:
    law = LawFit(samples, **options)
    for epoch, value in enumerate(j2):
        law.add(epoch, value, lr=0.1, momentum=0.5, batch_size=20, l2=l2)
    return law


def contains(forecast: Forecast | None, epoch: int) -> bool:
    assert forecast is not None
    assert forecast.low is not None
    return forecast.low <= epoch and (forecast.high is None or epoch <= forecast.high)


# Real runs


@pytest.mark.parametrize("name", PUBLISHED)
def test_slope_over_the_whole_ordered_phase_matches_the_published_one(
    name: str, runs: Any, fitted: Fitted
) -> None:
    fit = fitted(name).fit()
    assert fit is not None
    assert (fit.first, runs.j2(name)[fit.last + 1] >= 1.0) == (0, True)
    assert fit.slope == pytest.approx(PUBLISHED[name], rel=0.04)


@pytest.mark.parametrize("prior", PRIORS)
def test_forecasts_of_the_reference_run(prior: Prior | None, fitted: Fitted) -> None:
    law = fitted("main", prior)
    crossed = law.forecast().crossed_at
    assert crossed == 53
    for epoch in (10, 20, 30):
        forecast = law.forecast_at(epoch)
        assert forecast is not None
        assert forecast.epoch is not None
        assert abs(forecast.epoch - crossed) <= 6
        assert contains(forecast, crossed)
        assert not forecast.provisional


@pytest.mark.parametrize("prior", PRIORS)
def test_intervals_made_halfway_contain_the_crossing(prior: Prior | None, fitted: Fitted) -> None:
    hits = 0
    for name in PUBLISHED:
        law = fitted(name, prior)
        crossed = law.forecast().crossed_at
        assert crossed is not None
        hits += contains(law.forecast_at(crossed // 2), crossed)
    assert hits >= 7


def test_free_fits_of_the_reference_run_are_those_of_the_paper_notes(fitted: Fitted) -> None:
    law = fitted("main")
    for last, crossing in [(3, 41), (5, 48.5), (8, 53.5), (10, 55), (15, 57), (20, 57), (30, 56)]:
        fit = law.fit(0, last)
        assert fit is not None
        assert (1 - fit.C) / fit.slope == pytest.approx(crossing, abs=0.6)
        assert law.line(fit, [(1 - fit.C) / fit.slope])[0] == pytest.approx(1.0, abs=0.01)


def test_early_on_the_prior_guides_and_later_the_run(fitted: Fitted) -> None:
    law = fitted("main", FASHION_MNIST_TANH)
    early, late = law.forecast_at(3), law.forecast_at(20)
    assert early is not None
    assert late is not None
    assert early.epoch == pytest.approx(53, abs=2)
    assert early.prior_share > 0.9
    assert late.prior_share < 0.6
    assert early.provisional
    first = [law.forecast_at(e) for e in range(3)]
    assert [forecast and forecast.outcome for forecast in first] == ["none"] * 3


def test_without_a_prior_the_early_interval_is_wide_and_narrows(fitted: Fitted) -> None:
    law = fitted("main")
    widths = []
    for epoch in (3, 8, 20, 40):
        forecast = law.forecast_at(epoch)
        assert contains(forecast, 53)
        assert forecast is not None
        assert forecast.high is not None
        assert forecast.low is not None
        widths.append(forecast.high - forecast.low)
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 40


def test_an_edit_in_mid_run_moves_the_forecast_and_not_the_fit(fitted: Fitted) -> None:
    law = fitted("edited", FASHION_MNIST_TANH)
    before, after, back = (law.forecast_at(epoch) for epoch in (8, 10, 20))
    assert before is not None
    assert after is not None
    assert back is not None
    assert before.epoch is not None
    assert after.epoch is not None
    assert after.epoch < before.epoch - 6  # from epoch 9 on the rate is a quarter higher
    assert contains(back, law.forecast().crossed_at or 0)
    fit = law.fit()
    assert fit is not None
    assert fit.c == pytest.approx(11.2, abs=0.4)
    assert fit.slope == pytest.approx(fit.c * 0.04 / (0.5 * 64))


def test_strong_weight_decay_never_reaches_the_edge(runs: Any, fitted: Fitted) -> None:
    forecast = fitted("l2_5e-4", FASHION_MNIST_TANH).forecast()
    assert (forecast.outcome, forecast.epoch, forecast.high) == ("never", None, None)
    assert forecast.tends_to is not None
    central, low, high = forecast.tends_to
    assert low < central < high < 0.3
    assert runs.j2("l2_5e-4")[-1] == pytest.approx(central, rel=0.25)


def test_a_run_near_lambda_star_leaves_the_law_and_is_told_so(fitted: Fitted) -> None:
    law = fitted("l2_5e-5", FASHION_MNIST_TANH)
    early, later, end = law.forecast_at(20), law.forecast_at(45), law.forecast()
    assert early is not None
    assert later is not None
    assert early.outcome == "never"
    assert early.tends_to is not None
    assert early.tends_to[0] == pytest.approx(0.95, abs=0.05)
    assert (later.outcome, later.epoch, later.low) == ("left", None, None)
    assert later.left_since is not None
    assert 20 < later.left_since <= 45
    assert (end.outcome, end.left_since) == ("crossed", later.left_since)


# Runs with a known answer


def test_an_exact_line_is_found_exactly() -> None:
    law = fed([0.25 + 0.02 * epoch for epoch in range(25)])
    fit = law.fit()
    assert fit is not None
    assert fit.slope == pytest.approx(0.02)
    assert fit.c == pytest.approx(0.02 / 0.01)
    assert pytest.approx(0.25) == fit.C
    assert law.forecast().epoch == 38
    assert law.rate == pytest.approx(0.01)
    assert law.tau == pytest.approx(0.24)
    assert law.recent_c() == pytest.approx(2.0)


def decayed(c: float, l2: float, samples: int, epochs: int) -> list[float]:
    kappa, settled = 4 * l2 * samples, c / (4 * l2 * samples)
    return [settled + (0.25 - settled) * math.exp(-kappa * 0.01 * e) for e in range(epochs)]


def test_with_weight_decay_c_is_found_and_the_crossing_follows_the_curve() -> None:
    j2 = decayed(c=2.0, l2=4e-4, samples=1000, epochs=100)  # tends to 1.25
    law = fed(j2[:40], l2=4e-4)
    forecast = law.forecast()
    assert forecast.fit is not None
    assert forecast.fit.c == pytest.approx(2.0)
    assert pytest.approx(0.25) == forecast.fit.C
    assert forecast.epoch == next(epoch for epoch, value in enumerate(j2) if value >= 1.0)
    assert forecast.high is None or forecast.high > forecast.epoch
    assert forecast.tends_to is not None
    assert forecast.tends_to[0] == pytest.approx(1.25)


def test_a_run_that_has_settled_keeps_its_c() -> None:
    law = fed(decayed(c=2.0, l2=5e-3, samples=1000, epochs=3000), l2=5e-3)
    forecast = law.forecast()
    assert forecast.c == pytest.approx(2.0, rel=1e-6)
    assert forecast.outcome == "never"
    assert forecast.tends_to is not None
    assert forecast.tends_to[0] == pytest.approx(0.1)


def test_a_change_of_l2_in_mid_run_is_followed() -> None:
    law, j2 = LawFit(1000), 0.25
    law.add(0, j2, lr=0.1, momentum=0.5, batch_size=20, l2=0.0)
    for epoch in range(1, 40):
        l2 = 0.0 if epoch <= 20 else 1e-3
        j2 = j2 + 0.02 if l2 == 0 else 0.5 + (j2 - 0.5) * math.exp(-4 * l2 * 1000 * 0.01)
        law.add(epoch, j2, lr=0.1, momentum=0.5, batch_size=20, l2=l2)
    before, after = law.forecast_at(20), law.forecast()
    assert before is not None
    assert before.epoch == 38
    assert after.outcome == "never"
    assert after.c == pytest.approx(2.0)
    assert after.tends_to is not None
    assert after.tends_to[0] == pytest.approx(0.5)


def test_a_prior_of_another_network_is_left_out() -> None:
    law = fed([0.25 + 0.02 * epoch for epoch in range(25)], prior=FASHION_MNIST_TANH)
    assert law.forecast().prior_share == 0.0
    assert law.forecast().c == pytest.approx(2.0)


def test_another_edge_moves_the_forecast() -> None:
    law = fed([0.25 + 0.02 * epoch for epoch in range(25)], j2_edge=2.0)
    assert law.forecast().epoch == 88


# Runs the law is not for


def test_no_law_for_adam() -> None:
    law = fed([0.25 + 0.02 * epoch for epoch in range(25)], optimizer="adam")
    assert (law.forecast().outcome, law.forecast().reason) == ("none", "no law for Adam")
    assert (law.tau, law.fit(), law.rate, law.recent_c()) == (None, None, None, None)


@pytest.mark.parametrize(
    ("j2", "reason"),
    [
        ([0.25 + 0.0008 * e * e for e in range(15)], "times faster"),
        ([0.25 + 0.12 * math.sqrt(e) for e in range(25)], "times slower"),
        ([0.25 - 0.002 * e for e in range(25)], "does not grow"),
        ([0.25 + 0.02 * e + 0.1 * math.sin(2.4 * e) for e in range(25)], "scatters"),
        ([0.25] * 25, "does not grow"),
        ([math.nan] * 25, "a fit needs"),
    ],
)
def test_where_the_law_does_not_hold_there_is_a_reason_and_no_number(
    j2: list[float], reason: str
) -> None:
    forecast = fed(j2).forecast()
    assert forecast.outcome == "none"
    assert reason in forecast.reason
    assert (forecast.epoch, forecast.low, forecast.high, forecast.c) == (None, None, None, None)


def test_a_jump_leaves_the_law_since_the_epoch_of_the_jump() -> None:
    line = [0.25 + 0.005 * epoch for epoch in range(60)]
    law = fed(line[:40] + [value + 0.2 for value in line[40:]])
    forecast = law.forecast()
    assert (forecast.outcome, forecast.left_since, forecast.epoch) == ("left", 40, None)
    law.drop_after(39)
    assert law.forecast().outcome == "crosses"


def test_a_run_that_starts_beyond_the_edge_has_crossed_at_once() -> None:
    forecast = fed([1.2, 1.3, 1.4]).forecast()
    assert (forecast.outcome, forecast.crossed_at, forecast.fit) == ("crossed", 0, None)


def test_after_the_crossing_the_fit_stays_with_the_ordered_phase() -> None:
    law = fed([0.25 + 0.05 * epoch for epoch in range(16)] + [9.0] * 20)
    fit = law.fit()
    assert fit is not None
    assert (fit.first, fit.last, fit.points) == (0, 14, 15)
    assert fit.slope == pytest.approx(0.05)
    assert law.forecast().crossed_at == 15


# Gaps, rewinds, and runs that broke


def test_missing_epochs_and_unknown_values_do_not_disturb_the_fit() -> None:
    law = LawFit(1000)
    for epoch in (0, 1, 2, 5, 6, 10, 11, 15):
        j2 = math.nan if epoch in (6, 15) else 0.25 + 0.02 * epoch
        law.add(epoch, j2, lr=0.1, momentum=0.5, batch_size=20, l2=0.0)
    forecast = law.forecast()
    assert forecast.fit is not None
    assert forecast.fit.points == 6
    assert forecast.fit.slope == pytest.approx(0.02)
    assert forecast.epoch == 38
    assert law.j2 == pytest.approx(0.47)


def test_a_rewound_run_reads_as_if_the_dropped_epochs_had_never_been(
    runs: Any, fitted: Fitted
) -> None:
    rewound, straight = fitted("main", until=30), fitted("main", until=25)
    rewound.drop_after(25)
    assert rewound.forecast() == straight.forecast()
    again = runs.values("main", 20)
    for law in (rewound, straight):
        law.add(20, 0.55, **again)  # adding an earlier epoch rewinds by itself
    assert rewound.forecast() == straight.forecast()
    assert rewound.forecast().made_at == 20
    rewound.drop_after(-1)
    assert rewound.forecast().outcome == "none"


@pytest.mark.parametrize(
    "broken",
    [
        {"lr": math.nan},
        {"momentum": 1.0},
        {"batch_size": 0},
        {"lr": math.inf},
        {"l2": math.nan},
        {"lr": 0.0},
    ],
)
def test_hyperparameters_without_a_rate_end_the_forecast(broken: dict[str, float]) -> None:
    law = fed([0.25 + 0.02 * epoch for epoch in range(10)])
    values: dict[str, Any] = {"lr": 0.1, "momentum": 0.5, "batch_size": 20, "l2": 0.0, **broken}
    law.add(10, 0.45, **values)
    assert law.forecast().outcome == "none"
    assert law.forecast().epoch is None
    for j2 in (math.inf, math.nan, -math.inf, 1e308):
        law.add(11, j2, lr=0.1, momentum=0.5, batch_size=20, l2=0.0)


def test_8001_epochs_take_little_time_and_every_forecast_is_as_it_then_was() -> None:
    j2 = [0.25 + 0.75 * epoch / 9000 for epoch in range(8001)]
    start = time.perf_counter()
    law = fed(j2)
    assert time.perf_counter() - start < 4.0
    assert law.forecast_at(500) == fed(j2[:501]).forecast()
    assert law.forecast().epoch == 9000


def test_an_interval_too_wide_for_a_number_has_no_upper_end() -> None:
    law = fed([0.25 + 1e-6 * epoch for epoch in range(6)])
    forecast = law.forecast()
    assert forecast.outcome == "crosses"
    assert forecast.low == 6
    assert forecast.high is None
