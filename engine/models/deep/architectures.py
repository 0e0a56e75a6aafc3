"""The deeper networks, as modules: an MLP and a small CNN.

mlp: `depth` hidden layers h ← φ(W h) of `width` units. With one hidden layer it is the paper's
network, weight for weight.

cnn: `depth` convolutions of 3 × 3 with padding 1 and `width` channels, each followed by φ, and the
first two by max pooling over 2 × 2, so that a channel has 28 × 28, 14 × 14 and then 7 × 7 values
(32 × 32, 16 × 16 and 8 × 8 for CIFAR-10, whose images have three channels).

In both the hidden layers have no bias, as in the paper, and softmax(U h + b) reads the last one.
"""

import math
from collections import OrderedDict
from typing import Final

import torch
from torch import nn

from engine.models.deep.layers import FoldedLinear
from engine.models.paper.network import CLASSES
from engine.storage.hyperparameters import Hyperparameters

_POOLED: Final = 2
_ACTIVATIONS: Final = {"tanh": nn.Tanh, "relu": nn.ReLU}


def build(hyperparameters: Hyperparameters) -> nn.Sequential:
    """The module, in float32 on the CPU, drawn from the run's seed; it takes images (B, N), flat.

    Hidden weights ~ Normal(J₀/N, J²/N) for tanh, uniform with the same mean and variance for ReLU;
    N is the fan-in, 9 C of a convolution of C channels. U is Glorot uniform, b is zero.
    """
    parts = _convolutions if hyperparameters.model == "cnn" else _layers
    module = nn.Sequential(OrderedDict(parts(hyperparameters)))
    _draw(module, hyperparameters)
    return module


def _layers(h: Hyperparameters) -> list[tuple[str, nn.Module]]:
    parts: list[tuple[str, nn.Module]] = []
    for number in range(1, h.depth + 1):
        inputs = math.prod(h.image_shape) if number == 1 else h.width
        parts.append((f"hidden{number}", FoldedLinear(inputs, h.width)))
        parts.append((f"phi{number}", _ACTIVATIONS[h.activation]()))
    return [*parts, ("readout", nn.Linear(h.width, CLASSES))]


def _convolutions(h: Hyperparameters) -> list[tuple[str, nn.Module]]:
    parts: list[tuple[str, nn.Module]] = [("image", nn.Unflatten(1, h.image_shape))]
    colours, _, side = h.image_shape
    for number in range(1, h.depth + 1):
        channels = colours if number == 1 else h.width
        convolution = nn.Conv2d(channels, h.width, 3, padding=1, bias=False)
        parts.append((f"conv{number}", convolution))
        parts.append((f"phi{number}", _ACTIVATIONS[h.activation]()))
        if number <= _POOLED:
            parts.append((f"pool{number}", nn.MaxPool2d(2)))
    side >>= min(h.depth, _POOLED)
    return [*parts, ("flat", nn.Flatten()), ("readout", nn.Linear(h.width * side**2, CLASSES))]


@torch.no_grad()
def _draw(module: nn.Sequential, h: Hyperparameters) -> None:
    generator = torch.Generator().manual_seed(h.seed)
    for name, W in module.named_parameters():
        if name == "readout.weight":
            W.uniform_(-1, 1, generator=generator).mul_(math.sqrt(6 / sum(W.shape)))
        elif name == "readout.bias":
            W.zero_()
        else:
            _draw_hidden(W, h, generator)


def _draw_hidden(W: torch.Tensor, h: Hyperparameters, generator: torch.Generator) -> None:
    fan_in = W[0].numel()
    mean, std = h.j0 / fan_in, h.j / math.sqrt(fan_in)
    if h.activation == "tanh":
        W.normal_(mean, std, generator=generator)
    else:
        W.uniform_(-1, 1, generator=generator).mul_(std * math.sqrt(3)).add_(mean)
