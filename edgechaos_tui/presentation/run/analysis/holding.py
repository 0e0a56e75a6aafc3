"""A run whose J² is held at a target: where it stands, and the λ that holds it as a measurement."""

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
"""How near to the target J² is held, relative to it."""
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
    """The layers whose J² is held, or its mean over them; () for the paper's network."""
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
    """Measured over the last epochs at which J² was held near its target; None before any."""
    target = state.summary.hyperparameters.hold_j2
    if not target:
        return None
    c, j2 = state.metric("gross_growth"), held_j2(state)
    held = np.isfinite(c) & (np.abs(j2 - target) <= _NEAR * target)
    away = np.flatnonzero(~held)
    begin = max(int(away[-1]) + 1 if len(away) else 0, len(c) - _LONGEST)
    if begin >= len(c):
        return None
    epochs, here = state.metric("epoch"), c[begin:]
    mean = float(here.mean())
    l2 = balancing_l2(mean, target, state.law.samples)
    error = float(here.std() / mean) if mean > 0 else float("inf")
    return HoldingLambda(target, l2, mean, error, int(epochs[begin]), int(epochs[-1]))


def held_advice(state: RunState, advice: Advice) -> Advice:
    """The law's `advice` for a run; for one whose J² is held what holding does, and no edit."""
    target = state.summary.hyperparameters.hold_j2
    if not target or state.summary.last is None:
        return advice
    return replace(advice, text=_text(state, target, advice), suggestion={})


def _text(state: RunState, target: float, advice: Advice) -> str:
    measured, subject = holding_lambda(state), _subject(state)
    now = number(float(held_j2(state)[-1]))
    if measured is None and state.metric("gross_growth")[-1] < 0:
        return (
            f"{subject} is {now} and shrinks by itself: λ is 0 until it grows to "
            f"{setting(target)}, since no λ makes it grow."
        )
    if measured is None:
        return (
            f"{subject} is {now} and is brought to {setting(target)}: λ is set each epoch by its "
            "growth, and is 0 as long as it gets there by itself."
        )
    words = (
        f"{subject} is held at {setting(target)} and is {now}. By the growth measured over epochs "
        f"{measured.first}–{measured.last} λ ≈ {figure(measured.l2)} keeps it there"
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
    chosen = state.summary.hyperparameters
    if not chosen.hold_j2:
        return ""
    verb = "held at" if holding_lambda(state) else "brought to"
    l2 = setting(float(f"{chosen.l2:.2g}"))
    return f"{_subject(state)} {verb} {setting(chosen.hold_j2)} by λ {l2}"
