"""The effect of an edit: a run beside the same run without it, with chance as the yardstick.

Chance is how far the run's twin is from it: the same run, its weights disturbed by a hair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from edgechaos_tui.presentation.compare.comparison import Floats, Member, metric
from edgechaos_tui.presentation.text import clean, number

_WINDOW: Final = 10
"""Epochs that a difference is averaged over: single ones scatter."""
_METRICS: Final = (("test_loss", "test loss"), ("test_accuracy", "accuracy"), ("j2", "J²"))


@dataclass(frozen=True)
class Difference:
    """Of a metric, the run's mean minus that of the run without the edit.

    chance: root mean square difference of the run's twin from it over its epochs among the same
    ones; None without a twin that has come so far.
    """

    metric: str
    value: float
    chance: float | None


@dataclass(frozen=True)
class EditEffect:
    """What the edit did that is in force from `epoch` on in the run at `run` of the comparison.

    without, twin: the positions of the run without it and of a twin of the run. differences: over
    the epochs first..last, the last ones that both have; first > last before there are any.
    crossed, crossed_without: where the edge was reached.
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
    """Of each run of the comparison that stands beside a run without one of its edits."""
    places = {member.id: index for index, member in enumerate(members) if member.id}
    return [
        _effect(members, places[undoes.session], index, undoes.epoch)
        for index, member in enumerate(members)
        if member.parent and (undoes := member.parent.undoes) and undoes.session in places
    ]


def effect_words(members: Sequence[Member]) -> list[str]:
    """`edit at epoch 10, lr 0.02 → 0.04: test loss −0.013 (chance 2e-3) … over epochs 31–40`."""
    return [_words(members, effect) for effect in edit_effects(members)]


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


def _gaps(one: Member, other: Member, name: str, first: int, last: int) -> Floats:
    """`one` minus `other` at each epoch first..last that both have; of finite values alone."""
    mine, theirs = one.state.metric("epoch"), other.state.metric("epoch")
    _, rows, others = np.intersect1d(mine, theirs, assume_unique=True, return_indices=True)
    inside = (mine[rows] >= first) & (mine[rows] <= last)
    rows, others = rows[inside], others[inside]
    gaps = metric(one.state, name)[rows] - metric(other.state, name)[others]
    return gaps[np.isfinite(gaps)]


def _chance(run: Member, twin: Member, name: str, first: int, last: int) -> float | None:
    # Up to where the twin began its record is the run's own.
    begin = twin.parent.epoch + 1 if twin.parent else 0
    gaps = _gaps(twin, run, name, max(first, begin), last)
    return float(np.sqrt(np.mean(np.square(gaps)))) if len(gaps) else None


def _crossed(member: Member, last: int) -> int | None:
    """Where the run reached the edge, as far as both have gone."""
    crossed = member.state.summary.crossed
    return crossed if crossed is not None and crossed <= last else None


def _words(members: Sequence[Member], effect: EditEffect) -> str:
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
        return "the edge not reached with it or without"
    if with_it == without:
        return f"edge at epoch {with_it} with it and without"
    told = ["not reached" if epoch is None else f"at epoch {epoch}" for epoch in (with_it, without)]
    return f"edge {told[0]} with it, {told[1]} without"


def _yardstick(effect: EditEffect, name: str) -> str:
    if effect.twin is None:
        return (
            "How much of it is chance a twin tells: t on the run's screen, or "
            f"`edgechaos-tui twin {name} --at {effect.epoch - 1}`"
        )
    if all(difference.chance is None for difference in effect.differences):
        return "The twin has not come so far yet"
    return "Chance: how far its twin is from it"
