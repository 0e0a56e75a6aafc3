"""The updates in the paper's conventions: `l2` is λ, the coefficient of ‖w‖² for W and U, not b.

Each optimiser takes the deltas of `network.backward` and forms the gradient of the batch's mean
loss, g = δᵀx/B, inside its own pass over the weights. Nothing is allocated within a step.
"""

from typing import Protocol

import torch

from engine.models.adam import AdamState
from engine.models.paper.network import Batch, Network
from engine.storage.hyperparameters import Hyperparameters


class Optimizer(Protocol):
    """The protocol of an optimiser."""

    def take(self, network: Network, batch: Batch, hyperparameters: Hyperparameters) -> None:
        """Take the part of a step that is the same for every step, so that it may be replayed."""

    def finish(self, network: Network, hyperparameters: Hyperparameters) -> None:
        """Take the part of a step that depends on the step count; called after every `take`."""

    @property
    def state(self) -> dict[str, torch.Tensor]:
        """The tensors that a checkpoint keeps, by name, not copied."""

    def use(self, tensors: dict[str, torch.Tensor]) -> None:
        """Use `tensors`, with the names of `state`, as memory from now on."""


class SGD:
    """Momentum as in the paper's Eq. 6: v ← αv − η(g + 2λw), w ← w + v."""

    def __init__(self, network: Network) -> None:
        self._v = {name: torch.zeros_like(w) for name, w in network.parameters.items()}

    @property
    def state(self) -> dict[str, torch.Tensor]:
        """The velocities: v_W, v_U, v_b, each of its weight's shape."""
        return {f"v_{name}": v for name, v in self._v.items()}

    def use(self, tensors: dict[str, torch.Tensor]) -> None:
        """Use `tensors`, with the names of `state`, as memory from now on."""
        self._v = {name: tensors[f"v_{name}"] for name in self._v}

    def take(self, network: Network, batch: Batch, hyperparameters: Hyperparameters) -> None:
        """Take the whole step; the velocity decays by the matrix product's beta, without a pass."""
        keep = hyperparameters.momentum
        rate = -hyperparameters.lr / len(batch)
        v = self._v
        v["W"].addmm_(batch.delta_hidden_t, batch.x, beta=keep, alpha=rate)
        v["U"].addmm_(batch.delta, batch.hidden, beta=keep, alpha=rate)
        v["b"].addmv_(batch.delta, batch.ones, beta=keep, alpha=rate)
        if hyperparameters.l2:
            pull = -2 * hyperparameters.l2 * hyperparameters.lr
            v["W"].add_(network.W, alpha=pull)
            v["U"].add_(network.U, alpha=pull)
        network.W.add_(v["W"])
        network.U.add_(v["U"])
        network.b.add_(v["b"])

    def finish(self, network: Network, hyperparameters: Hyperparameters) -> None:
        """Do nothing: every step is the same."""


class Adam(AdamState):
    """Keras's form, with 2λw inside the gradient."""

    def __init__(self, network: Network) -> None:
        super().__init__(network.parameters)

    def take(self, network: Network, batch: Batch, hyperparameters: Hyperparameters) -> None:
        """Compute the gradients."""
        g, share, penalty = self.gradients, 1 / len(batch), 2 * hyperparameters.l2
        torch.addmm(network.W, batch.delta_hidden_t, batch.x, beta=penalty, alpha=share, out=g["W"])
        torch.addmm(network.U, batch.delta, batch.hidden, beta=penalty, alpha=share, out=g["U"])
        torch.addmv(network.b, batch.delta, batch.ones, beta=0, alpha=share, out=g["b"])

    def finish(self, network: Network, hyperparameters: Hyperparameters) -> None:
        """Update the weights in one pass."""
        self.parameters = network.parameters
        self.step(hyperparameters.lr)


def make(network: Network, optimizer: str) -> Optimizer:
    """The optimiser called `optimizer` ("sgd" or "adam") with its state at zero."""
    return Adam(network) if optimizer == "adam" else SGD(network)
