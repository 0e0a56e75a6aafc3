"""The effect of an edit in numbers, and chance beside it."""

from dataclasses import replace
from typing import Any

import pytest

from edgechaos_tui.presentation.compare.comparison import Member
from edgechaos_tui.presentation.compare.effect import edit_effects, effect_words
from edgechaos_tui.presentation.run.state import RunState
from engine.storage.hyperparameters import build
from engine.storage.session.events import Changed
from engine.storage.session.info import Parent, UndoneEdit
from tests.support.event_samples import epoch_event


def _member(name: str, first: int, last: int, loss: float, **about: Any) -> Member:
    """A run whose loss is 0.5 up to epoch 9, and `loss` from epoch 10 on."""
    state = RunState(build({}))
    for k in range(first, last + 1):
        if k == 10 and name in ("run", "twin"):
            edit = Changed(
                t=1e3 + k, elapsed=k, epoch=10, values={"lr": 0.04}, previous={"lr": 0.02}
            )
            state.apply(edit)
        value = loss if k >= 10 else 0.5
        state.apply(epoch_event(k, test_loss=value, edge_distance=(k - 30) / 100 * loss - 0.01))
    return Member(name, build({}), state, name, **about)


def _without(last: int = 40) -> Member:
    undoes = UndoneEdit(session="run", epoch=10)
    return _member(
        "without", 0, last, 0.4, parent=Parent(id="run", name="run", epoch=9, undoes=undoes)
    )


def _twin(last: int = 40) -> Member:
    parent = Parent(id="run", name="run", epoch=9, epsilon=1e-6)
    return _member("twin", 0, last, 0.302, parent=parent)


def test_the_difference_is_the_run_s_minus_that_without_and_chance_the_twin_s() -> None:
    run = _member("run", 0, 40, 0.3)
    (effect,) = edit_effects([_without(), run, _twin()])
    assert (effect.run, effect.without, effect.twin) == (1, 0, 2)
    assert (effect.epoch, effect.words, effect.first, effect.last) == (10, "lr 0.02 → 0.04", 31, 40)
    loss = effect.differences[0]
    assert loss.metric == "test_loss"
    assert [loss.value, loss.chance] == pytest.approx([-0.1, 0.002])
    assert (effect.crossed, effect.crossed_without) == (34, 33)
    (words,) = effect_words([_without(), run, _twin()])
    assert words.startswith(
        "edit at epoch 10, lr 0.02 → 0.04: test loss −0.10 (chance ±0.002), accuracy 0"
    )
    assert "over epochs 31–40; edge at epoch 34 with it, at epoch 33 without." in words


def test_runs_are_aligned_by_epoch_as_far_as_both_have_gone() -> None:
    (effect,) = edit_effects([_member("run", 0, 40, 0.3), _without(12)])
    assert (effect.first, effect.last) == (10, 12)
    assert effect.crossed is None
    (words,) = effect_words([_member("run", 0, 40, 0.3), _without(9)])
    assert words.endswith("waiting for the first epoch without it")


def test_without_a_twin_it_says_how_to_get_one() -> None:
    (words,) = effect_words([_member("run", 0, 40, 0.3), _without()])
    assert "`edgechaos-tui twin run --at 9`" in words
    (words,) = effect_words([_member("run", 0, 40, 0.3), _without(), _twin(20)])
    assert words.endswith("The twin has not reached these epochs yet")


def test_the_shared_record_before_a_twin_is_no_measure_of_chance() -> None:
    late = replace(_twin(), parent=Parent(id="run", name="run", epoch=35, epsilon=1e-6))
    (effect,) = edit_effects([_member("run", 0, 40, 0.3), _without(), late])
    assert effect.differences[0].chance == pytest.approx(0.002)
    begun = replace(_twin(), parent=Parent(id="run", name="run", epoch=40, epsilon=1e-6))
    (effect,) = edit_effects([_member("run", 0, 40, 0.3), _without(), begun])
    assert effect.differences[0].chance is None


def test_other_comparisons_have_no_effect() -> None:
    control = replace(_twin(), parent=Parent(id="run", name="run", epoch=9, epsilon=0.0))
    assert edit_effects([_member("run", 0, 40, 0.3), control]) == []
    assert edit_effects([_without(), _twin()]) == []
