"""The updates in the paper's conventions, for any module: λ on weights, not on biases.

`FoldedLinear` layers accumulate their gradients in the optimiser's tensors; the gradients of other
parameters are added afterwards.
"""

from collections.abc import Sequence

import torch
from torch import nn

from engine.models.adam import AdamState
from engine.models.deep.layers import FoldedLinear, GradientSink
from engine.models.model import Tensors
from engine.storage.hyperparameters import Hyperparameters


class GradientTarget:
    """The tensors into which a step's gradients go, beside the parameters of `module`."""

    def __init__(self, module: nn.Module, into: Tensors) -> None:
        parameters = dict(module.named_parameters())
        self._sinks: list[GradientSink] = []
        folded: set[str] = set()
        for name, layer in module.named_modules():
            if isinstance(layer, FoldedLinear):
                layer.sink = GradientSink(into[f"{name}.weight"], 0.0, 1.0)
                self._sinks.append(layer.sink)
                folded.add(f"{name}.weight")
        self._others = [(p, into[name]) for name, p in parameters.items() if name not in folded]
        self._decayed = [(p.data, into[name]) for name, p in parameters.items() if p.ndim > 1]

    def set(self, keep: float, rate: float) -> None:
        """Set the update to into ← keep · into + rate · g."""
        self._keep, self._rate = keep, rate
        for sink in self._sinks:
            sink.keep, sink.rate = keep, rate

    def gather(self) -> None:
        """Add the gradients of the last backward pass that no sink has received."""
        for parameter, into in self._others:
            assert parameter.grad is not None
            into.mul_(self._keep).add_(parameter.grad, alpha=self._rate)
            parameter.grad = None

    def add_weights(self, share: float) -> None:
        """into ← into + share · w for weights, not for biases."""
        for weights, into in self._decayed:
            into.add_(weights, alpha=share)


class Momentum:
    """v ← αv − η(g + 2λw), w ← w + v (the paper's Eq. 6)."""

    def __init__(self, module: nn.Module) -> None:
        self._parameters = [p.data for p in module.parameters()]
        self._v = {name: torch.zeros_like(p.data) for name, p in module.named_parameters()}
        self._target = GradientTarget(module, self._v)

    @property
    def state(self) -> Tensors:
        """The velocities, `v_` before the parameter's name."""
        return {f"v_{name}": v for name, v in self._v.items()}

    def begin(self, h: Hyperparameters) -> None:
        """Prepare the backward pass of a step."""
        self._target.set(h.momentum, -h.lr)

    def finish(self, h: Hyperparameters) -> None:
        """Update the weights after the backward pass."""
        self._target.gather()
        if h.l2:
            self._target.add_weights(-2 * h.l2 * h.lr)
        _add(self._parameters, list(self._v.values()))


class DeepAdam:
    """Adam in Keras's form, with 2λw inside the gradient."""

    def __init__(self, module: nn.Module) -> None:
        self._adam = AdamState({name: p.data for name, p in module.named_parameters()})
        self._target = GradientTarget(module, self._adam.gradients)
        self._target.set(0.0, 1.0)

    @property
    def state(self) -> Tensors:
        """The moments, `m_` and `v_` before the parameter's name, and the count of steps `t`."""
        return self._adam.state

    def begin(self, h: Hyperparameters) -> None:
        """Prepare the backward pass of a step."""

    def finish(self, h: Hyperparameters) -> None:
        """Update the weights after the backward pass."""
        self._target.gather()
        if h.l2:
            self._target.add_weights(2 * h.l2)
        self._adam.step(h.lr)


def _add(weights: Sequence[torch.Tensor], moves: Sequence[torch.Tensor]) -> None:
    torch._foreach_add_(list(weights), list(moves))
