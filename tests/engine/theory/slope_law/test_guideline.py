"""The advice: that it names its evidence, and gives no number where the law gives none."""

import math
import re
from collections.abc import Callable

import pytest

from engine.theory.slope_law.guideline import (
    AdviceLimits,
    advice,
    figure,
    lambda_star,
    rate_to_reach,
)
from engine.theory.slope_law.law import FASHION_MNIST_TANH, LawFit

Fitted = Callable[..., LawFit]


def made_up(j2: list[float], *, l2: float = 0.0, optimizer: str = "sgd") -> LawFit:
    law = LawFit(60_000, optimizer=optimizer)
    for epoch, value in enumerate(j2):
        law.add(epoch, value, lr=0.02, momentum=0.5, batch_size=32, l2=l2)
    return law


def test_lambda_star_is_the_papers() -> None:
    star = lambda_star(11.0, 0.06, 60_000)
    assert star.value == pytest.approx(4.6e-5, rel=0.01)
    assert star.error == 0.06
    assert lambda_star(11.0, 0.06, 60_000, j2_edge=2.0).value == pytest.approx(2.3e-5, rel=0.01)


def test_rate_to_reach_the_edge_in_so_many_epochs() -> None:
    rate = rate_to_reach(50, 11.0, 0.25)
    assert rate == pytest.approx(0.75 / 11.0 / 50)
    slower = rate_to_reach(50, 11.0, 0.25, l2=2e-5, samples=60_000)
    assert slower is not None
    assert rate is not None
    assert slower > rate
    # Followed step by step, J² is at the edge after 50 epochs.
    j2, kappa = 0.25, 4 * 2e-5 * 60_000
    for _ in range(50_000):
        j2 += slower / 1000 * (11.0 - kappa * j2)
    assert j2 == pytest.approx(1.0, abs=1e-3)
    assert rate_to_reach(50, 11.0, 0.25, l2=5e-4, samples=60_000) is None


def test_the_advice_in_order_names_evidence_interval_and_lambda_star(fitted: Fitted) -> None:
    advised = advice(fitted("main", FASHION_MNIST_TANH, until=20))
    assert advised.text == (
        "Over epochs 0–20 J² grew by 0.013 an epoch: the edge at about epoch 56 (49–63). "
        "With λ = 0 it will go on into chaos; λ ≈ 4.4e-5 would slow it to stay near "
        "(a first estimate: growth picks up later)."
    )
    assert advised.suggestion == {"l2": 4.4e-5}
    assert advised.lambda_star is not None
    assert advised.lambda_star.value == pytest.approx(4.6e-5, rel=0.1)
    assert 0.05 < advised.lambda_star.error < 0.2


def test_early_advice_says_that_it_is_provisional_and_where_it_comes_from(fitted: Fitted) -> None:
    advised = advice(fitted("main", FASHION_MNIST_TANH, until=4))
    assert advised.text.startswith("Provisionally and leaning on the paper's c, over epochs 0–4")
    alone = advice(fitted("main", until=4))
    assert alone.text.startswith("Provisionally, over epochs 0–4")


def test_a_run_that_ends_too_early_is_told_a_faster_step(fitted: Fitted) -> None:
    law = fitted("main", FASHION_MNIST_TANH, until=10)
    advised = advice(law, epochs=30, lr=0.02)
    assert "ends before that, at epoch 30" in advised.text
    assert advised.suggestion == {"lr": pytest.approx(0.044, abs=0.004)}
    assert advice(law, epochs=100, lr=0.02).suggestion == {"l2": 4.6e-5}


def test_after_the_crossing_the_forecast_is_held_against_what_happened(fitted: Fitted) -> None:
    advised = advice(fitted("main", FASHION_MNIST_TANH))
    assert advised.text.startswith(
        "Forecast 56 (50–62) at epoch 26; crossed at 53. With λ = 0 it goes"
    )


def test_strong_decay_is_told_where_it_tends_to(fitted: Fitted) -> None:
    advised = advice(fitted("l2_5e-4", FASHION_MNIST_TANH))
    assert "J² fell by" in advised.text
    assert "at λ = 0.0005 it tends to 0.1" in advised.text
    assert "is above λ*" in advised.text
    assert advised.suggestion["l2"] < 1e-4


