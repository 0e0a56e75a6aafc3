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
import numpy.typing as npt
import torch

from engine.storage.hyperparameters import Hyperparameters

INPUTS: Final = 784
CLASSES: Final = 10

Array = npt.NDArray[np.generic]


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
        self._make_views()

    @property
    def parameters(self) -> dict[str, torch.Tensor]:
        """The weights by name, not copied."""
        return {"W": self.W, "U": self.U, "b": self.b}

    def use(self, tensors: dict[str, torch.Tensor]) -> None:
        """Use `tensors`, with the names of `parameters`, as memory from now on."""
        self.W, self.U, self.b = tensors["W"], tensors["U"], tensors["b"]
        self._make_views()

    def _make_views(self) -> None:
        """Make the views of the weights that a step's products use, since making one takes time."""
        self.W_t, self.U_t, self.b_column = self.W.t(), self.U.t(), self.b[:, None]

    def activate(self, h: torch.Tensor, array: Array | None = None) -> None:
        """Replace h by φ(h). array: `array_of(h)`, if known."""
        if self.activation == "relu":
            h.clamp_(min=0)
            return
        if array is None:
            array = array_of(h)
        if array is None:
            torch.tanh(h, out=h)
        else:
            # NumPy's tanh is several times faster than torch's, and as exact (1 ulp).
            np.tanh(array, out=array)

    def evaluate(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Sum of the cross-entropies (float64, nats) and number of correct answers.

        x: (S, 784), y: (S,) labels.
        """
        hidden = x @ self.W_t
        self.activate(hidden)
        log_p = torch.addmm(self.b, hidden, self.U_t).log_softmax(1)
        loss = -log_p.gather(1, y[:, None]).double().sum()
        return loss, (log_p.argmax(1) == y).sum()


def array_of(h: torch.Tensor) -> Array | None:
    """The memory of `h` as a NumPy array; None where it is not on the CPU.

    Call it once: it takes as long as the tanh of a small batch.
    """
    return h.numpy() if h.device.type == "cpu" else None


@dataclass(frozen=True)
class Batch:
    """A batch and the intermediate results of a step; every step reuses the tensors.

    x: (B, 784); onehot: (10, B); hidden, delta_hidden (δ₁), scratch: (B, units); delta (δ₂):
    (10, B), since U·hiddenᵀ is several times faster than hidden·Uᵀ; ones: (B,). The deltas are
    those of the summed loss, not of the mean. A name that ends in _t is the transposed view;
    hidden_array is `array_of(hidden)`.
    """

    x: torch.Tensor
    onehot: torch.Tensor
    hidden: torch.Tensor
    hidden_t: torch.Tensor
    hidden_array: Array | None
    delta_hidden: torch.Tensor
    delta_hidden_t: torch.Tensor
    scratch: torch.Tensor
    delta: torch.Tensor
    delta_t: torch.Tensor
    ones: torch.Tensor

    @classmethod
    def room_for(cls, network: Network, size: int) -> "Batch":
        """An empty batch of `size` images on the device of `network`."""

        def room(*shape: int) -> torch.Tensor:
            return network.W.new_zeros(shape)

        units = len(network.W)
        hidden, delta_hidden, delta = room(size, units), room(size, units), room(CLASSES, size)
        return cls(
            x=room(size, INPUTS),
            onehot=room(CLASSES, size),
            hidden=hidden,
            hidden_t=hidden.t(),
            hidden_array=array_of(hidden),
            delta_hidden=delta_hidden,
            delta_hidden_t=delta_hidden.t(),
            scratch=room(size, units),
            delta=delta,
            delta_t=delta.t(),
            ones=room(size).fill_(1),
        )

    def __len__(self) -> int:
        return len(self.x)


def backward(network: Network, batch: Batch, log_p: torch.Tensor) -> None:
    """From batch.x and batch.onehot: δ₂ and δ₁, in place; log p, (10, B), goes into `log_p`."""
    hidden, delta, delta_hidden = batch.hidden, batch.delta, batch.delta_hidden
    torch.mm(batch.x, network.W_t, out=hidden)
    network.activate(hidden, batch.hidden_array)
    torch.addmm(network.b_column, network.U, batch.hidden_t, out=delta)
    torch.log_softmax(delta, 0, out=log_p)
    torch.exp(log_p, out=delta).sub_(batch.onehot)
    torch.mm(batch.delta_t, network.U, out=delta_hidden)
    if network.activation == "tanh":
        # δ₁ −= δ₁ h²: φ′ = 1 − tanh².
        torch.mul(delta_hidden, hidden, out=batch.scratch)
        delta_hidden.addcmul_(batch.scratch, hidden, value=-1)
    else:
        torch.sign(hidden, out=batch.scratch)
        delta_hidden.mul_(batch.scratch)
