"""The columns of an exported table: the fields of an epoch in the log, their units and meaning."""

from typing import Final

from engine.storage.hyperparameters import CHANGEABLE, PARAMETERS

COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "session": ("", "the session's name"),
    "t": ("s since 1970", "when the epoch ended"),
    "elapsed": ("s", "training so far, without pauses"),
    "epoch": ("epochs", "0: before training"),
    "train_loss": ("nats", "mean cross-entropy without the penalty, running over the epoch"),
    "test_loss": ("nats", "mean cross-entropy without the penalty, after the epoch"),
    "train_accuracy": ("fraction", "told right, running over the epoch"),
    "test_accuracy": ("fraction", "told right, after the epoch"),
    "j": ("1", "J = √N · std of the hidden weights"),
    "j0": ("1", "J₀ = N · mean of the hidden weights"),
    "edge_distance": ("1", "d = J/J_edge(J₀/J) − 1"),
    "gain": ("1", "mean-field gain χ; 1 at the edge"),
    "asymptotic_distance": ("1", "‖x − x′‖₂ of the iterated hidden layer"),
    "lyapunov": ("nats per iteration", "maximal Lyapunov exponent λ_max"),
    "jacobian_norm": ("1", "‖J*‖_F/√N at the state reached"),
    "tau": ("1", "rescaled time Σ η/((1−α)B); empty for Adam"),
    "seconds": ("s", "wall time of the epoch"),
    **{
        name: (PARAMETERS[name].unit or "1", f"in force: {PARAMETERS[name].help}")
        for name in CHANGEABLE
    },
}
"""By the log's own names, in the order of the table: (unit, meaning)."""

WHOLE: Final = frozenset({"epoch", *(n for n in CHANGEABLE if PARAMETERS[n].kind is int)})
"""Columns of whole numbers; the others are numbers, `session` is a text."""

METRICS: Final = (
    "train_loss", "test_loss", "train_accuracy", "test_accuracy", "j", "j0", "edge_distance",
    "gain", "asymptotic_distance", "lyapunov", "jacobian_norm", "tau", "seconds",
)  # fmt: skip
"""What was measured: the scalars of TensorBoard."""
