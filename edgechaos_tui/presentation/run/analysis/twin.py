"""λ_train: the rate at which a twin diverges from the same run without disturbance."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.text import number, signed

_SATURATED: Final = 0.1
"""A share of ‖W‖: at a greater distance the two are no neighbours, and it stops growing."""
_FEWEST: Final = 3


@dataclass(frozen=True)
class TrainingExponent:
    """λ_train: the slope of ln ‖w − w′‖ in nats per epoch over the epochs first..last, with the
    regression's standard error."""

    value: float
    error: float
    first: int
    last: int


def training_exponent(state: RunState) -> TrainingExponent | None:
    """λ_train of a twin; None for other runs, and with fewer than three epochs at a distance > 0.

    Only epochs before the distance first exceeds a tenth of ‖W‖ count.
    """
    distance, epochs = state.metric("twin_distance"), state.metric("epoch")
    apart = np.isfinite(distance) & (distance > 0)
    if np.count_nonzero(apart) < _FEWEST:
        return None
    # ‖W‖ = √N · J of the hidden weights, (N, 784).
    with np.errstate(over="ignore"):
        norm = state.metric("j") * math.sqrt(state.summary.hyperparameters.width)
    linear = apart & (distance <= _SATURATED * norm)
    saturated = np.flatnonzero(apart & (distance > _SATURATED * norm))
    if len(saturated):
        linear[saturated[0] :] = False
    x, y = epochs[linear], np.log(distance[linear])
    if len(x) < _FEWEST:
        return None
    slope, offset = np.polyfit(x, y, 1)
    spread = float(np.sum((x - x.mean()) ** 2))
    error = math.sqrt(float(np.sum((y - slope * x - offset) ** 2)) / (len(x) - 2) / spread)
    return TrainingExponent(float(slope), error, int(x[0]), int(x[-1]))


def twin_words(state: RunState) -> str:
    """`‖w − w′‖ 3.1e-5, λ_train +0.12 ± 0.01 an epoch (epochs 11–40)`; "" for no twin."""
    last = state.summary.last
    if last is None or last.twin_distance is None:
        return ""
    if last.twin_distance == 0:
        return "‖w − w′‖ is 0 to the last bit"
    words = f"‖w − w′‖ {number(last.twin_distance)}"
    exponent = training_exponent(state)
    if exponent is None:
        return words
    window = f"epochs {exponent.first}–{exponent.last}"
    return (
        f"{words}, λ_train {signed(exponent.value, 3)} ± {exponent.error:.3f} an epoch ({window})"
    )
