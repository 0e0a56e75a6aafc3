"""Statistics of weight matrices: J and J₀, bulk and spikes of the singular values, saturation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import torch
from torch import nn

_QUARTER_CIRCLE_MEDIAN: Final = 0.8079
"""The median of the quarter-circle law on [0, 2]: singular values of G/√N, G Gaussian."""
_SATURATED: Final = 0.9


@dataclass(frozen=True)
class WeightLayer:
    """One weight matrix: its name, fan-in, J = √(fan_in · Var W) and J₀ = fan_in · mean(W).

    J² is the usual σ_w². For a convolution fan_in = C_in / groups · k · k.
    """

    name: str
    fan_in: int
    j: float
    j0: float


@dataclass(frozen=True)
class Spectrum:
    """The singular values of a square W, as a random bulk and spikes above it.

    bulk_j: the J of the Gaussian matrix with the same median singular value. spikes: the number of
    singular values above twice that, where such a matrix has none.
    """

    bulk_j: float
    spikes: int


def order_parameters(W: torch.Tensor) -> tuple[float, float]:
    """J = √N · std(W) and J₀ = N · mean(W), in float64; N is the fan-in, W's second dimension."""
    fan_in = W.shape[1]
    values = W.detach().double()
    J = float(values.std(correction=0)) * fan_in**0.5
    return J, float(values.mean()) * fan_in


def spectrum(W: torch.Tensor) -> Spectrum:
    """Bulk and spikes of W, (N, N); all nan and no spikes for weights that are not finite.

    Raises ValueError for a W that is not square, whose bulk follows another law.
    """
    if W.ndim != 2 or W.shape[0] != W.shape[1]:
        raise ValueError(f"bulk and spikes need a square matrix, not one of shape {tuple(W.shape)}")
    W = W.detach().float()
    if not bool(W.isfinite().all()):
        return Spectrum(float("nan"), 0)
    # Takes less than half the time of an SVD, and is exact enough for the median.
    squares = torch.linalg.eigvalsh(W.T @ W).double().clamp(min=0)
    values = squares.sqrt().flip(0)
    bulk = float(values.median()) / _QUARTER_CIRCLE_MEDIAN
    return Spectrum(bulk, int((values > 2 * bulk).sum()))


def saturation(hidden: torch.Tensor) -> float:
    """The share of tanh outputs, of any shape, beyond ±0.9."""
    return float((hidden.abs() > _SATURATED).double().mean())


def weight_layers(module: nn.Module, prefix: str = "") -> Iterator[WeightLayer]:
    """J and J₀ of each linear and convolution layer inside `module`, and of attention's products.

    Layers without weights so far (lazy ones), or with weights that are not tensors, are left out.
    """
    for name, layer in module.named_modules():
        for part, W in _matrices(layer):
            full = ".".join(filter(None, (prefix, name, part)))
            J, J0 = order_parameters(W)
            yield WeightLayer(full, W.shape[1], J, J0)


def _matrices(layer: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """The weights of `layer` itself as matrices (units, fan_in)."""
    if isinstance(layer, nn.MultiheadAttention):
        # out_proj is a Linear of its own.
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            W = getattr(layer, name)
            if isinstance(W, torch.Tensor):
                yield name, W
        return
    weight = getattr(layer, "weight", None)
    if not isinstance(weight, torch.Tensor) or isinstance(weight, nn.UninitializedParameter):
        return
    if isinstance(layer, nn.Linear):
        yield "", weight
    elif isinstance(layer, nn.modules.conv._ConvTransposeNd):
        # (C_in, C_out / groups, …): an output sums over the C_in / groups channels of its group.
        channels = weight.shape[0] // layer.groups
        yield (
            "",
            weight.view(layer.groups, channels, *weight.shape[1:])
            .transpose(1, 2)
            .flatten(0, 1)
            .flatten(1),
        )
    elif isinstance(layer, nn.modules.conv._ConvNd):
        yield "", weight.flatten(1)
