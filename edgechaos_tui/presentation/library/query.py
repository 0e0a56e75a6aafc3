"""The library's filter: free words, and conditions on hyperparameters, results and words.

`lr>=0.01 l2=0 best<0.34 phase:chaotic tag:fig4 brave` matches the sessions that meet all
conditions. An invalid filter raises `QueryError` with one sentence.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edgechaos_tui.presentation.library.facts import CONFIG
from edgechaos_tui.presentation.library.library import LibraryRow
from edgechaos_tui.presentation.text import clean
from engine.storage.errors import InvalidInput
from engine.storage.hyperparameters import PARAMETERS, Value
from engine.storage.session.status import Status

MAX_LENGTH: Final = 500
"""The most characters of a filter."""


class QueryError(InvalidInput):
    """An invalid filter; the message is one sentence."""


Test = Callable[[LibraryRow], bool]


@dataclass(frozen=True)
class Query:
    """The conditions of a filter, all of which must hold. terms: each of `tests` as typed.

    A condition on an unknown value does not hold.
    """

    tests: tuple[Test, ...] = ()
    terms: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tests)


Known = Callable[[LibraryRow], Value | None]
Words = Callable[[LibraryRow], tuple[str, ...]]


def _choice(name: str) -> Words:
    return lambda row: _as_words(_value_of(name)(row))


_RESULTS: Final[dict[str, Known]] = {
    "best": lambda row: row.facts.best_loss if row.facts else None,
    "best_acc": lambda row: row.facts.best_accuracy if row.facts else None,
    "loss": lambda row: row.facts.test_loss if row.facts else None,
    "acc": lambda row: row.facts.test_accuracy if row.facts else None,
    "j2": lambda row: row.facts.j2 if row.facts else None,
    "d": lambda row: row.facts.edge_distance if row.facts else None,
    "epoch": lambda row: row.facts.epochs_done if row.facts else None,
    "crossed": lambda row: row.facts.crossed if row.facts else None,
}
_WORDS: Final[dict[str, Words]] = {
    "name": lambda row: (row.name,),
    "note": lambda row: (row.facts.note,) if row.facts else (),
    "tag": lambda row: row.facts.tags if row.facts else (),
    "status": lambda row: (str(row.status),) if row.status else (),
    "phase": lambda row: (row.facts.phase,) if row.facts and row.facts.phase else (),
    "parent": lambda row: (row.facts.parent,) if row.facts and row.facts.parent else (),
    **{name: _choice(name) for name, parameter in PARAMETERS.items() if parameter.kind is str},
}
_FIXED_WORDS: Final = {
    "status": tuple(str(status) for status in Status),
    "phase": ("ordered", "edge", "chaotic"),
}
"""Keys with a fixed set of words: any other word is a typing error."""
_BY_PREFIX: Final = frozenset(
    {*_FIXED_WORDS, *(name for name, p in PARAMETERS.items() if p.choices)}
)
"""Keys whose words match by their beginning, so that `mnist` does not match `fashion-mnist`."""
_ALIASES: Final = {
    "alpha": "momentum", "α": "momentum", "b": "batch_size", "batch": "batch_size", "λ": "l2",
    "lambda": "l2", "η": "lr", "j²": "j2", "accuracy": "acc", "tags": "tag", "data": "dataset",
}  # fmt: skip
# Compiled by the first filter, so that the first list does not wait for it.
_TERM: Final = r'(?:[^\s"]|"[^"]*"?)+'
_CONDITION: Final = r"(?s)(config\.[^\s<>=!:]+|[^\W\d][\w²-]*)(>=|<=|!=|>|<|=|:)(.*)"
_TOLERANCE: Final = 1e-9
_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": lambda a, b: a >= b or _equal(a, b),
    "<=": lambda a, b: a <= b or _equal(a, b),
    ">": lambda a, b: a > b and not _equal(a, b),
    "<": lambda a, b: a < b and not _equal(a, b),
    "=": lambda a, b: _equal(a, b),
    ":": lambda a, b: _equal(a, b),
    "!=": lambda a, b: not _equal(a, b),
}


def parse(text: str) -> Query:
    """Parse the filter `text`. Raises QueryError with one sentence."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"a filter has at most {MAX_LENGTH} characters")
    terms = tuple(re.findall(_TERM, text))
    return Query(tuple(_parse_term(term) for term in terms), terms)


