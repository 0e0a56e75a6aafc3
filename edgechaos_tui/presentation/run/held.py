"""A run whose J² is held at a target: where it stands, and the λ that holds it as a measurement."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.text import number, setting
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


def holding_lambda(state: RunState) -> HoldingLambda | None:
    """Measured over the last epochs at which J² was held near its target; None before any."""
    target = state.summary.hyperparameters.hold_j2
    if not target:
        return None
    c, j2 = state.metric("gross_growth"), state.metric("j") ** 2
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
    measured, now = holding_lambda(state), number(state.summary.j2)
    if measured is None:
        return (
            f"J² is {now} and is brought to {setting(target)}: λ is set each epoch by the growth "
            "of J², and is 0 as long as J² gets there by itself."
        )
    words = (
        f"J² is held at {setting(target)} and is {now}. By the growth measured over epochs "
        f"{measured.first}–{measured.last} λ ≈ {figure(measured.l2)} keeps it there"
    )
    star = advice.lambda_star
    if star is None:
        return f"{words}."
    return f"{words}; the early slope gave λ* ≈ {figure(star.value)} for the edge."


def holding_words(state: RunState) -> str:
    """`J² held at 1 by λ 8.1e-5`; "" where it is not held."""
    chosen = state.summary.hyperparameters
    if not chosen.hold_j2:
        return ""
    verb = "held at" if holding_lambda(state) else "brought to"
    return f"J² {verb} {setting(chosen.hold_j2)} by λ {setting(float(f'{chosen.l2:.2g}'))}"
