"""The depth profile against mean-field theory and against what must hold exactly."""

import math

import pytest
import torch
from torch import nn

from engine.indicators.depth import DepthProbe, DepthProfile
from engine.indicators.profile import Estimate

N, DEPTH, DRAWS = 512, 20, 4


def network(
    activation: type[nn.Module], weight: float, bias: float, draw: int, width: int = N
) -> nn.Sequential:
    """20 layers of W ~ Normal(0, σ_w²/N), b ~ Normal(0, σ_b²), with the activation behind each."""
    generator = torch.Generator().manual_seed(draw)
    parts: list[nn.Module] = []
    for _ in range(DEPTH):
        layer = nn.Linear(width, width, bias=bias > 0)
        layer.weight.data.normal_(0, math.sqrt(weight / width), generator=generator)
        if bias > 0:
            layer.bias.data.normal_(0, math.sqrt(bias), generator=generator)
        parts += [layer, activation()]
    return nn.Sequential(*parts)


def images(variance: float, count: int = 32, width: int = N) -> torch.Tensor:
    generator = torch.Generator().manual_seed(7)
    return torch.randn(count, width, generator=generator) * math.sqrt(variance)


def lambdas(profile: DepthProfile) -> tuple[float, float]:
    assert profile.lambda_depth is not None
    assert profile.lambda_angle is not None
    return profile.lambda_depth.value, profile.lambda_angle.value


def mean_over_draws(
    activation: type[nn.Module], weight: float, bias: float, q: float
) -> list[float]:
    inputs = images(max(q, 1e-4), count=16)
    estimates = [
        lambdas(DepthProbe(network(activation, weight, bias, draw), inputs, directions=2).measure())
        for draw in range(DRAWS)
    ]
    return torch.tensor(estimates).mean(0).tolist()


@pytest.mark.parametrize(
    ("weight", "bias", "q", "half_log_gain"),
    [
        (0.5, 0.0, 0.0, -0.34657),
        (1.0, 0.05, 0.19359, -0.13786),
        (1.5, 0.05, 0.41804, -0.03166),
        (2.0, 0.05, 0.72176, 0.02328),
        (2.5, 0.05, 1.06396, 0.06266),
        (4.0, 0.05, 2.19549, 0.14723),
        (2.0, 0.0, 0.61796, 0.05016),
    ],
)
def test_tanh_networks_grow_as_mean_field_theory_says(
    weight: float, bias: float, q: float, half_log_gain: float
) -> None:
    depth, angle = mean_over_draws(nn.Tanh, weight, bias, q)
    assert depth == pytest.approx(half_log_gain, abs=0.01)
    if q:
        assert angle == pytest.approx(half_log_gain, abs=0.01)


@pytest.mark.parametrize(("weight", "growth"), [(1.5, -0.145), (2.0, -0.002), (2.5, 0.110)])
def test_relu_networks_grow_with_their_weights_and_keep_their_angles(
    weight: float, growth: float
) -> None:
    depth, angle = mean_over_draws(nn.ReLU, weight, 0.0, 1.0)
    assert depth == pytest.approx(growth, abs=0.015)
    assert abs(angle) < 0.015


def test_scaling_the_weights_of_a_relu_network_adds_its_logarithm_and_leaves_the_angles() -> None:
    model = network(nn.ReLU, 2.0, 0.0, 0, width=64)
    inputs = images(1.0, count=8, width=64)
    before = DepthProbe(model, inputs).measure()
    for parameter in model.parameters():
        parameter.data *= 1.3
    after = DepthProbe(model, inputs).measure()
    for first, second in zip(before.blocks, after.blocks, strict=True):
        assert first.growth
        assert second.growth
        assert first.angle
        assert second.angle
        assert second.growth.value - first.growth.value == pytest.approx(math.log(1.3), abs=1e-4)
        assert second.angle.value == pytest.approx(first.angle.value, abs=1e-4)


def test_a_linear_orthogonal_network_grows_nowhere() -> None:
    parts = [nn.utils.parametrizations.orthogonal(nn.Linear(64, 64, bias=False)) for _ in range(6)]
    profile = DepthProbe(nn.Sequential(*parts), images(1.0, width=64)).measure()
    assert [b.growth.value for b in profile.blocks if b.growth] == pytest.approx(
        [0.0] * 6, abs=1e-5
    )
    assert [b.gain for b in profile.blocks] == pytest.approx([1.0] * 6, abs=0.05)
    assert profile.blocks[-1].readout


def test_the_isotropic_gain_is_that_of_the_block_alone() -> None:
    """W with all its strength in one direction: χ = ‖W‖²/N at any input, and the growth is not."""
    spike = torch.zeros(64, 64)
    spike[0, 0] = 8.0
    model = nn.Sequential(nn.Linear(64, 64, bias=False), nn.Linear(64, 64, bias=False), nn.Tanh())
    for layer in list(model)[:2]:
        assert isinstance(layer, nn.Linear)
        layer.weight.data = spike.clone()
    inputs = torch.zeros(16, 64)
    inputs[:, 1] = 1
    profile = DepthProbe(model, inputs, directions=16).measure()
    assert profile.blocks[0].gain == pytest.approx(1.0, rel=0.3)
    # What has come through the first block points along the spike.
    assert profile.blocks[1].growth
    assert profile.blocks[1].growth.value == pytest.approx(math.log(8), abs=1e-4)
    assert profile.blocks[1].gain == pytest.approx(1.0, rel=0.3)


def test_layers_as_the_log_has_them() -> None:
    model = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
    rows = DepthProbe(model, images(1.0, width=64)).measure().layers()
    assert [row["name"] for row in rows] == ["0", "2"]
    assert rows[0]["fan_in"] == 64
    first = model[0]
    assert isinstance(first, nn.Linear)
    expected = math.sqrt(64) * float(first.weight.detach().double().std(correction=0))
    assert rows[0]["j"] == pytest.approx(expected)
    assert {"growth", "angle", "gain", "j0"} <= rows[0].keys()


def test_first_blocks_are_left_out_only_in_a_deep_network() -> None:
    deep = DepthProbe(network(nn.Tanh, 0.5, 0.0, 0, width=32), images(1.0, width=32)).measure()
    growths = [block.growth.value for block in deep.blocks if block.growth]
    assert lambdas(deep)[0] == pytest.approx(sum(growths[5:]) / 15, abs=1e-6)
    assert deep.total_growth == pytest.approx(sum(growths), abs=1e-5)


def test_a_schedule_says_when_a_measurement_is_due() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    every_third = DepthProbe(model, torch.ones(2, 4), every=3)
    never = DepthProbe(model, torch.ones(2, 4), every=0)
    assert [epoch for epoch in range(7) if every_third.due(epoch)] == [0, 3, 6]
    assert not any(never.due(epoch) for epoch in range(7))


@pytest.mark.parametrize(
    ("value", "error", "phase"),
    [(-0.2, 0.01, "ordered"), (0.009, 0.0, "edge"), (0.05, 0.03, "edge"), (0.05, 0.02, "chaotic")],
)
def test_the_phase_allows_for_the_error(value: float, error: float, phase: str) -> None:
    assert Estimate(value, error).phase == phase
