"""The line about a choice of hyperparameters."""

from edgechaos_tui.presentation.run.sentences import hints
from engine.storage.hyperparameters import build
from engine.storage.setting import pace_of, setting_of


def test_the_meaning_of_a_choice() -> None:
    words = hints.hint_for(build({"l2": 5e-5}))
    assert "η/((1−α)B) = 0.00125" in words
    assert "2λ = 0.0001" in words
    assert "1,875 steps" in words
    assert "no scaling law for Adam" in hints.hint_for(build({"optimizer": "adam"}))
    assert hints.steps_per_epoch(build({"train_size": 65, "batch_size": 32})) == 3


def test_a_batch_larger_than_the_data_is_the_whole_data_in_all_that_is_derived() -> None:
    small, whole = (build({"train_size": 500, "batch_size": b}) for b in (500, 60_000))
    assert hints.hint_for(whole) == hints.hint_for(small)
    assert "1 steps per epoch" in hints.hint_for(whole)
    assert setting_of(whole) == setting_of(small)
    assert pace_of(whole) == pace_of(small)
