"""The paper's network as the trainer uses it."""

from typing import Final

import torch

from engine.indicators import hidden_map, weights
from engine.models.model import Measurements, Tensors, TrainingData, Work
from engine.models.paper import optimizers
from engine.models.paper.network import INPUTS, Batch, Network, backward
from engine.storage.hyperparameters import Hyperparameters

_SATURATION_IMAGES: Final = 1000


class PaperModel:
    """One hidden layer and its optimiser. Nothing is allocated within a step."""

    graphable = True

    def __init__(
        self,
        hyperparameters: Hyperparameters,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self._seed = hyperparameters.seed
        self._network = Network(hyperparameters, device, dtype)
        self._optimizer = optimizers.make(self._network, hyperparameters.optimizer)

    @property
    def state(self) -> Tensors:
        """W, U, b, and velocities or moments; not copied."""
        return self._network.parameters | self._optimizer.state

    def use(self, tensors: Tensors) -> None:
        """Use `tensors`, with the names of `state`, as the model's memory from now on."""
        self._network.use(tensors)
        self._optimizer.use(tensors)

    def work_for(self, data: TrainingData, size: int, hyperparameters: Hyperparameters) -> Work:
        """A function that takes a step on `size` images, except what depends on the step count."""
        batch = Batch.room_for(self._network, size)

        def work(indices: torch.Tensor, labels: torch.Tensor, log_p: torch.Tensor) -> None:
            torch.index_select(data.images, 0, indices, out=batch.x)
            torch.index_select(data.eye, 1, labels, out=batch.onehot)
            backward(self._network, batch, log_p)
            self._optimizer.take(self._network, batch, hyperparameters)

        return work

    def finish(self, hyperparameters: Hyperparameters) -> None:
        """Take the part of a step that depends on the step count, after the work of each."""
        self._optimizer.finish(self._network, hyperparameters)

    def evaluate(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Sum of the cross-entropies (float64, nats) and number of correct answers."""
        return self._network.evaluate(x, y)

    @property
    def measurable(self) -> bool:
        """Whether W is square, so that it can be iterated."""
        return self._network.W.shape == (INPUTS, INPUTS)

    def measure(self, images: torch.Tensor, *, indicators: bool) -> Measurements:
        """J and J₀ of W, and the indicators of the hidden layer as a map."""
        W, activation = self._network.W, self._network.activation
        j, j0 = weights.order_parameters(W)
        if not indicators:
            return Measurements(j=j, j0=j0)
        of_map = hidden_map.measure(W, activation, self._seed)
        spectrum = weights.spectrum(W)
        hidden = images[:_SATURATION_IMAGES] @ W.T
        self._network.activate(hidden)
        return Measurements(
            j=j,
            j0=j0,
            asymptotic_distance=of_map.asymptotic_distance,
            lyapunov=of_map.lyapunov,
            jacobian_norm=of_map.jacobian_norm,
            bulk_j=spectrum.bulk_j,
            spikes=float(spectrum.spikes),
            saturation=weights.saturation(hidden) if activation == "tanh" else None,
        )
