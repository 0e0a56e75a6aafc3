"""Values that a sweep varies: lists, linear and logarithmic ranges, and their grid."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from engine.storage.errors import HyperparameterError
from engine.storage.hyperparameters import PARAMETERS, Hyperparameters, Parameter, Value, build

MAX_RUNS: Final = 10_000
"""The largest number of runs in one sweep: more are probably a typing error."""
_KINDS: Final = ("lin", "log")
_DIGITS: Final = 12
"""Significant digits of a computed value: 0.3 is then 0.3, and 1e-05 is not 9.999…e-06."""


def parse_values(name: str, text: str) -> tuple[Value, ...]:
    """The values of the hyperparameter `name` in `text`, in its order.

    A list such as `0.01,0.02`, whose items may be ranges: `log:1e-5:1e-3:8` is eight values, equal
    ratios apart, `lin:0:0.9:4` four, equal steps apart; both ends belong to it. Raises
    HyperparameterError for a text without values, a value out of bounds, or one that appears twice.
    """
    parameter = PARAMETERS.get(name)
    if parameter is None:
        raise HyperparameterError(f"{name}: there is no such hyperparameter")
    if parameter.kind is str and not parameter.choices:
        return (parameter.parse(text),)
    items = [item.strip() for item in text.split(",")]
    if parameter.kind is float:
        _question_decimal_comma(name, items)
    values: list[Value] = []
    for item in items:
        values += _parse_item(parameter, item)
    for earlier, value in enumerate(values):
        if value in values[:earlier]:
            raise HyperparameterError(f"{name}: {_spoken(value)} appears twice in {text!r}")
    return tuple(values)


def seeds(start: int, count: int) -> tuple[Value, ...]:
    """`count` seeds from `start` on. Raises HyperparameterError for an invalid number."""
    if not 1 <= count <= MAX_RUNS:
        raise HyperparameterError(f"seeds: {count} is not a whole number from 1 up to {MAX_RUNS}")
    return tuple(PARAMETERS["seed"].check(seed) for seed in range(start, start + count))


def varied_names(values: Mapping[str, Sequence[Value]]) -> list[str]:
    """The hyperparameters with more than one value, in their order."""
    return [name for name, several in values.items() if len(several) > 1]


def grid(values: Mapping[str, Sequence[Value]]) -> list[Hyperparameters]:
    """Every combination of `values`, the last one varied fastest, the others by default.

    Raises HyperparameterError for an invalid combination, or more than MAX_RUNS of them.
    """
    count = math.prod(len(several) for several in values.values())
    if count > MAX_RUNS:
        raise HyperparameterError(
            f"a sweep has at most {MAX_RUNS} runs, and these ranges make {count}"
        )
    return [
        build(dict(zip(values, combination, strict=True)))
        for combination in itertools.product(*values.values())
    ]


def _question_decimal_comma(name: str, items: Sequence[str]) -> None:
    """Raise HyperparameterError where a comma in a list probably stands for a decimal point: nobody
    writes 0001 for 1, or two numbers out of bounds where one would be within them."""
    parameter = PARAMETERS[name]
    for before, item in itertools.pairwise(items):
        if not (before.isdecimal() and item.isdecimal() and parameter.allows(f"{before}.{item}")):
            continue
        zero_in_front = len(item) > 1 and item.startswith("0")
        if zero_in_front or not (parameter.allows(before) and parameter.allows(item)):
            raise HyperparameterError(
                f"{name}: '{before},{item}' would be the two values {before} and {item}; "
                f"write {before}.{item} with a point if one number is meant"
            )


def _parse_item(parameter: Parameter, item: str) -> Iterable[Value]:
    kind, colon, numbers = item.partition(":")
    if not colon:
        return (parameter.parse(item),)
    if parameter.kind is str or kind not in _KINDS:
        raise HyperparameterError(f"{parameter.name}: {item!r} is {_expectation(parameter)}")
    return _range(parameter, kind, item, numbers)


def _range(parameter: Parameter, kind: str, item: str, numbers: str) -> list[Value]:
    parts = numbers.split(":")
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except (ValueError, IndexError):
        count = 0
    if len(parts) != 3 or count == 0 or not (math.isfinite(low) and math.isfinite(high)):
        raise HyperparameterError(
            f"{parameter.name}: {item!r} is not a range; write {kind}:FIRST:LAST:COUNT, "
            f"as in {kind}:{'1e-5:1e-3:8' if kind == 'log' else '0:0.9:4'}"
        )
    if not 2 <= count <= MAX_RUNS:
        raise HyperparameterError(
            f"{parameter.name}: a range has from 2 up to {MAX_RUNS} values, and {item!r} asks "
            f"for {count}"
        )
    if kind == "log" and not (low > 0 and high > 0):
        raise HyperparameterError(
            f"{parameter.name}: {item!r} must begin and end above 0; put a 0 beside it, "
            "as in 0,log:1e-5:1e-3:8"
        )
    values = [_rounded(parameter, _between(kind, low, high, i / (count - 1))) for i in range(count)]
    if len(set(values)) < count:
        raise HyperparameterError(
            f"{parameter.name}: {item!r} asks for {count} values and has only {len(set(values))} "
            "different ones"
        )
    return [parameter.check(value) for value in values]


def _between(kind: str, low: float, high: float, fraction: float) -> float:
    # Weights of both ends, not low + fraction · (high − low), which may overflow.
    if kind == "log":
        return math.exp((1 - fraction) * math.log(low) + fraction * math.log(high))
    return (1 - fraction) * low + fraction * high


def _rounded(parameter: Parameter, value: float) -> Value:
    return round(value) if parameter.kind is int else float(f"{value:.{_DIGITS}g}")


def _expectation(parameter: Parameter) -> str:
    if parameter.kind is str:
        return f"not {parameter.allowed}"
    return "neither a value nor a range; a range begins with lin: or log:, as in log:1e-5:1e-3:8"


def _spoken(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:g}"
