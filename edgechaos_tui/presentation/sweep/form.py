"""The form for a new sweep: its fields, and the proposal made of their texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from edgechaos_tui.presentation.sweep.text import plan_words
from edgechaos_tui.presentation.text import number
from engine.storage import names
from engine.storage.errors import HyperparameterError, InvalidName
from engine.storage.hyperparameters import PARAMETERS, Hyperparameters, Value
from engine.storage.session.edit import MAX_TAG
from engine.storage.sweep.plan import MAX_JOBS, Rule
from engine.storage.sweep.value_ranges import MAX_RUNS, grid, parse_values, seeds, varied_names

MAX_STALE: Final = 1_000_000


@dataclass(frozen=True)
class Extra:
    """A field that is no hyperparameter; text: its initial content."""

    name: str
    label: str
    help: str
    text: str = ""


EXTRAS: Final = (
    Extra("seeds", "seeds", "runs per combination, with consecutive seeds from the first on", "1"),
    Extra("jobs", "at a time", "runs trained at a time; auto: one per core", "auto"),
    Extra("past-edge", "stop past edge", "end a run once d = J/J_edge − 1 is above this"),
    Extra("stale", "stop when stale", "end a run after so many epochs without a lower test loss"),
    Extra("name", "name", "name of the sweep and tag of its sessions; empty: a random name"),
)


@dataclass(frozen=True)
class Proposal:
    """A sweep to be made. values: those given, in order, with the seeds last."""

    name: str | None
    values: Mapping[str, tuple[Value, ...]]
    runs: tuple[Hyperparameters, ...]
    rule: Rule
    jobs: int

    @property
    def varied(self) -> list[str]:
        """The hyperparameters with more than one value."""
        return varied_names(self.values)

    def words(self) -> str:
        """The number of runs, the varied values, and the runs at a time, in words."""
        return plan_words(self.runs, self.varied, self.jobs)


def propose(texts: Mapping[str, str]) -> Proposal:
    """The sweep that `texts`, by the names of hyperparameters and extras, describe.

    An empty text stands for the default. Raises HyperparameterError or InvalidName with one
    sentence about the first field that is wrong.
    """
    fields = {name: text.strip() for name, text in texts.items() if text.strip()}
    values = {name: parse_values(name, fields[name]) for name in PARAMETERS if name in fields}
    first_seeds = values.pop("seed", (0,))
    values["seed"] = _seeds(first_seeds, _whole("seeds", fields.get("seeds", "1"), MAX_RUNS))
    rule = Rule(
        past_edge=_past_edge(fields.get("past-edge")), stale_epochs=_stale(fields.get("stale"))
    )
    proposal = Proposal(
        name=_name(fields.get("name")),
        values=values,
        runs=tuple(grid(values)),
        rule=rule,
        jobs=_jobs(fields.get("jobs", "auto")),
    )
    if not proposal.varied:
        raise HyperparameterError(
            "nothing varies yet: give a field a list as 0.01,0.02 or a range as log:1e-5:1e-3:8"
        )
    return proposal


def check_field(name: str, text: str) -> None:
    """Raise HyperparameterError or InvalidName when the text of this field is wrong by itself."""
    if not text.strip():
        return
    if name in PARAMETERS:
        parse_values(name, text.strip())
        return
    _CHECKS[name](text.strip())


def _seeds(first: tuple[Value, ...], count: int) -> tuple[Value, ...]:
    if count == 1:
        return first
    if len(first) > 1:
        raise HyperparameterError("with seeds, give seed one value: the first seed")
    return seeds(int(first[0]), count)


def _whole(name: str, text: str, most: int) -> int:
    try:
        count = int(text)
    except ValueError:
        count = 0
    if not 1 <= count <= most:
        raise HyperparameterError(f"{name}: {text!r} is not a whole number from 1 up to {most}")
    return count


def _jobs(text: str) -> int:
    try:
        return 0 if text == "auto" else _whole("at a time", text, MAX_JOBS)
    except HyperparameterError as error:
        raise HyperparameterError(f"{error}, or auto") from None


def _past_edge(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        distance = float(text)
    except ValueError:
        distance = float("nan")
    if not -1 <= distance <= 1000:
        raise HyperparameterError(
            f"stop past edge: {text!r} is not a number from {number(-1)} up to 1000"
        )
    return distance


def _stale(text: str | None) -> int | None:
    return None if text is None else _whole("stop when stale", text, MAX_STALE)


def _name(text: str | None) -> str | None:
    if text is None:
        return None
    if len(names.check_name(text)) > MAX_TAG:
        raise InvalidName(f"name: {text} has more than the {MAX_TAG} characters of a tag")
    return text


_CHECKS: Final[Mapping[str, Callable[[str], object]]] = {
    "seeds": lambda text: _whole("seeds", text, MAX_RUNS),
    "jobs": _jobs,
    "past-edge": _past_edge,
    "stale": _stale,
    "name": _name,
}
