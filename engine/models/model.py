"""The protocol of a network with its optimiser, as training, measuring and saving use it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch

from engine.storage.hyperparameters import Hyperparameters
from engine.storage.session.events import Layer

Tensors = dict[str, torch.Tensor]
Work = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], None]
"""Called with indices (B,), labels (B,) and log_p (10, B), which it fills."""


class TrainingData(NamedTuple):
    """images: (S, N); eye: (10, 10), whose columns are the one-hot labels."""

    images: torch.Tensor
    eye: torch.Tensor


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """Measurements of the weights, by the metrics' names; None: not measured.

    j, j0: of the first hidden layer.
    """

    j: float
    j0: float
    asymptotic_distance: float | None = None
    lyapunov: float | None = None
    jacobian_norm: float | None = None
    bulk_j: float | None = None
    spikes: float | None = None
    saturation: float | None = None
    lambda_depth: float | None = None
    lambda_depth_error: float | None = None
    lambda_angle: float | None = None
    lambda_angle_error: float | None = None
    layers: tuple[Layer, ...] | None = None


class Model(Protocol):
    """A network with the state of its optimiser.

    graphable: whether a step allocates nothing, so that a CUDA graph can hold it.
    """

    graphable: bool

    @property
    def state(self) -> Tensors:
        """The tensors that the next step depends on, by name, not copied."""

    def use(self, tensors: Tensors) -> None:
        """Use `tensors`, with the names of `state`, as the model's memory from now on."""

    def work_for(self, data: TrainingData, size: int, hyperparameters: Hyperparameters) -> Work:
        """A function that takes a step on `size` images, except what depends on the step count."""

    def finish(self, hyperparameters: Hyperparameters) -> None:
        """Take the part of a step that depends on the step count, after the work of each."""

    def evaluate(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Sum of the cross-entropies (float64, nats) and number of correct answers.

        x: (S, N), y: (S,) labels.
        """

    @property
    def measurable(self) -> bool:
        """Whether `measure` supports indicators for a network of this shape."""

    def measure(self, images: torch.Tensor, *, indicators: bool) -> Measurements:
        """J and J₀, and with `indicators` those of order and chaos; images: held-out, (M, N)."""
