"""The hand-derived gradients and updates against autograd, in float64."""

import math
from typing import Any

import pytest
import torch

from engine.models.paper import optimizers
from engine.models.paper.network import CLASSES, INPUTS, Batch, Network, backward
from engine.storage.hyperparameters import Hyperparameters, build

CPU = torch.device("cpu")
TOLERANCE = 1e-10


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def make(units: int = 60, **values: str | int | float) -> Hyperparameters:
    return build({"width": units, **values})


def draw(size: int, seed: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(size, INPUTS, generator=generator, dtype=torch.float64)
    return x, torch.randint(CLASSES, (size,), generator=generator)


def fill(network: Network, x: torch.Tensor, y: torch.Tensor) -> Batch:
    batch = Batch.room_for(network, len(x))
    batch.x.copy_(x)
    batch.onehot.copy_(torch.nn.functional.one_hot(y, CLASSES).T)
    return batch


def oracle_loss(
    w: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor, activation: str, l2: float = 0.0
) -> torch.Tensor:
    """Mean cross-entropy plus λ(‖W‖² + ‖U‖²), by torch's own functions."""
    h = x @ w["W"].T
    hidden = torch.tanh(h) if activation == "tanh" else torch.relu(h)
    loss = torch.nn.functional.cross_entropy(hidden @ w["U"].T + w["b"], y)
    return loss + l2 * (w["W"].square().sum() + w["U"].square().sum())


def leaves(network: Network) -> dict[str, torch.Tensor]:
    return {n: p.clone().requires_grad_() for n, p in network.parameters.items()}


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("size", [32, 7])
def test_gradients_agree_with_autograd(activation: str, size: int) -> None:
    network = Network(make(activation=activation), CPU, torch.float64)
    x, y = draw(size)
    batch = fill(network, x, y)
    backward(network, batch, torch.empty_like(batch.onehot))
    w = leaves(network)
    torch.autograd.backward(oracle_loss(w, x, y, activation))
    gradients = {
        "W": batch.delta_hidden.T @ batch.x / size,
        "U": batch.delta @ batch.hidden / size,
        "b": batch.delta.sum(1) / size,
    }
    for name, gradient in gradients.items():
        expected = w[name].grad
        assert expected is not None
        torch.testing.assert_close(gradient, expected, rtol=TOLERANCE, atol=TOLERANCE)


def sgd_oracle(
    w: dict[str, torch.Tensor], batches: list[tuple[torch.Tensor, torch.Tensor]], h: Hyperparameters
) -> None:
    """torch.optim.SGD has v ← αv + g, w ← w − ηv, the same path; its weight_decay is 2λ."""
    groups: list[dict[str, Any]] = [
        {"params": [w["W"], w["U"]], "weight_decay": 2 * h.l2},
        {"params": [w["b"]]},
    ]
    optimizer = torch.optim.SGD(groups, lr=h.lr, momentum=h.momentum)
    for x, y in batches:
        optimizer.zero_grad()
        torch.autograd.backward(oracle_loss(w, x, y, h.activation))
        optimizer.step()


def adam_oracle(
    w: dict[str, torch.Tensor], batches: list[tuple[torch.Tensor, torch.Tensor]], h: Hyperparameters
) -> None:
    """Keras's formula, spelled out; torch.optim.Adam puts ε elsewhere."""
    m = {n: torch.zeros_like(p) for n, p in w.items()}
    v = {n: torch.zeros_like(p) for n, p in w.items()}
    for t, (x, y) in enumerate(batches, start=1):
        loss = oracle_loss(w, x, y, h.activation, h.l2)
        gradients = dict(zip(w, torch.autograd.grad(loss, list(w.values())), strict=True))
        rate = h.lr * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        with torch.no_grad():
            for n, g in gradients.items():
                m[n] = 0.9 * m[n] + 0.1 * g
                v[n] = 0.999 * v[n] + 0.001 * g * g
                w[n] -= rate * m[n] / (v[n].sqrt() + 1e-7)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("l2", [0.0, 1e-3])
@pytest.mark.parametrize(
    ("optimizer", "momentum"), [("sgd", 0.0), ("sgd", 0.5), ("sgd", 0.9), ("adam", 0.0)]
)
def test_twenty_steps_agree_with_autograd(
    activation: str, l2: float, optimizer: str, momentum: float
) -> None:
    h = make(activation=activation, l2=l2, optimizer=optimizer, momentum=momentum, lr=0.02)
    network = Network(h, CPU, torch.float64)
    w = leaves(network)
    mine = optimizers.make(network, optimizer)
    # Every fourth batch is a smaller one, as the last of an epoch is.
    batches = [draw(32 if step % 4 else 11, seed=step) for step in range(20)]
    for x, y in batches:
        batch = fill(network, x, y)
        backward(network, batch, torch.empty_like(batch.onehot))
        mine.take(network, batch, h)
        mine.finish(network, h)
    (sgd_oracle if optimizer == "sgd" else adam_oracle)(w, batches, h)
    for name, parameter in network.parameters.items():
        expected = w[name].detach()
        torch.testing.assert_close(parameter, expected, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_evaluation_agrees_with_torch(activation: str) -> None:
    network = Network(make(activation=activation), CPU, torch.float64)
    x, y = draw(2345)
    loss, right = network.evaluate(x, y)
    w = network.parameters
    expected = oracle_loss(w, x, y, activation)
    assert float(loss) / 2345 == pytest.approx(float(expected), abs=TOLERANCE)
    h = x @ w["W"].T
    hidden = torch.tanh(h) if activation == "tanh" else torch.relu(h)
    guesses = (hidden @ w["U"].T + w["b"]).argmax(1)
    assert int(right) == int((guesses == y).sum())


@pytest.mark.parametrize(("activation", "j"), [("tanh", 0.5), ("relu", 1.0)])
def test_first_weights_have_the_moments_asked_for(activation: str, j: float) -> None:
    network = Network(make(units=784, activation=activation, j=j, j0=1.0), CPU)
    W = network.W.double()
    assert float(W.std(correction=0)) * math.sqrt(INPUTS) == pytest.approx(j, rel=4e-3)
    assert float(W.mean()) * INPUTS == pytest.approx(1.0, abs=4 * j / math.sqrt(INPUTS))
    limit = math.sqrt(6 / (784 + CLASSES))
    assert float(network.U.abs().max()) <= limit
    assert float(network.U.std()) == pytest.approx(limit / math.sqrt(3), rel=0.05)
    assert not network.b.any()
    if activation == "relu":
        # Keras's Glorot uniform of a 784 × 784 layer, shifted by the mean.
        glorot = math.sqrt(6 / (INPUTS + 784))
        assert float((W - 1 / INPUTS).abs().max()) == pytest.approx(glorot, rel=1e-3)


def test_first_weights_depend_on_the_seed_alone() -> None:
    network, equal_network = Network(make(seed=3), CPU), Network(make(seed=3, lr=0.5), CPU)
    other = Network(make(seed=4), CPU)
    assert torch.equal(network.W, equal_network.W)
    assert torch.equal(network.U, equal_network.U)
    assert not torch.equal(network.W, other.W)
