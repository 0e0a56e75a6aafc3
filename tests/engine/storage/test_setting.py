"""The setting of a run, derived from the table so that no new hyperparameter is forgotten."""

from dataclasses import replace
from typing import Annotated

import msgspec
import pytest

from engine.storage import hyperparameters, setting
from engine.storage.hyperparameters import PARAMETERS, Hyperparameters, Value, build
from engine.storage.parameter import describe, described
from engine.storage.setting import pace_of, setting_of

_SIZES = {"train_size": 30_000, "test_size": 5_000}


def _other(name: str) -> Value:
    """A value of the hyperparameter that is not its default."""
    parameter = PARAMETERS[name]
    if parameter.choices:
        return parameter.choices[-1]
    if isinstance(parameter.default, str):
        return "elsewhere"
    return _SIZES.get(name, parameter.kind(parameter.default + 1) if name != "momentum" else 0)


def _beside(name: str) -> dict[str, Value]:
    """The choices beside which the hyperparameter means anything."""
    needs = PARAMETERS[name].needs
    beside: dict[str, Value] = {"hold_j2": 1.0} if name == "hold_layer" else {}
    if needs and PARAMETERS[needs[0]].default not in needs[1]:
        beside[needs[0]] = needs[1][0]
    return beside


def _pair(name: str) -> tuple[Hyperparameters, Hyperparameters]:
    """Two runs of which the hyperparameter is the only difference."""
    beside = _beside(name)
    return build(beside | {name: _other(name)}), build(beside)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_run_is_another_one_by_what_affects_results_and_by_nothing_else(name: str) -> None:
    first, second = map(setting_of, _pair(name))
    assert (first == second) == (PARAMETERS[name].effect != "results")


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_time_of_an_epoch_depends_on_what_the_table_says(name: str) -> None:
    first, second = map(pace_of, _pair(name))
    assert (first == second) == (not PARAMETERS[name].sets_pace)


def test_sizes_are_compared_as_they_are_and_not_as_they_were_asked_for() -> None:
    assert setting_of(build({"train_size": 60_000, "test_size": 10_000})) == setting_of(build({}))
    all_at_once = build({"train_size": 500, "batch_size": 60_000})
    assert setting_of(all_at_once) == setting_of(build({"train_size": 500, "batch_size": 500}))


def test_a_new_hyperparameter_is_a_difference_unless_the_table_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Extended(Hyperparameters, frozen=True, kw_only=True):
        dropout: Annotated[
            float, described("dropout", "share of units dropped", "Network", at_least=0, below=1)
        ] = 0.0

    info = msgspec.inspect.type_info(Extended)
    assert isinstance(info, msgspec.inspect.StructType)
    added = describe(next(field for field in info.fields if field.name == "dropout"))
    monkeypatch.setitem(hyperparameters.PARAMETERS, "dropout", added)
    assert setting_of(Extended(dropout=0.5)) != setting_of(Extended())
    monkeypatch.setitem(hyperparameters.PARAMETERS, "dropout", replace(added, effect="nothing"))
    assert setting.setting_of(Extended(dropout=0.5)) == setting_of(Extended())
