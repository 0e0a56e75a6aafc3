"""Two ways to send a disturbance through a network: forward-mode derivatives, finite differences.

Both join a float tensor and a direction into one input for a module, and split a module's output
into value and tangent. Samples lie along the batch axis.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

import torch
from torch.autograd import forward_ad

_RELATIVE_STEP: Final = 1e-3
"""The step in units of the input's rms, which leaves about four digits in float32."""

# PyTorch annotates nothing there.
_forward_ad: Any = forward_ad


class Disturbance(Protocol):
    """A way to carry tangents. copies: rows of the batch for each sample."""

    name: str
    copies: int

    def join(self, value: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
        """`value` with the tangent `direction`, of its shape; samples along axis 0."""

    def plain(self, value: torch.Tensor, axis: int) -> torch.Tensor:
        """The value in `value`, without a tangent and with one row per sample along `axis`."""

    def tangent(self, value: torch.Tensor, axis: int) -> torch.Tensor | None:
        """The tangent in `value`; None where there is none."""

    def undisturbed(self, value: torch.Tensor, axis: int) -> torch.Tensor:
        """`plain(value)` as a module needs it beside an input that has a tangent."""

    def active(self) -> Any:
        """The context in which modules are called."""


class ForwardMode:
    """Exact derivatives by `torch.autograd.forward_ad`."""

    name = "forward-mode derivatives"
    copies = 1

    def join(self, value: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
        """A dual tensor."""
        dual: torch.Tensor = _forward_ad.make_dual(value, direction)
        return dual

    def plain(self, value: torch.Tensor, axis: int) -> torch.Tensor:
        """The primal."""
        primal: torch.Tensor = _forward_ad.unpack_dual(value).primal
        return primal

    def tangent(self, value: torch.Tensor, axis: int) -> torch.Tensor | None:
        """The tangent of a dual tensor."""
        tangent: torch.Tensor | None = _forward_ad.unpack_dual(value).tangent
        return tangent

    def undisturbed(self, value: torch.Tensor, axis: int) -> torch.Tensor:
        """The primal."""
        return self.plain(value, axis)

    @contextmanager
    def active(self) -> Iterator[None]:
        """A dual level of `forward_ad`."""
        with forward_ad.dual_level():
            yield


class FiniteDifference:
    """Central differences: each sample is followed by its neighbours on both sides, x ± εv."""

    name = "finite differences"
    copies = 3

    def __init__(self) -> None:
        self._epsilon = 1.0

    def join(self, value: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
        """x, x + εv and x − εv, one after the other along axis 0."""
        scale = float(value.detach().float().square().mean().sqrt())
        self._epsilon = _RELATIVE_STEP * (scale or 1.0)
        shift = self._epsilon * direction
        return torch.cat((value, value + shift, value - shift))

    def plain(self, value: torch.Tensor, axis: int) -> torch.Tensor:
        """The first third."""
        return value.chunk(3, axis)[0]

    def tangent(self, value: torch.Tensor, axis: int) -> torch.Tensor | None:
        """(f(x + εv) − f(x − εv)) / 2ε."""
        _, above, below = value.float().chunk(3, axis)
        return (above - below) / (2 * self._epsilon)

    def undisturbed(self, value: torch.Tensor, axis: int) -> torch.Tensor:
        """The first third, three times."""
        return torch.cat((self.plain(value, axis),) * 3, axis)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Nothing: finite differences need no context."""
        yield


def map_tensors(value: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """`value` with each tensor inside its tuples, lists and dicts changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, dict):
        items = {key: map_tensors(item, change) for key, item in value.items()}
        try:
            return type(value)(items)
        except TypeError:
            return items
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(map_tensors(item, change) for item in value))
    if isinstance(value, list | tuple):
        return type(value)(map_tensors(item, change) for item in value)
    return value


def first_tensor(value: Any, *, floating: bool = True) -> torch.Tensor | None:
    """The first (floating) tensor inside `value`; None where there is none."""
    if isinstance(value, torch.Tensor):
        return value if value.is_floating_point() or not floating else None
    parts = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list | tuple):
        return None
    for part in parts:
        tensor = first_tensor(part, floating=floating)
        if tensor is not None:
            return tensor
    return None
