"""The closed loop that holds J² at a target by weight decay, one value of λ an epoch.

In the ordered phase dJ²/dτ = c − 4λS·J² (paper, Eq. 8). c grows later in training, so that the λ*
of the early slope overshoots. The loop measures c during training, with the decay that was in force
added back, and sets for the next epoch

    λ = (c − (J²_target − J²)/(T·rate)) / (4S·J²),   rate = η/((1−α)B), the τ of an epoch,

at which J² reaches the target within a few T epochs and stays. Its only memory is the smoothed c,
which is in the line of each epoch: clipping never winds up, and an edit of η, α or B leaves c
unchanged.
"""

from typing import Final

APPROACH_EPOCHS: Final = 5.0
"""T: the distance to the target falls to 1/e in this many epochs."""
_WEIGHT: Final = 0.5
"""The weight of the newest epoch in the smoothed c, a mean over about the last three epochs."""
_MAX_DECAY: Final = 0.5
"""The largest 4λS·rate, J²'s relative loss per epoch by weight decay, that is ever set."""
_FIGURES: Final = 4
"""Significant figures of a λ: the log stays readable, and retraining reads the same number."""


def gross_growth(
    before: float, after: float, *, time: float, l2: float, samples: int, smoothed: float | None
) -> float:
    """c, J²'s growth per unit of τ with weight decay's part added back, smoothed over epochs.

    before, after: J² around an epoch of τ `time` trained with λ `l2` on `samples` images.
    smoothed: c as it was after the epoch before; None where the loop had not begun.
    """
    c = (after - before) / time + 4.0 * l2 * samples * (before + after) / 2.0
    return c if smoothed is None else smoothed + _WEIGHT * (c - smoothed)


def largest_l2(rate: float, samples: int) -> float:
    """The largest λ that the loop sets at η/((1−α)B) = `rate`."""
    return _rounded(_MAX_DECAY / (4.0 * samples * rate))


def holding_l2(j2: float, c: float, target: float, *, rate: float, samples: int) -> float:
    """The λ for the next epoch, from 0 to `largest_l2`."""
    decay = c - (target - j2) / (APPROACH_EPOCHS * rate)
    return min(max(0.0, _rounded(decay / (4.0 * samples * j2))), largest_l2(rate, samples))


def balancing_l2(c: float, j2: float, samples: int) -> float:
    """The λ at which J² would stay where it is: c/(4S·J²)."""
    return c / (4.0 * samples * j2)


def _rounded(value: float) -> float:
    return float(f"{value:.{_FIGURES}g}")
