"""The effect of an edit: a run compared with the same run without it, and with chance.

Chance is the difference between the run and its twin: the same run with slightly disturbed weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from edgechaos_tui.presentation.compare.comparison import Floats, Member, metric
from edgechaos_tui.presentation.text import clean, number

_WINDOW: Final = 10
"""Epochs over which a difference is averaged, since single ones scatter."""
_METRICS: Final = (("test_loss", "test loss"), ("test_accuracy", "accuracy"), ("j2", "J²"))


@dataclass(frozen=True)
class Difference:
    """The difference in a metric: the run's mean minus that of the run without the edit.

    chance: the root mean square difference between the run and its twin over the same epochs; None
    without a twin that has reached them.
    """

    metric: str
    value: float
    chance: float | None


@dataclass(frozen=True)
class EditEffect:
    """The effect of the edit in force from `epoch` on in one run of the comparison.

    run, without, twin: the positions of that run, of the one without the edit, and of a twin.
    differences: over the epochs first..last, the last ones that both have; first > last before
    there are any. crossed, crossed_without: the epochs in which the two reached the edge.
    """

    epoch: int
    words: str
    run: int
    without: int
    twin: int | None
    first: int
    last: int
    differences: tuple[Difference, ...]
    crossed: int | None
    crossed_without: int | None


def edit_effects(members: Sequence[Member]) -> list[EditEffect]:
    """The effects of the edits of which the comparison has a run without them."""
    places = {member.id: index for index, member in enumerate(members) if member.id}
    return [
        _effect(members, places[undoes.session], index, undoes.epoch)
        for index, member in enumerate(members)
        if member.parent and (undoes := member.parent.undoes) and undoes.session in places
    ]


def effect_words(members: Sequence[Member]) -> list[str]:
    """`edit at epoch 10, lr 0.02 → 0.04: test loss −0.013 (chance 2e-3) … over epochs 31–40`."""
    return [_effect_text(members, effect) for effect in edit_effects(members)]


def _effect(members: Sequence[Member], run: int, without: int, epoch: int) -> EditEffect:
    edited, other = members[run], members[without]
    twin = next((i for i, m in enumerate(members) if _is_twin_of(m, edited)), None)
    last = min(edited.state.summary.epochs_done, other.state.summary.epochs_done)
    first = max(epoch, last - _WINDOW + 1)
    differences = []
    for name, _ in _METRICS:
        gaps = _gaps(edited, other, name, first, last)
        if len(gaps):
            chance = None if twin is None else _chance(edited, members[twin], name, first, last)
            differences.append(Difference(name, float(gaps.mean()), chance))
    words = ", ".join(edit.words for edit in edited.state.edits if edit.epoch == epoch)
    return EditEffect(
        epoch, words, run, without, twin, first, last, tuple(differences),
        _crossed(edited, last), _crossed(other, last),
    )  # fmt: skip


def _is_twin_of(member: Member, run: Member) -> bool:
    parent = member.parent
    return parent is not None and parent.id == run.id and bool(parent.epsilon)


def _gaps(run: Member, other: Member, name: str, first: int, last: int) -> Floats:
    """`run` minus `other` at each epoch first..last that both have; finite values only."""
    epochs, other_epochs = run.state.metric("epoch"), other.state.metric("epoch")
    _, rows, other_rows = np.intersect1d(
        epochs, other_epochs, assume_unique=True, return_indices=True
    )
    inside = (epochs[rows] >= first) & (epochs[rows] <= last)
    rows, other_rows = rows[inside], other_rows[inside]
    gaps = metric(run.state, name)[rows] - metric(other.state, name)[other_rows]
    return gaps[np.isfinite(gaps)]


def _chance(run: Member, twin: Member, name: str, first: int, last: int) -> float | None:
    # Before the twin began, its record is the run's own.
    begin = twin.parent.epoch + 1 if twin.parent else 0
    gaps = _gaps(twin, run, name, max(first, begin), last)
    return float(np.sqrt(np.mean(np.square(gaps)))) if len(gaps) else None


def _crossed(member: Member, last: int) -> int | None:
    """The epoch in which the run reached the edge, if that is at most `last`."""
    crossed = member.state.summary.crossed
    return crossed if crossed is not None and crossed <= last else None


def _effect_text(members: Sequence[Member], effect: EditEffect) -> str:
    name = clean(members[effect.run].name)
    head = f"edit at epoch {effect.epoch}, {effect.words}"
    if effect.first > effect.last or not effect.differences:
        return f"{head}: waiting for the first epoch without it"
    labels = dict(_METRICS)
    parts = [f"{labels[d.metric]} {_signed(d.value)}{_chance_words(d)}" for d in effect.differences]
    window = f"epochs {effect.first}–{effect.last}"
    if effect.first == effect.last:
        window = f"epoch {effect.first}"
    return f"{head}: {', '.join(parts)} over {window}; {_edge(effect)}. {_yardstick(effect, name)}"


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(value, 2)


def _chance_words(difference: Difference) -> str:
    return "" if difference.chance is None else f" (chance ±{number(difference.chance, 1)})"


def _edge(effect: EditEffect) -> str:
    with_it, without = effect.crossed, effect.crossed_without
    if with_it is None and without is None:
        return "edge not reached with or without it"
    if with_it == without:
        return f"edge at epoch {with_it} with and without it"
    places = [
        "not reached" if epoch is None else f"at epoch {epoch}" for epoch in (with_it, without)
    ]
    return f"edge {places[0]} with it, {places[1]} without"


def _yardstick(effect: EditEffect, name: str) -> str:
    if effect.twin is None:
        return (
            "A twin shows how much of it is chance: t on the run's screen, or "
            f"`edgechaos-tui twin {name} --at {effect.epoch - 1}`"
        )
    if all(difference.chance is None for difference in effect.differences):
        return "The twin has not reached these epochs yet"
    return "Chance: its distance from its twin"
