"""Adam's moments and its step, in Keras's form."""

import math
from typing import Final

import torch
from torch.optim.adam import adam

from engine.models.model import Tensors

BETA1: Final = 0.9
BETA2: Final = 0.999
EPSILON: Final = 1e-7


class AdamState:
    """w ← w − η·√(1−β₂ᵗ)/(1−β₁ᵗ)·m/(√v + ε), for `parameters` by name, stepped in place.

    gradients: by the same names, to be filled before each step.
    """

    def __init__(self, parameters: Tensors) -> None:
        self.parameters = parameters
        self.gradients = {name: torch.zeros_like(w) for name, w in parameters.items()}
        self._m = {name: torch.zeros_like(w) for name, w in parameters.items()}
        self._v = {name: torch.zeros_like(w) for name, w in parameters.items()}
        # On the CPU, wherever the weights are, because it only enters the rate.
        self._t = torch.zeros((), dtype=torch.int64)
        # The count in the form that torch's own Adam needs, for each of the weights.
        self._counts = [w.new_zeros((), dtype=torch.float32) for w in parameters.values()]

    @property
    def state(self) -> Tensors:
        """The moments m_… and v_…, each of its weight's shape, and the count of steps `t`."""
        moments = {f"m_{name}": m for name, m in self._m.items()}
        return moments | {f"v_{name}": v for name, v in self._v.items()} | {"t": self._t}

    def use(self, tensors: Tensors) -> None:
        """Use `tensors`, with the names of `state`, as memory from now on."""
        self._m = {name: tensors[f"m_{name}"] for name in self._m}
        self._v = {name: tensors[f"v_{name}"] for name in self._v}
        self._t = tensors["t"]

    def step(self, lr: float) -> None:
        """Update the weights in one pass of torch's fused Adam.

        Its form is η/(1−β₁ᵗ)·m/(√(v/(1−β₂ᵗ)) + ε′), which is Keras's for ε′ = ε/√(1−β₂ᵗ).
        """
        for count in self._counts:
            count.fill_(int(self._t))
        self._t += 1
        adam(
            list(self.parameters.values()),
            list(self.gradients.values()),
            list(self._m.values()),
            list(self._v.values()),
            [],
            self._counts,
            fused=True,
            lr=lr,
            beta1=BETA1,
            beta2=BETA2,
            eps=EPSILON / math.sqrt(1 - BETA2 ** int(self._t)),
            weight_decay=0.0,
            amsgrad=False,
            maximize=False,
        )
