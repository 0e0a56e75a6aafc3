"""The description of one hyperparameter, for people and for checks."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec
from msgspec import Meta

from engine.storage.errors import HyperparameterError

Value = str | int | float

Group = Literal["Training", "Network", "Data", "Machine"]
GROUPS: Final[tuple[Group, ...]] = ("Training", "Network", "Data", "Machine")
"""The parts of a form, in order."""

Effect = Literal["results", "seed", "length", "last bits", "nothing"]
"""The effect of another value.

results: it makes another run; seed: a repetition; length: a longer or shorter run; last bits: the
same run, computed elsewhere; nothing: the same run, with other files or measurements.
"""


@dataclass(frozen=True)
class About:
    """The properties of a hyperparameter beside its type, its bounds and its default.

    label: as on screen; short: the same for narrow panels; symbol: the title of a column of
    `column_width` characters. meaning: one line without what zero means, which is `zero`; for a
    text: what an empty one means. sets_pace: whether an epoch may take longer with another value.
    needs: the choices with which it applies, as ("optimizer", ("sgd",)); why_not: the reason why
    it does not apply with others. defaults_with: other defaults by (name, choice). of_machine:
    whether the run may continue elsewhere with another value.
    """

    label: str
    meaning: str
    group: Group
    unit: str = ""
    zero: str = ""
    short: str = ""
    symbol: str = ""
    column_width: int = 7
    choices: tuple[str, ...] = ()
    changeable: bool = False
    effect: Effect = "results"
    sets_pace: bool = True
    needs: tuple[str, tuple[str, ...]] | None = None
    why_not: str = ""
    defaults_with: Mapping[tuple[str, str], Value] = field(default_factory=dict)
    of_machine: bool = False


def described(
    label: str,
    meaning: str,
    group: Group,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
    max_length: int | None = None,
    **about: Any,
) -> Meta:
    """The annotation of a field: its bounds, and `About` with the fields `about`."""
    bounds = {"gt": above, "ge": at_least, "lt": below, "le": at_most, "max_length": max_length}
    set_bounds: dict[str, Any] = {
        name: bound for name, bound in bounds.items() if bound is not None
    }
    return Meta(**set_bounds, extra={"about": About(label, meaning, group, **about)})


@dataclass(frozen=True)
class Parameter(About):
    """One hyperparameter, described for people and checked for machines.

    `lowest` and `highest` are inclusive unless `lowest_open` / `highest_open` is set.
    """

    name: str = ""
    kind: type[str] | type[int] | type[float] = str
    default: Value = ""
    lowest: float | None = None
    highest: float | None = None
    lowest_open: bool = False
    highest_open: bool = False

    @property
    def option(self) -> str:
        """The command-line option: `--batch-size`."""
        return "--" + self.name.replace("_", "-")

    @property
    def help(self) -> str:
        """The meaning, including that of zero: `a seeded subset; 0: all`."""
        nothing = "empty" if self.kind is str else "0"
        return f"{self.meaning}; {nothing}: {self.zero}" if self.zero else self.meaning

    @property
    def short_label(self) -> str:
        """The label for narrow panels."""
        return self.short or self.label

    @property
    def column(self) -> tuple[str, int]:
        """Title and width of a narrow column."""
        title = self.symbol or self.short_label
        width = max(map(len, self.choices)) if self.choices else self.column_width
        return title, max(len(title), width)

    @property
    def default_words(self) -> str:
        """The default with its exceptions: `0.02; 0.001 for adam`."""
        defaults = [str(self.default) or "empty"]
        for (other, choice), value in self.defaults_with.items():
            applies = self.needs is None or self.needs[0] != other or choice in self.needs[1]
            defaults.append(f"{_plain(value) if applies else 'none'} for {choice}")
        return "; ".join(defaults)

    @property
    def allowed(self) -> str:
        """The valid values in words: `a number above 0 up to 100`."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.kind is str:
            return "a text"
        noun = "a whole number" if self.kind is int else "a number"
        low = "above" if self.lowest_open else "from"
        high = ", below" if self.highest_open else " up to"
        return f"{noun} {low} {_plain(self.lowest)}{high} {_plain(self.highest)}"

    @property
    def bounds(self) -> str:
        """The bounds, short: `> 0 … 100`; empty for a text or a choice."""
        if self.kind is str:
            return ""
        low = "> " if self.lowest_open else ""
        high = "< " if self.highest_open else ""
        return f"{low}{_plain(self.lowest)} … {high}{_plain(self.highest)}"

    def applies(self, hyperparameters: object) -> bool:
        """Whether it has an effect beside the other values of `hyperparameters`."""
        return self.needs is None or getattr(hyperparameters, self.needs[0]) in self.needs[1]

    def default_beside(self, values: Mapping[str, Value]) -> Value:
        """The default given the choices already made in `values`."""
        for (other, choice), value in self.defaults_with.items():
            if values.get(other) == choice:
                return value
        return self.default

    def parse(self, text: str) -> Value:
        """Parse the value in `text`.

        Raises HyperparameterError for a text without a value, or a value out of bounds.
        """
        if self.kind is str:
            return self.check(text)
        try:
            value: Value = int(text) if self.kind is int else float(text)
        except ValueError:
            hint = f"; write {text.replace(',', '.')} with a point" if _has_comma(text) else ""
            raise HyperparameterError(f"{self._error(repr(text))}{hint}") from None
        return self.check(value)

    def allows(self, text: str) -> bool:
        """Whether `text` is a valid value."""
        try:
            self.parse(text)
        except HyperparameterError:
            return False
        return True

    def check(self, value: Value) -> Value:
        """Return `value` if it is valid; raise HyperparameterError otherwise."""
        if self.kind is str:
            if not isinstance(value, str) or (self.choices and value not in self.choices):
                raise self._error(repr(value))
            if any("\ud800" <= c <= "\udfff" for c in value):
                raise HyperparameterError(
                    f"{self.name}: {value!r} has bytes that are not UTF-8, which no session can "
                    "hold; give it another name, or a link with another name"
                )
            return value
        if isinstance(value, str | bool) or (self.kind is int and not isinstance(value, int)):
            raise self._error(repr(value))
        if not self._in_bounds(value):
            raise self._error(_plain(value))
        return self.kind(value)

    def check_number(self, value: int | float) -> int | float:
        """Return `value` if it is valid; raise HyperparameterError otherwise."""
        checked = self.check(value)
        assert not isinstance(checked, str)
        return checked

    def _in_bounds(self, value: float) -> bool:
        assert self.lowest is not None
        assert self.highest is not None
        above = value > self.lowest if self.lowest_open else value >= self.lowest
        below = value < self.highest if self.highest_open else value <= self.highest
        return math.isfinite(value) and above and below

    def _error(self, shown: str) -> HyperparameterError:
        return HyperparameterError(f"{self.name}: {shown} is not {self.allowed}")


