"""Published values, from arXiv 2107.09437 and the code that its authors published with it.

All are for N = 784 and Fashion-MNIST; unless stated otherwise, for tanh and SGD.
"""

from typing import Final

C: Final = 11.0
"""c of the slope law A = c·η/((1−α)B), with which the published slopes agree (Figs. 3 and 4)."""

SLOPES_BY_LR: Final[dict[float, float]] = {
    0.0005: 0.000170, 0.001: 0.000338, 0.002: 0.000681, 0.003: 0.00103, 0.005: 0.00172,
    0.007: 0.00242, 0.01: 0.00342, 0.02: 0.00688, 0.05: 0.0171, 0.1: 0.0345,
}  # fmt: skip
"""Fig. 3: η → A, J² per epoch over the whole ordered phase, at α = 0, B = 32, λ = 0."""
SLOPES_BY_MOMENTUM: Final[dict[float, float]] = {
    0.0: 0.00342, 0.3: 0.00493, 0.5: 0.00701, 0.6: 0.00863, 0.7: 0.0117, 0.8: 0.0173,
    0.85: 0.0231, 0.9: 0.0350, 0.93: 0.0523, 0.95: 0.0765,
}  # fmt: skip
"""Fig. 3: α → A at η = 0.01, B = 32."""
SLOPES_BY_BATCH_SIZE: Final[dict[float, float]] = {
    4: 0.0280, 8: 0.0138, 16: 0.00693, 24: 0.00461, 32: 0.00342, 64: 0.00172, 128: 0.000856,
    192: 0.000573, 256: 0.000425, 512: 0.000212,
}  # fmt: skip
"""Fig. 3: B → A at η = 0.01, α = 0."""

TEST_ACCURACY: Final = (0.88, 0.90)
"""Fig. 2: the range of the test accuracy."""
LAMBDA_STAR: Final = 5e-5
"""Eqs. 8 and 9: λ* = c/(4S), "about 5e-5" for Fashion-MNIST."""
ORDERED_LAMBDA: Final = 5e-4
"""Fig. 6: a λ with which the network stays ordered; with ReLU and Adam, larger ones too."""
BEST_LAMBDA: Final = 9e-5
"""Fig. 6: the λ with the highest final test accuracy, with tanh and SGD."""
BEST_LAMBDA_RELU_ADAM: Final = 4e-5
"""The λ with the highest final test accuracy with ReLU and Adam."""
