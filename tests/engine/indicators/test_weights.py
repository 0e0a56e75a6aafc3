"""Statistics of weight matrices against matrices whose statistics are known."""

import math

import pytest
import torch
from torch import nn

from engine.indicators.weights import saturation, spectrum, weight_layers


def test_bulk_and_spikes_of_a_gaussian_matrix_with_two_strong_directions() -> None:
    generator = torch.Generator().manual_seed(0)
    N, J = 784, 1.3
    W = torch.randn(N, N, generator=generator) * J / math.sqrt(N)
    for strength in (8.0, 6.0):
        u, v = torch.randn(2, N, generator=generator)
        W += strength * torch.outer(u / u.norm(), v / v.norm())
    measured = spectrum(W)
    assert measured.bulk_j == pytest.approx(1.298, abs=0.01)
    assert measured.spikes == 2
    assert math.sqrt(N) * float(W.std()) == pytest.approx(1.343, abs=0.01)


def test_a_spectrum_of_weights_that_diverged_is_nan_and_one_of_zeros_is_zero() -> None:
    W = torch.ones(8, 8)
    W[0, 0] = math.inf
    assert math.isnan(spectrum(W).bulk_j)
    assert spectrum(torch.zeros(8, 8)).spikes == 0
    with pytest.raises(ValueError, match="square"):
        spectrum(torch.ones(3, 4))


def test_saturation_counts_both_ends() -> None:
    assert saturation(torch.tensor([[-0.95, 0.2], [0.89, 0.91]])) == 0.5


def test_fan_in_of_each_kind_of_weight_layer() -> None:
    model = nn.ModuleDict(
        {
            "linear": nn.Linear(12, 3),
            "conv": nn.Conv2d(8, 4, 3, groups=2),
            "up": nn.ConvTranspose2d(6, 4, 2),
            "attention": nn.MultiheadAttention(16, 2),
            "embedding": nn.Embedding(5, 7),
        }
    )
    fan_ins = {layer.name: layer.fan_in for layer in weight_layers(model)}
    assert fan_ins == {
        "linear": 12,
        "conv": 36,
        "up": 24,
        "attention.in_proj_weight": 16,
        "attention.out_proj": 16,
    }
