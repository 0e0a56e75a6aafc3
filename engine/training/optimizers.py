"""The updates in the paper's conventions: `l2` is λ, the coefficient of ‖w‖² for W and U, not b.

Each optimiser takes the deltas of `network.backward` and forms the gradient of the batch's mean
loss, g = δᵀx/B, inside its own pass over the weights. Nothing is allocated within a step.
"""

import math
from typing import Protocol

import torch
from torch.optim.adam import adam

from engine.storage.hyperparameters import Hyperparameters
from engine.training.network import Batch, Network


class Optimizer(Protocol):
    """What the trainer needs of one."""

    def take(self, network: Network, batch: Batch, hyperparameters: Hyperparameters) -> None:
        """What a step for `batch` does that is the same for every step: it may be replayed."""

    def finish(self, network: Network, hyperparameters: Hyperparameters) -> None:
        """What depends on how many steps there were; called after every `take`."""

    @property
    def state(self) -> dict[str, torch.Tensor]:
        """The tensors that a checkpoint keeps, by name, not copied."""

    def use(self, tensors: dict[str, torch.Tensor]) -> None:
        """Go on in `tensors`, of the names of `state`, in place of the own ones."""


class SGD:
    """Momentum as in the paper's Eq. 6: v ← αv − η(g + 2λw), w ← w + v."""

    def __init__(self, network: Network) -> None:
        self._v = {name: torch.zeros_like(w) for name, w in network.parameters.items()}

    @property
    def state(self) -> dict[str, torch.Tensor]:
        """The velocities: v_W, v_U, v_b, each of its weight's shape."""
        return {f"v_{name}": v for name, v in self._v.items()}

    def use(self, tensors: dict[str, torch.Tensor]) -> None:
        """Go on in `tensors`, of the names of `state`, in place of the own ones."""
        self._v = {name: tensors[f"v_{name}"] for name in self._v}

    def take(self, network: Network, batch: Batch, hyperparameters: Hyperparameters) -> None:
        """All of a step; the decay of the velocity is the product's beta, without its own pass."""
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
        """Nothing: a step is the same whenever it comes."""


class Adam:
    """Keras's form: w ← w − η·√(1−β₂ᵗ)/(1−β₁ᵗ)·m/(√v + ε), with 2λw inside the gradient."""

    BETA1 = 0.9
    BETA2 = 0.999
    EPSILON = 1e-7

    def __init__(self, network: Network) -> None:
        parameters = network.parameters
        self._m = {name: torch.zeros_like(w) for name, w in parameters.items()}
        self._v = {name: torch.zeros_like(w) for name, w in parameters.items()}
        self._g = {name: torch.zeros_like(w) for name, w in parameters.items()}
        # On the CPU wherever the weights are: it only enters the rate.
        self._t = torch.zeros((), dtype=torch.int64)
        # The count as torch's own Adam wants it, beside each of the weights.
        self._counts = [w.new_zeros((), dtype=torch.float32) for w in parameters.values()]

    @property
    def state(self) -> dict[str, torch.Tensor]:
        """The moments m_W … v_b, each of its weight's shape, and the count of steps `t`."""
        moments = {f"m_{name}": m for name, m in self._m.items()}
        return moments | {f"v_{name}": v for name, v in self._v.items()} | {"t": self._t}

    def use(self, tensors: dict[str, torch.Tensor]) -> None:
        """Go on in `tensors`, of the names of `state`, in place of the own ones."""
        self._m = {name: tensors[f"m_{name}"] for name in self._m}
        self._v = {name: tensors[f"v_{name}"] for name in self._v}
        self._t = tensors["t"]

    def take(self, network: Network, batch: Batch, hyperparameters: Hyperparameters) -> None:
        """The gradients."""
        g, share, penalty = self._g, 1 / len(batch), 2 * hyperparameters.l2
        torch.addmm(network.W, batch.delta_hidden_t, batch.x, beta=penalty, alpha=share, out=g["W"])
        torch.addmm(network.U, batch.delta, batch.hidden, beta=penalty, alpha=share, out=g["U"])
        torch.addmv(network.b, batch.delta, batch.ones, beta=0, alpha=share, out=g["b"])

    def finish(self, network: Network, hyperparameters: Hyperparameters) -> None:
        """The step itself, in one pass over the weights by torch's fused Adam.

        Its form is η/(1−β₁ᵗ)·m/(√(v/(1−β₂ᵗ)) + ε′), which is Keras's for ε′ = ε/√(1−β₂ᵗ).
        """
        for count in self._counts:
            count.fill_(int(self._t))
        self._t += 1
        adam(
            list(network.parameters.values()),
            list(self._g.values()),
            list(self._m.values()),
            list(self._v.values()),
            [],
            self._counts,
            fused=True,
            lr=hyperparameters.lr,
            beta1=self.BETA1,
            beta2=self.BETA2,
            eps=self.EPSILON / math.sqrt(1 - self.BETA2 ** int(self._t)),
            weight_decay=0.0,
            amsgrad=False,
            maximize=False,
        )


def make(network: Network, optimizer: str) -> Optimizer:
    """The optimiser called `optimizer` ("sgd" or "adam") with its state at zero."""
    return Adam(network) if optimizer == "adam" else SGD(network)
