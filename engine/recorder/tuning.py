"""The optimizer of a user's loop, with values that can be set while it trains."""

from typing import Any, Final, Protocol

OPTIMIZER_KEYS: Final = {"lr": "lr", "momentum": "momentum", "l2": "weight_decay"}
"""Keys of a parameter group by hyperparameter. λ (l2) is half of a weight decay."""


class TorchOptimizer(Protocol):
    """The part of a PyTorch optimizer that is read and set: its parameter groups."""

    param_groups: list[dict[str, Any]]


class TunedOptimizer:
    """Reads and sets the values of all parameter groups of `optimizer`."""

    def __init__(self, optimizer: TorchOptimizer) -> None:
        self._optimizer = optimizer

    @property
    def kind(self) -> str:
        """`sgd`, `adamw`, …"""
        return type(self._optimizer).__name__.lower()

    def values(self) -> dict[str, float]:
        """The values of the first group by hyperparameter; l2 as λ = weight decay / 2."""
        group = self._optimizer.param_groups[0]
        return {
            name: float(group[key]) / (2 if name == "l2" else 1)
            for name, key in OPTIMIZER_KEYS.items()
            if key in group
        }

    def set(self, name: str, value: float) -> None:
        """Set hyperparameter `name` in all groups; lr keeps its ratio to that of the first."""
        key = OPTIMIZER_KEYS[name]
        setting = 2 * value if name == "l2" else value
        groups = self._optimizer.param_groups
        first_value = float(groups[0][key])
        keeps_ratio = name == "lr" and first_value != 0
        for group in groups:
            scaled = setting * (float(group[key]) / first_value) if keeps_ratio else setting
            if hasattr(group[key], "fill_"):
                group[key].fill_(scaled)
            else:
                group[key] = scaled
