"""Networks of all kinds: each is measured or named, and none is left changed."""

import copy
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.indicators.blocks import BlocksError
from engine.indicators.depth import DepthProbe, DepthProfile


class Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.inner = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.tanh(self.inner(self.norm(x)))


class Residuals(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Linear(16, 16)
        self.parts = nn.ModuleList(Residual(16) for _ in range(4))
        self.head = nn.Linear(16, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        for part in self.parts:
            x = part(x)
        out: torch.Tensor = self.head(x)
        return out


class Functional(nn.Module):
    """No container: linear layers with functions between them, one of them random in any mode."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = nn.Linear(16, 24), nn.Linear(24, 24), nn.Linear(24, 3)
        self.calls: torch.Tensor
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        x = functional.relu(self.first(x))
        x = functional.dropout(x, 0.1, training=True)
        out: torch.Tensor = self.third(functional.relu(self.second(x)))
        return out


class Attention(nn.Module):
    def __init__(self, fast: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 16)
        self.fast = fast
        self.parts = nn.ModuleList(
            nn.TransformerEncoderLayer(16, 2, 32, batch_first=True) if fast else SelfAttention()
            for _ in range(2)
        )

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.embedding(tokens)
        for part in self.parts:
            x = part(x)
        means: torch.Tensor = x.mean(1)
        return means


class SelfAttention(nn.Module):
    """The fused kernel; a tuple comes out."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(16, 48)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.qkv(x).view(*x.shape[:2], 3, 2, 8).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v)
        return x + mixed.transpose(1, 2).flatten(2)


class TupleOut(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cells = nn.ModuleList(nn.LSTM(16, 16, batch_first=True) for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for cell in self.cells:
            x, _ = cell(x)
        return x[:, -1]


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return x**3

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


cube: Callable[[torch.Tensor], Any] = Cube.apply


class Cubes(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        cubes: torch.Tensor = cube(x)
        return cubes


class Cut(nn.Module):
    """Takes the disturbance away."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(x)


def mlp(*between: Callable[[], nn.Module]) -> nn.Sequential:
    parts: list[nn.Module] = []
    for _ in range(3):
        parts += [nn.Linear(16, 16), *(make() for make in between), nn.Tanh()]
    return nn.Sequential(*parts)


def _numpy_state() -> npt.NDArray[np.uint32]:
    state = np.random.get_state()
    assert isinstance(state, tuple)
    return state[1].copy()


def compiled(module: nn.Module) -> nn.Module:
    optimized = torch.compile(module, backend="eager")
    assert isinstance(optimized, nn.Module)
    return optimized


def cnn() -> nn.Sequential:
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(2),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(32, 3),
    )  # fmt: skip


ROWS = torch.randn(8, 16, generator=torch.Generator().manual_seed(0))
PICTURES = torch.randn(8, 64, generator=torch.Generator().manual_seed(0))
TOKENS = torch.arange(8 * 5).view(8, 5) % 11
SERIES = torch.randn(8, 5, 16, generator=torch.Generator().manual_seed(0))

MODELS: dict[str, tuple[Callable[[], nn.Module], torch.Tensor]] = {
    "batch norm": (lambda: mlp(lambda: nn.BatchNorm1d(16)), ROWS),
    "layer norm": (lambda: mlp(lambda: nn.LayerNorm(16)), ROWS),
    "dropout": (lambda: mlp(lambda: nn.Dropout(0.5)), ROWS),
    "residual": (Residuals, ROWS),
    "pooling": (cnn, PICTURES),
    "functional": (Functional, ROWS),
    "attention, fast path": (lambda: Attention(fast=True), TOKENS),
    "attention, fused": (lambda: Attention(fast=False), TOKENS),
    "tuple outputs": (TupleOut, SERIES),
    "no jvp": (lambda: nn.Sequential(*mlp(), Cubes()), ROWS),
    "data parallel": (lambda: nn.DataParallel(mlp()), ROWS),
    "compiled": (lambda: compiled(mlp()), ROWS),
    "compiled inside": (
        lambda: nn.Sequential(*mlp(), compiled(nn.Linear(16, 3))),
        ROWS,
    ),
}


def measured(profile: DepthProfile) -> set[str]:
    return {block.name for block in profile.blocks if block.growth is not None}


@pytest.mark.parametrize("kind", MODELS)
def test_each_block_is_measured_or_named(kind: str) -> None:
    make, inputs = MODELS[kind]
    torch.manual_seed(1)
    profile = DepthProbe(make(), inputs).measure()
    names = {block.name for block in profile.blocks}
    assert len(names) >= 2
    assert names == measured(profile) | profile.unmeasured.keys(), profile.unmeasured
    assert measured(profile), profile.unmeasured
    assert profile.lambda_depth
    assert np.isfinite(profile.lambda_depth.value)


@pytest.mark.parametrize("kind", MODELS)
def test_nothing_is_left_changed(kind: str) -> None:
    make, inputs = MODELS[kind]
    model = make()
    parts = list(model.modules())
    model.train()
    parts[-1].training = False
    modes = [part.training for part in parts]
    hooks = [(len(p._forward_hooks), len(p._forward_pre_hooks)) for p in parts]
    state = copy.deepcopy(model.state_dict())
    seeds = torch.get_rng_state(), random.getstate(), _numpy_state()
    fast = torch.backends.mha.get_fastpath_enabled()

    DepthProbe(model, inputs).measure()

    assert [part.training for part in parts] == modes
    assert [(len(p._forward_hooks), len(p._forward_pre_hooks)) for p in parts] == hooks
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), seeds[0])
    assert random.getstate() == seeds[1]
    assert np.array_equal(_numpy_state(), seeds[2])
    assert torch.backends.mha.get_fastpath_enabled() == fast
    assert torch.is_grad_enabled()
    assert all(parameter.grad is None for parameter in model.parameters())


def test_finite_differences_agree_with_exact_derivatives() -> None:
    torch.manual_seed(2)
    model = mlp(lambda: nn.LayerNorm(16))
    exact = DepthProbe(model, ROWS).measure()
    with_a_cube = DepthProbe(nn.Sequential(*model, Cubes()), ROWS, blocks=["0", "3", "6"]).measure()
    assert exact.method == "forward-mode derivatives"
    assert with_a_cube.method.startswith("finite differences")
    assert "jvp" in with_a_cube.method
    plain = DepthProbe(model, ROWS, blocks=["0", "3", "6"]).measure()
    for first, second in zip(plain.blocks, with_a_cube.blocks, strict=True):
        assert first.growth
        assert second.growth
        assert second.growth.value == pytest.approx(first.growth.value, abs=2e-3)
        assert second.gain == pytest.approx(first.gain, rel=2e-3)


def test_layers_of_a_sequential_take_in_what_follows_them() -> None:
    blocks = DepthProbe(cnn(), PICTURES).measure().blocks
    assert [(b.name, b.readout) for b in blocks] == [("1", False), ("5", False), ("11", True)]


def test_the_readout_is_no_part_of_lambda() -> None:
    profile = DepthProbe(Functional(), ROWS).measure()
    assert profile.blocks[-1].readout
    growths = [b.growth.value for b in profile.blocks[:-1] if b.growth]
    assert profile.lambda_depth
    assert profile.lambda_depth.value == pytest.approx(sum(growths) / len(growths))


def test_a_block_that_no_disturbance_reaches_is_named() -> None:
    model = nn.Sequential(nn.Linear(16, 16), Cut(), nn.Linear(16, 16), nn.Linear(16, 16))
    profile = DepthProbe(model, ROWS).measure()
    assert profile.unmeasured == dict.fromkeys(("0", "2", "3"), "no disturbance reaches it")


def test_a_block_that_is_not_called_is_named() -> None:
    class Skips(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.idle, self.head = (nn.Linear(16, 16) for _ in range(3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = self.head(self.used(x))
            return out

    assert DepthProbe(Skips(), ROWS).measure().unmeasured == {"idle": "it was not called"}


def test_a_module_that_raises_is_a_reason_and_no_error() -> None:
    class Refuses(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise ValueError("not today")

    model = nn.Sequential(nn.Linear(16, 16), nn.Linear(16, 16), Refuses())
    profile = DepthProbe(model, ROWS).measure()
    assert profile.method == "none"
    assert profile.unmeasured["the whole profile"] == "ValueError: not today"
    assert all(not module._forward_hooks for module in model.modules())


def test_a_module_without_blocks_is_refused_with_a_sentence() -> None:
    with pytest.raises(BlocksError, match="no Sequential"):
        DepthProbe(nn.Tanh(), ROWS)
    with pytest.raises(BlocksError, match="no part named 'conv1'"):
        DepthProbe(mlp(), ROWS, blocks=["conv1"])


def test_measuring_within_autocast_and_inference_mode_is_in_full_precision() -> None:
    model = mlp()
    plain = DepthProbe(model, ROWS).measure()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        disturbed = DepthProbe(model, ROWS).measure()
    assert disturbed.blocks == plain.blocks