def _parse_term(term: str) -> Test:
    condition = re.fullmatch(_CONDITION, term)
    if condition is None:
        return _free(term.replace('"', ""))
    key, operator, value = condition.groups()
    name = key.lower().replace("-", "_")
    name = _ALIASES.get(name, name)
    value = value.replace('"', "").strip()
    if not value:
        raise QueryError(f"{clean(key)}{operator} needs a value, as in lr>=0.01 or tag:fig4")
    if key.startswith(CONFIG):
        return _about_config(key, operator, value)
    if name in _WORDS:
        return _about_words(name, operator, value, _WORDS[name])
    if name in _RESULTS:
        return _about_number(name, operator, value, _RESULTS[name])
    if name in PARAMETERS:
        return _about_number(name, operator, value, _value_of(name))
    examples = "lr, l2, best, acc, j2, d, epoch, phase, status, tag, name"
    raise QueryError(f"{_excerpt(key)} is no key of the filter; try {examples}")


def _free(word: str) -> Test:
    folded = word.casefold()
    return lambda row: folded in row.words


def _about_words(name: str, operator: str, value: str, get: Words) -> Test:
    if operator not in ("=", ":", "!="):
        raise QueryError(f"{name} is a word: write {name}:{_excerpt(value)}")
    folded = value.casefold()
    if name in _FIXED_WORDS and not any(word.startswith(folded) for word in _FIXED_WORDS[name]):
        raise QueryError(f"{name} is one of {', '.join(_FIXED_WORDS[name])}, not {_excerpt(value)}")
    if operator == "!=":
        return lambda row: row.facts is not None and all(w.casefold() != folded for w in get(row))
    if operator == "=":
        return lambda row: any(word.casefold() == folded for word in get(row))
    if name in _BY_PREFIX:
        return lambda row: any(word.casefold().startswith(folded) for word in get(row))
    return lambda row: any(folded in word.casefold() for word in get(row))


def _about_number(name: str, operator: str, value: str, get: Known) -> Test:
    try:
        limit = float(value.replace("−", "-"))
    except ValueError:
        raise QueryError(f"{name}: {_excerpt(value)} is not a number") from None
    if not math.isfinite(limit):
        raise QueryError(f"{name}: {_excerpt(value)} is not a finite number")
    compare = _COMPARE[operator]

    def test(row: LibraryRow) -> bool:
        x = get(row)
        return isinstance(x, int | float) and x == x and compare(x, limit)

    return test


def _about_config(key: str, operator: str, value: str) -> Test:
    """A condition on a config key: a number is compared, anything else is matched as a word."""
    get, name = _value_of(key), _excerpt(key)
    try:
        float(value.replace("−", "-"))
    except ValueError:
        return _about_words(name, operator, value, lambda row: _as_words(get(row)))
    return _about_number(name, operator, value, get)


def _as_words(value: Value | None) -> tuple[str, ...]:
    return () if value is None else (str(value),)


def _value_of(name: str) -> Known:
    """A getter for a hyperparameter, or for a key of a recorded run's config."""
    return lambda row: row.facts.value_of(name) if row.facts else None


def _equal(a: float, b: float) -> bool:
    return a == b or abs(a - b) <= _TOLERANCE * max(abs(a), abs(b))


def _excerpt(text: str) -> str:
    cleaned = clean(text)
    return cleaned if len(cleaned) <= 30 else cleaned[:29] + "…"
