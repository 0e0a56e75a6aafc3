import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.storage.errors import HyperparameterError
from engine.storage.hyperparameters import PARAMETERS
from engine.storage.sweep.value_ranges import MAX_RUNS, grid, parse_values, seeds, varied_names

NUMERIC = [name for name, parameter in PARAMETERS.items() if parameter.kind is not str]


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("lr", "0.01,0.02, 0.04", (0.01, 0.02, 0.04)),
        ("momentum", "lin:0:0.9:4", (0.0, 0.3, 0.6, 0.9)),
        ("l2", "log:1e-5:1e-3:3", (1e-5, 1e-4, 1e-3)),
        ("l2", "0,log:1e-4:1e-5:2", (0.0, 1e-4, 1e-5)),
        ("batch_size", "log:1:64:7", (1, 2, 4, 8, 16, 32, 64)),
        ("lr", "1,5", (1.0, 5.0)),
        ("j0", "lin:-1:1:3", (-1.0, 0.0, 1.0)),
        ("activation", "tanh,relu", ("tanh", "relu")),
        ("data_dir", "/a,b", ("/a,b",)),
    ],
)
def test_what_a_text_says(name: str, text: str, values: tuple[object, ...]) -> None:
    assert parse_values(name, text) == values


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("lr", "", "lr: '' is not a number above 0 up to 100"),
        ("lr", "0.01,,0.02", "lr: '' is not a number above 0 up to 100"),
        ("lr", "0.01,0.010", "lr: 0.01 appears twice in '0.01,0.010'"),
        ("lr", "lin:0:1:3", "lr: 0 is not a number above 0 up to 100"),
        ("l2", "log:0:1:3", "l2: 'log:0:1:3' must begin and end above 0; put a 0 beside it, as in "
         "0,log:1e-5:1e-3:8"),
        ("l2", "log:1e-5:1e-3", "l2: 'log:1e-5:1e-3' is not a range; write log:FIRST:LAST:COUNT, "
         "as in log:1e-5:1e-3:8"),
        ("l2", "lin:0:nan:3", "l2: 'lin:0:nan:3' is not a range; write lin:FIRST:LAST:COUNT, as in "
         "lin:0:0.9:4"),
        ("l2", "lin:0:1:1", "l2: a range has from 2 up to 10000 values, and "
         "'lin:0:1:1' asks for 1"),
        ("lr", "geo:1:2:3", "lr: 'geo:1:2:3' is neither a value nor a range; a range begins with "
         "lin: or log:, as in log:1e-5:1e-3:8"),
        ("batch_size", "lin:1:3:5", "batch_size: 'lin:1:3:5' asks for 5 values and has only 3 "
         "different ones"),
        ("activation", "tanh,lin:1:2:3", "activation: 'lin:1:2:3' is not one of tanh, relu"),
        ("l2", "0,0001", "l2: '0,0001' would be the two values 0 and 0001; write 0.0001 with a "
         "point if one number is meant"),
        ("lr", "0,5", "lr: '0,5' would be the two values 0 and 5; write 0.5 with a point if one "
         "number is meant"),
        ("lr", "200,300", "lr: 200 is not a number above 0 up to 100"),
        ("learning", "1", "learning: there is no such hyperparameter"),
    ],
)  # fmt: skip
def test_a_bad_range_says_what_would_be_right(name: str, text: str, message: str) -> None:
    with pytest.raises(HyperparameterError) as raised:
        parse_values(name, text)
    assert str(raised.value) == message


@given(
    name=st.sampled_from(NUMERIC),
    kind=st.sampled_from(["lin", "log"]),
    low=st.floats(1e-6, 1),
    high=st.floats(1e-6, 1),
    count=st.integers(2, 50),
)
def test_ranges_have_their_ends_their_number_and_their_steps(
    name: str, kind: str, low: float, high: float, count: int
) -> None:
    scale = 1000 if PARAMETERS[name].kind is int else 0.9
    low, high = float(f"{low * scale:.6g}"), float(f"{high * scale:.6g}")
    assume(abs(low - high) > 1e-3 * max(low, high))
    try:
        values = parse_values(name, f"{kind}:{low!r}:{high!r}:{count}")
    except HyperparameterError as error:
        assert PARAMETERS[name].kind is int, error
        return
    assert len(values) == count
    numbers = [float(value) for value in values]
    if PARAMETERS[name].kind is float:
        assert numbers[0] == pytest.approx(low, rel=1e-11)
        assert numbers[-1] == pytest.approx(high, rel=1e-11)
        spaced = [math.log(n) for n in numbers] if kind == "log" else numbers
        step = (spaced[-1] - spaced[0]) / (count - 1)
        for before, after in itertools.pairwise(spaced):
            assert after - before == pytest.approx(step, abs=1e-9)
    assert numbers == sorted(numbers, reverse=low > high)


@given(text=st.text(max_size=30), name=st.sampled_from(list(PARAMETERS)))
def test_any_text_is_read_or_refused_in_one_sentence(text: str, name: str) -> None:
    try:
        values = parse_values(name, text)
    except HyperparameterError as error:
        assert str(error).startswith(f"{name}: ")
    else:
        assert values
        assert all(PARAMETERS[name].check(value) == value for value in values)


@pytest.mark.parametrize("text", ["lin:0:1e999:3", "lin:-1e308:1e308:3", "log:1e-300:1e300:9999"])
def test_huge_ranges_are_refused_not_computed_wrong(text: str) -> None:
    with pytest.raises(HyperparameterError):
        parse_values("l2", text)


def test_the_grid_has_every_combination_once_the_last_varied_fastest() -> None:
    values = {"lr": (0.01, 0.02), "epochs": (60,), "seed": seeds(5, 3)}
    settings = grid(values)
    assert [(h.lr, h.seed, h.epochs) for h in settings] == [
        (lr, seed, 60) for lr in (0.01, 0.02) for seed in (5, 6, 7)
    ]
    assert varied_names(values) == ["lr", "seed"]
    assert len(grid({})) == 1


def test_the_grid_follows_the_defaults_of_each_optimizer_and_refuses_what_cannot_be() -> None:
    settings = grid({"optimizer": ("sgd", "adam")})
    assert [(h.lr, h.momentum) for h in settings] == [(0.02, 0.5), (0.001, 0.0)]
    with pytest.raises(HyperparameterError, match="Adam has its own"):
        grid({"optimizer": ("sgd", "adam"), "momentum": (0.5, 0.9)})


def test_more_runs_than_any_sweep_has_are_refused_before_they_are_made() -> None:
    many = tuple(range(1, MAX_RUNS + 1))
    with pytest.raises(HyperparameterError, match="at most 10000 runs, and these ranges make 1000"):
        grid({"epochs": many, "seed": many, "batch_size": many})


def test_seeds_stay_within_their_bounds() -> None:
    assert seeds(0, 3) == (0, 1, 2)
    for first, count in ((0, 0), (2**32 - 2, 3), (-1, 2)):
        with pytest.raises(HyperparameterError, match="seed"):
            seeds(first, count)
