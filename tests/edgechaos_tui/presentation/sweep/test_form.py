"""The values that the form for a new sweep makes of typed text."""

import pytest

from edgechaos_tui.presentation.sweep.form import check_field, propose
from engine.storage.errors import HyperparameterError, InvalidName
from engine.storage.sweep.plan import Rule


def test_lists_ranges_and_seeds_make_every_combination() -> None:
    proposal = propose(
        {"lr": " 0.01,0.02 ", "l2": "log:1e-5:1e-3:3", "epochs": "60", "seeds": "2", "seed": "7"}
    )
    assert proposal.varied == ["lr", "l2", "seed"]
    assert len(proposal.runs) == 12
    assert {run.seed for run in proposal.runs} == {7, 8}
    assert {run.epochs for run in proposal.runs} == {60}
    words = "12 runs (lr 0.01, 0.02 × λ 1e-5, 0.0001, 0.001 × seed 7, 8), "
    assert proposal.words().startswith(words)


def test_empty_fields_follow_the_defaults_of_each_choice() -> None:
    proposal = propose({"optimizer": "sgd,adam", "momentum": "", "lr": ""})
    assert [(run.lr, run.momentum) for run in proposal.runs] == [(0.02, 0.5), (0.001, 0.0)]


def test_rules_and_the_rest() -> None:
    proposal = propose(
        {"seeds": "3", "jobs": "4", "past-edge": "0.1", "stale": "20", "name": "mine"}
    )
    assert (proposal.rule, proposal.jobs, proposal.name) == (
        Rule(past_edge=0.1, stale_epochs=20),
        4,
        "mine",
    )
    assert propose({"seeds": "3", "jobs": "auto"}).jobs == 0


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({}, "nothing varies yet"),
        ({"lr": "0.01"}, "nothing varies yet"),
        ({"lr": "0.01,x"}, "'x' is not a number"),
        ({"lr": "log:1:2"}, "is not a range"),
        ({"lr": "0.1,0.2", "seeds": "0"}, "seeds: '0' is not a whole number"),
        ({"seed": "1,2", "seeds": "3"}, "give seed one value"),
        ({"seeds": "3", "jobs": "many"}, "or auto"),
        ({"seeds": "3", "past-edge": "nan"}, "stop past edge"),
        ({"seeds": "3", "stale": "1.5"}, "stop when stale"),
        ({"seeds": "3", "name": "a/b"}, "is not a valid name"),
        ({"seeds": "3", "name": "n" * 50}, "40 characters of a tag"),
        ({"seeds": "200", "lr": "log:1e-5:1:100"}, "at most 10000 runs"),
        ({"optimizer": "sgd,adam", "momentum": "0.9"}, "Adam has its own"),
    ],
)
def test_what_is_wrong_is_one_sentence(texts: dict[str, str], words: str) -> None:
    with pytest.raises((HyperparameterError, InvalidName), match=words) as raised:
        propose(texts)
    assert "\n" not in str(raised.value)


def test_each_field_is_judged_by_itself() -> None:
    for name, text in (("lr", "1,2"), ("jobs", "auto"), ("stale", ""), ("name", "a-b")):
        check_field(name, text)
    for name, text in (("lr", "1,,2"), ("jobs", "0"), ("stale", "x"), ("name", "-")):
        with pytest.raises((HyperparameterError, InvalidName)):
            check_field(name, text)
