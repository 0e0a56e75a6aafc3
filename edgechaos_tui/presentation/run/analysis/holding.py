"""Runs whose J² is held at a target: the J² that is held, and the λ that holds it."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from edgechaos_tui.presentation.run.analysis import depth
from edgechaos_tui.presentation.run.series import Floats
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.text import clean, number, setting
from engine.theory.slope_law.guideline import Advice, figure
from engine.theory.slope_law.holding import balancing_l2

_NEAR: Final = 0.03
"""The largest distance of a held J² from its target, relative to the target."""
_LONGEST: Final = 20
"""Epochs of a measurement: c drifts over more."""


@dataclass(frozen=True)
class HoldingLambda:
    """The λ that keeps J² at `target`, measured over the epochs first..last.

    c: mean of J²'s gross growth per τ there; error: relative standard deviation of its epochs.
    """

    target: float
    l2: float
    c: float
    error: float
    first: int
    last: int


def held_layers(state: RunState) -> tuple[str, ...]:
    """The names of the layers whose J², or mean J², is held; () for the paper's network."""
    names, which = depth.layer_names(state), state.summary.hyperparameters.hold_layer
    return names[which - 1 : which] if which else names


def held_j2(state: RunState) -> Floats:
    """The J² that is held, (epochs,)."""
    names = held_layers(state)
    with np.errstate(over="ignore"):
        if not names:
            return np.asarray(state.metric("j") ** 2)
        j = depth.table(state, "j")
        return np.asarray(np.mean([j.values[j.names.index(name)] ** 2 for name in names], axis=0))


def holding_lambda(state: RunState) -> HoldingLambda | None:
    """The λ that holds J², measured over the last epochs near the target; None before any."""
    target = state.summary.hyperparameters.hold_j2
    if not target:
        return None
    c, j2 = state.metric("gross_growth"), held_j2(state)
    near = np.isfinite(c) & (np.abs(j2 - target) <= _NEAR * target)
    away = np.flatnonzero(~near)
    begin = max(int(away[-1]) + 1 if len(away) else 0, len(c) - _LONGEST)
    if begin >= len(c):
        return None
    epochs, measured_c = state.metric("epoch"), c[begin:]
    mean = float(measured_c.mean())
    l2 = balancing_l2(mean, target, state.law.samples)
    error = float(measured_c.std() / mean) if mean > 0 else float("inf")
    return HoldingLambda(target, l2, mean, error, int(epochs[begin]), int(epochs[-1]))


def held_advice(state: RunState, advice: Advice) -> Advice:
    """The law's `advice`; for a run whose J² is held, a text about that and no suggested edit."""
    target = state.summary.hyperparameters.hold_j2
    if not target or state.summary.last is None:
        return advice
    return replace(advice, text=_text(state, target, advice), suggestion={})


def _text(state: RunState, target: float, advice: Advice) -> str:
    measured, subject = holding_lambda(state), _subject(state)
    current = number(float(held_j2(state)[-1]))
    if measured is None and state.metric("gross_growth")[-1] < 0:
        return (
            f"{subject} is {current} and shrinks by itself: λ is 0 until it grows to "
            f"{setting(target)}, since no λ makes it grow."
        )
    if measured is None:
        return (
            f"{subject} is {current} and is brought to {setting(target)}: λ is set each epoch "
            "by its growth, and is 0 as long as it gets there by itself."
        )
    words = (
        f"{subject} is held at {setting(target)} and is {current}. By the growth measured over "
        f"epochs {measured.first}–{measured.last} λ ≈ {figure(measured.l2)} keeps it there"
    )
    star = advice.lambda_star
    if star is None:
        return f"{words}."
    return f"{words}; the early slope gave λ* ≈ {figure(star.value)} for the edge."


def _subject(state: RunState) -> str:
    names = held_layers(state)
    if not names:
        return "J²"
    return f"J² of {clean(names[0])}" if len(names) == 1 else "the mean J² of the hidden layers"


def holding_words(state: RunState) -> str:
    """`J² held at 1 by λ 8.1e-5`; "" where it is not held."""
    hyperparameters = state.summary.hyperparameters
    if not hyperparameters.hold_j2:
        return ""
    verb = "held at" if holding_lambda(state) else "brought to"
    l2 = setting(float(f"{hyperparameters.l2:.2g}"))
    return f"{_subject(state)} {verb} {setting(hyperparameters.hold_j2)} by λ {l2}"
