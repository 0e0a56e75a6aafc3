"""The paper's analytical network, with the gradients derived by hand.

    hidden = φ(x Wᵀ)            W: (units, 784), no bias
    p = softmax(hidden Uᵀ + b)  U: (10, units), b: (10,)

With δ₂ = p − onehot(y) and δ₁ = (δ₂ U) ⊙ φ′, the gradients of the summed cross-entropy are
∂W = δ₁ᵀ x, ∂U = δ₂ᵀ hidden and ∂b = Σ δ₂. Both products are left to the optimiser, which folds them
into its own pass. The gradient for the input is never formed.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from engine.record.hyperparameters import Hyperparameters

INPUTS: Final = 784
CLASSES: Final = 10


class Network:
    """W, U and b, drawn from the run's seed; the draws do not depend on the device.

    W ~ Normal(J₀/N, J²/N) for tanh; for ReLU uniform with the same mean and variance (J = 1 is
    Keras's Glorot uniform at N = 784). N = 784 is the fan-in. U is Glorot uniform, b is zero.
    """

    def __init__(
        self,
        hyperparameters: Hyperparameters,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.activation = hyperparameters.activation
        generator = torch.Generator().manual_seed(hyperparameters.seed)
        units = hyperparameters.width
        mean, std = hyperparameters.j0 / INPUTS, hyperparameters.j / math.sqrt(INPUTS)
        W = torch.empty(units, INPUTS)
        if self.activation == "tanh":
            W.normal_(mean, std, generator=generator)
        else:
            W.uniform_(-1, 1, generator=generator).mul_(std * math.sqrt(3)).add_(mean)
        U = torch.empty(CLASSES, units).uniform_(-1, 1, generator=generator)
        U *= math.sqrt(6 / (units + CLASSES))
        self.W = W.to(device, dtype)
        self.U = U.to(device, dtype)
        self.b = torch.zeros(CLASSES, device=device, dtype=dtype)

    @property
    def parameters(self) -> dict[str, torch.Tensor]:
        """The weights by name, not copied."""
        return {"W": self.W, "U": self.U, "b": self.b}

    def use(self, tensors: dict[str, torch.Tensor]) -> None:
        """Go on in `tensors`, of the names of `parameters`, in place of the own ones."""
        self.W, self.U, self.b = tensors["W"], tensors["U"], tensors["b"]

    def hidden(self, x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        """φ(x Wᵀ) of shape (B, units), in `out`."""
        torch.mm(x, self.W.t(), out=out)
        if self.activation == "relu":
            return out.clamp_(min=0)
        if out.device.type == "cpu":
            # NumPy's tanh is several times faster than torch's, and as exact (1 ulp).
            np.tanh(out.numpy(), out=out.numpy())
            return out
        return torch.tanh(out, out=out)

    def evaluate(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Sum of the cross-entropies (float64, nats) and number of right answers.

        x: (S, 784), y: (S,) labels.
        """
        hidden = self.hidden(x, x.new_empty(len(x), len(self.W)))
        log_p = torch.addmm(self.b, hidden, self.U.t()).log_softmax(1)
        loss = -log_p.gather(1, y[:, None]).double().sum()
        return loss, (log_p.argmax(1) == y).sum()


@dataclass(frozen=True)
class Batch:
    """A batch and all that a step computes on the way; its tensors are reused by every step.

    x: (B, 784); onehot: (10, B); hidden, delta_hidden (δ₁), scratch: (B, units); delta (δ₂):
    (10, B), since U·hiddenᵀ is several times faster than hidden·Uᵀ; ones: (B,). The deltas are
    those of the summed loss, not of the mean.
    """

    x: torch.Tensor
    onehot: torch.Tensor
    hidden: torch.Tensor
    delta_hidden: torch.Tensor
    scratch: torch.Tensor
    delta: torch.Tensor
    ones: torch.Tensor

    @classmethod
    def room_for(cls, network: Network, size: int) -> "Batch":
        """Room for `size` images, beside `network`'s weights."""

        def room(*shape: int) -> torch.Tensor:
            return network.W.new_zeros(shape)

        units = len(network.W)
        return cls(
            x=room(size, INPUTS),
            onehot=room(CLASSES, size),
            hidden=room(size, units),
            delta_hidden=room(size, units),
            scratch=room(size, units),
            delta=room(CLASSES, size),
            ones=room(size).fill_(1),
        )

    def __len__(self) -> int:
        return len(self.x)


def backward(network: Network, batch: Batch, log_p: torch.Tensor) -> None:
    """From batch.x and batch.onehot: δ₂ and δ₁, in place; log p, (10, B), goes into `log_p`."""
    network.hidden(batch.x, batch.hidden)
    torch.addmm(network.b[:, None], network.U, batch.hidden.t(), out=batch.delta)
    torch.log_softmax(batch.delta, 0, out=log_p)
    torch.exp(log_p, out=batch.delta).sub_(batch.onehot)
    torch.mm(batch.delta.t(), network.U, out=batch.delta_hidden)
    if network.activation == "tanh":
        # δ₁ −= δ₁ h²: φ′ = 1 − tanh².
        torch.mul(batch.delta_hidden, batch.hidden, out=batch.scratch)
        batch.delta_hidden.addcmul_(batch.scratch, batch.hidden, value=-1)
    else:
        torch.sign(batch.hidden, out=batch.scratch)
        batch.delta_hidden.mul_(batch.scratch)