def test_decay_near_lambda_star_proposes_nothing(fitted: Fitted) -> None:
    advised = advice(fitted("l2_5e-5", FASHION_MNIST_TANH, until=20))
    assert "near λ* ≈ 4.8e-5" in advised.text
    assert "a first estimate" in advised.text
    assert advised.suggestion == {}


def test_a_run_that_left_the_law_gets_no_forecast_and_no_lambda_star(fitted: Fitted) -> None:
    advised = advice(fitted("l2_5e-5", FASHION_MNIST_TANH, until=45))
    assert re.fullmatch(r"J² has left the law since epoch \d+: no forecast, no λ\*\.", advised.text)
    assert (advised.suggestion, advised.lambda_star) == ({}, None)
    crossed = advice(fitted("l2_5e-5", FASHION_MNIST_TANH))
    assert "left the law at epoch" in crossed.text
    assert crossed.lambda_star is None
    assert crossed.suggestion.keys() == {"l2"}


def test_growth_that_has_picked_up_since_the_crossing_is_said() -> None:
    line = [0.25 + 0.014 * epoch for epoch in range(55)]
    advised = advice(made_up(line + [line[-1] + 0.03 * k for k in range(1, 10)]))
    assert "J² now grows faster" in advised.text
    assert advised.lambda_star is not None
    balancing = advised.lambda_star.value * 30 / 14
    assert advised.suggestion == {"l2": pytest.approx(balancing, rel=0.1)}


def test_adam_gets_no_number() -> None:
    advised = advice(made_up([0.25 + 0.01 * epoch for epoch in range(30)], optimizer="adam"))
    assert advised.text == "No law for Adam: the slope law and λ* are for SGD."
    assert (advised.suggestion, advised.lambda_star) == ({}, None)


def test_where_the_law_does_not_hold_the_advice_says_so_and_proposes_nothing() -> None:
    advised = advice(made_up([0.25 - 0.001 * epoch for epoch in range(30)]))
    assert advised.text == (
        "The law does not hold for this run (J² does not grow): no forecast, no λ*."
    )
    assert (advised.suggestion, advised.lambda_star) == ({}, None)


@pytest.mark.parametrize("j2", [[], [0.25], [0.25, 0.26, 0.27], [math.nan] * 9])
def test_before_the_third_epoch_it_is_too_early(j2: list[float]) -> None:
    advised = advice(made_up(j2))
    assert advised.text.startswith("Too early for advice")
    assert advised.suggestion == {}


def test_a_run_that_starts_in_chaos_is_not_given_a_law() -> None:
    advised = advice(made_up([1.5, 1.5]))
    assert advised.text.startswith(
        "J² crossed the edge at epoch 0, before the law could be fitted."
    )
    assert advised.lambda_star is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(4.6321e-5, "4.6e-5"), (0.0134, "0.013"), (0.0, "0"), (1.5e-4, "0.00015"), (1e-5, "1e-5")],
)
def test_figures_have_two_digits_and_no_padded_exponent(value: float, text: str) -> None:
    assert figure(value) == text


def test_nothing_is_proposed_beyond_what_may_be_set() -> None:
    limits = AdviceLimits(lr=0.03, l2=1e-5)
    line = [0.25 + 0.014 * epoch for epoch in range(20)]
    ordered = advice(made_up(line), limits=limits)
    assert "no more than 1e-5 may be set" in ordered.text
    hurried = advice(made_up(line[:12]), epochs=20, lr=0.02, limits=limits)
    assert "no more than 0.03 may be set" in hurried.text
    crossed = advice(made_up([0.25 + 0.014 * epoch for epoch in range(60)]), limits=limits)
    grown = line + [line[-1] + 0.2 * k for k in range(1, 10)]
    faster = advice(made_up([*grown]), limits=limits)
    assert [a.suggestion for a in (ordered, hurried, crossed, faster)] == [{}] * 4
    assert "would" not in faster.text


def test_a_batch_larger_than_the_data_is_all_the_data() -> None:
    laws = []
    for batch_size in (500, 60_000):
        law = LawFit(500)
        for epoch in range(20):
            law.add(epoch, 0.25 + 0.01 * epoch, lr=1, momentum=0.5, batch_size=batch_size, l2=0)
        law.pass_over(30, lr=1, momentum=0.5, batch_size=batch_size, l2=0)
        laws.append(law)
    assert laws[0].tau == laws[1].tau
    assert advice(laws[0]) == advice(laws[1])
