"""The edits by which a run that holds J² at a target steers its λ from epoch to epoch."""

import math
from dataclasses import dataclass, field
from typing import Final, Protocol

from engine.storage.hyperparameters import Hyperparameters
from engine.storage.session.events import Layer
from engine.storage.session.layers import held_j2
from engine.storage.step_size import step_size_ratio_of, training_images
from engine.theory.slope_law.holding import balancing_l2, holding_l2, largest_l2

HOLDING: Final = "hold_j2"
"""The author of these edits, in the `by` of `events.Changed`."""


class _Results(Protocol):
    """The results of an epoch that holding needs: J, and c as `holding.gross_growth` smooths it."""

    @property
    def j(self) -> float: ...

    @property
    def layers(self) -> tuple[Layer, ...] | None: ...

    @property
    def gross_growth(self) -> float | None: ...


@dataclass(frozen=True)
class Adjustment:
    """values: to be put in force for the next epoch; reason: why holding ends, "" if not."""

    values: dict[str, int | float] = field(default_factory=dict)
    reason: str = ""


def adjustment(current: Hyperparameters, last: _Results) -> Adjustment:
    """The change after an epoch with the results `last`, trained with `current` in force.

    It depends only on these, so that resumed, forked and retrained runs behave the same. The
    first epoch of holding only measures. Where J² is below the target and shrinks without λ, as a
    layer may in its first epochs, λ is 0 until J² grows. Holding ends where J² is above the target
    and grows at the largest λ.
    """
    target, c = current.hold_j2, last.gross_growth
    if not target or c is None:
        return Adjustment()
    j2 = held_j2(last.j, last.layers, current.hold_layer)
    reason = _reason_to_end(current, j2, c)
    if reason:
        return Adjustment({HOLDING: 0.0}, f"J² is held at {target:g} no longer: {reason}")
    rate, samples = step_size_ratio_of(current), training_images(current)
    l2 = holding_l2(j2, c, target, rate=rate, samples=samples)
    return Adjustment({"l2": l2} if l2 != current.l2 else {})


def _reason_to_end(current: Hyperparameters, j2: float, c: float) -> str:
    if not (math.isfinite(j2) and math.isfinite(c) and j2 > 0):
        return f"there is no λ for a J² of {j2:g}"
    samples = training_images(current)
    largest = largest_l2(step_size_ratio_of(current), samples)
    if j2 > current.hold_j2 and current.l2 >= largest and balancing_l2(c, j2, samples) > largest:
        return f"it is {j2:.3g} and grows at λ = {current.l2:.2g}, the largest that is set for it"
    return ""
