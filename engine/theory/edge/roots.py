"""A root finder for many functions at once."""

from collections.abc import Callable

import numpy as np

from engine.theory.edge.quadrature import Floats

_MAX_STEPS = 60


def rising_roots(f: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """The x in [low, high] where each component of `f` turns from negative to positive.

    Regula falsi in the Illinois form: an end kept twice in a row has its value halved. Stops when
    every |f| < 1e-12; nan components stay nan and do not delay the others.
    """
    f_low, f_high = f(low), f(high)
    side = np.zeros(low.shape)
    x = low
    for _ in range(_MAX_STEPS):
        width = f_high - f_low
        share = np.divide(-f_low, width, out=np.full_like(width, 0.5), where=width > 0.0)
        x = low + np.clip(share, 0.0, 1.0) * (high - low)
        value = f(x)
        right = value > 0.0
        again = np.where(right, 1.0, -1.0) == side
        f_low = np.where(right, np.where(again, 0.5 * f_low, f_low), value)
        f_high = np.where(right, value, np.where(again, 0.5 * f_high, f_high))
        low, high = np.where(right, low, x), np.where(right, x, high)
        side = np.where(right, 1.0, -1.0)
        if not np.any(np.abs(value) >= 1e-12):
            break
    return x