def describe(field: msgspec.inspect.Field) -> Parameter:
    """The description of a field that is annotated with `described`."""
    assert isinstance(field.type, msgspec.inspect.Metadata)
    about = (field.type.extra or {})["about"]
    inner = field.type.type
    kind: type[str] | type[int] | type[float] = str
    low = high = None
    low_open = high_open = False
    if isinstance(inner, msgspec.inspect.IntType | msgspec.inspect.FloatType):
        kind = int if isinstance(inner, msgspec.inspect.IntType) else float
        low_open, high_open = inner.gt is not None, inner.lt is not None
        low = inner.gt if low_open else inner.ge
        high = inner.lt if high_open else inner.le
    return Parameter(
        **vars(about),
        name=field.name,
        kind=kind,
        default=field.default,
        lowest=low,
        highest=high,
        lowest_open=low_open,
        highest_open=high_open,
    )


def _has_comma(text: str) -> bool:
    """Whether a decimal comma keeps `text` from being a number."""
    try:
        float(text.replace(",", ".", 1))
    except ValueError:
        return False
    return "," in text


def _plain(number: Value | None) -> str:
    if isinstance(number, str):
        return number
    if isinstance(number, float) and not number.is_integer():
        return f"{number:g}"
    if number is None or not math.isfinite(number):
        return str(number)
    return f"{int(number):d}"
