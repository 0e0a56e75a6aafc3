import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.storage.errors import HyperparameterError
from engine.storage.hyperparameter_edits import check_changes
from engine.storage.hyperparameters import (
    CHANGEABLE,
    PARAMETERS,
    Hyperparameters,
    build,
)


def test_defaults_are_those_of_the_design() -> None:
    hyperparameters = build({})
    assert (
        hyperparameters.lr,
        hyperparameters.momentum,
        hyperparameters.batch_size,
        hyperparameters.l2,
    ) == (0.02, 0.5, 32, 0)
    assert (
        hyperparameters.epochs,
        hyperparameters.activation,
        hyperparameters.j,
        hyperparameters.j0,
        hyperparameters.seed,
    ) == (100, "tanh", 0.5, 0, 0)
    assert set(CHANGEABLE) == {
        "lr", "momentum", "batch_size", "l2", "hold_j2", "epochs", "indicators_every",
        "snapshot_every",
    }  # fmt: skip


def test_defaults_follow_the_optimizer_and_the_activation() -> None:
    hyperparameters = build({"optimizer": "adam", "activation": "relu"})
    assert (hyperparameters.lr, hyperparameters.momentum, hyperparameters.j) == (0.001, 0, 1)
    assert build({"activation": "relu", "j": 0.7}).j == 0.7


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("lr", "-1", "lr: -1 is not a number above 0 up to 100"),
        ("lr", "0", "lr: 0 is not a number above 0 up to 100"),
        ("lr", "abc", "lr: 'abc' is not a number above 0 up to 100"),
        ("lr", "nan", "lr: nan is not a number above 0 up to 100"),
        ("lr", "1e999", "lr: inf is not a number above 0 up to 100"),
        ("momentum", "1", "momentum: 1 is not a number from 0, below 1"),
        ("batch_size", "0", "batch_size: 0 is not a whole number from 1 up to 60000"),
        ("batch_size", "3.5", "batch_size: '3.5' is not a whole number from 1 up to 60000"),
        (
            "dataset",
            "cifar",
            "dataset: 'cifar' is not one of fashion-mnist, mnist, kmnist, cifar-10, synthetic",
        ),
    ],
)
def test_a_bad_value_says_what_would_be_right(name: str, text: str, message: str) -> None:
    with pytest.raises(HyperparameterError) as raised:
        PARAMETERS[name].parse(text)
    assert str(raised.value) == message


def test_an_unknown_name_and_adam_with_momentum_are_refused() -> None:
    with pytest.raises(HyperparameterError, match="learning: there is no such"):
        build({"learning": 1})
    with pytest.raises(HyperparameterError, match="Adam has its own"):
        build({"optimizer": "adam", "momentum": 0.9})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "nothing to set"),
        ({"seed": 1}, "seed: is fixed when a run is made"),
        ({"sead": 1}, "sead: is not a hyperparameter"),
        ({"epochs": 5}, "epochs: 5 is below the 10 already trained"),
        ({"lr": 0}, "lr: 0 is not"),
    ],
)
def test_changes_are_checked(values: dict[str, float], message: str) -> None:
    with pytest.raises(HyperparameterError, match=message):
        check_changes(values, epochs_done=10)


@given(st.text(max_size=20))
def test_no_text_gets_past_the_bounds(text: str) -> None:
    for name in ("lr", "momentum", "batch_size", "l2"):
        parameter = PARAMETERS[name]
        try:
            value = parameter.parse(text)
        except HyperparameterError as error:
            assert str(error).startswith(name)
            assert "\n" not in str(error)
        else:
            decoded = msgspec.json.decode(msgspec.json.encode({name: value}), type=Hyperparameters)
            assert getattr(decoded, name) == value


@pytest.mark.parametrize("json", ['{"lr": -1}', '{"dataset": "x"}', '{"batch_size": 0}'])
def test_a_session_file_cannot_smuggle_in_a_bad_value(json: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json, type=Hyperparameters)
