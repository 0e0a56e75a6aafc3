"""The optimizer of a user's loop, whose values can be set while it trains."""

from typing import Any, Final, Protocol

OPTIMIZER_KEYS: Final = {"lr": "lr", "momentum": "momentum", "l2": "weight_decay"}
"""Names of hyperparameters and of an optimizer's own. λ is half of a weight decay."""


class Optimizer(Protocol):
    """What all of PyTorch's optimizers have."""

    param_groups: list[dict[str, Any]]


class TunedOptimizer:
    """Reads and sets the values of all parameter groups of `optimizer`."""

    def __init__(self, optimizer: Optimizer) -> None:
        self._optimizer = optimizer

    @property
    def kind(self) -> str:
        """`sgd`, `adamw`, …"""
        return type(self._optimizer).__name__.lower()

    def values(self) -> dict[str, float]:
        """The values of the first group, by the names of hyperparameters."""
        group = self._optimizer.param_groups[0]
        return {
            name: float(group[key]) / (2 if name == "l2" else 1)
            for name, key in OPTIMIZER_KEYS.items()
            if key in group
        }

    def set(self, name: str, value: float) -> None:
        """Set it in all groups; groups with values of their own keep their ratio to the first."""
        key = OPTIMIZER_KEYS[name]
        setting = 2 * value if name == "l2" else value
        groups = self._optimizer.param_groups
        first = float(groups[0][key])
        for group in groups:
            scaled = setting * (float(group[key]) / first) if first and name == "lr" else setting
            if hasattr(group[key], "fill_"):
                group[key].fill_(scaled)
            else:
                group[key] = scaled
