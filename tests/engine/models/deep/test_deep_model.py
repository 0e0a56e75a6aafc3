"""MLP and CNN: their shapes, and training them against what defines it."""

import math

import pytest
import torch
from torch.nn import functional

from engine.indicators.weights import order_parameters
from engine.models.deep.architectures import build as build_module
from engine.models.deep.model import DeepModel
from engine.models.model import TrainingData
from engine.storage.hyperparameters import build
from engine.training.trainer import Trainer
from tests.support.training import CPU, data, make, train

Values = dict[str, str | int | float]
MLP: Values = {"model": "mlp", "depth": 2, "width": 40}
CNN: Values = {"model": "cnn", "depth": 2, "width": 6}


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def shapes(values: Values) -> dict[str, tuple[int, ...]]:
    return {name: tuple(p.shape) for name, p in build_module(build(values)).named_parameters()}


def test_the_mlp_has_the_shape_that_help_states() -> None:
    assert shapes({"model": "mlp"}) == {
        "hidden1.weight": (784, 784), "hidden2.weight": (784, 784), "hidden3.weight": (784, 784),
        "readout.weight": (10, 784), "readout.bias": (10,),
    }  # fmt: skip


def test_the_cnn_has_the_shape_that_help_states() -> None:
    assert shapes({"model": "cnn"}) == {
        "conv1.weight": (32, 1, 3, 3), "conv2.weight": (32, 32, 3, 3),
        "conv3.weight": (32, 32, 3, 3),
        "readout.weight": (10, 32 * 7 * 7), "readout.bias": (10,),
    }  # fmt: skip
    module = build_module(build({"model": "cnn", "depth": 4, "width": 5}))
    sides = []
    for name, part in module.named_children():
        part.register_forward_hook(
            lambda _, __, y, name=name: sides.append((name, tuple(y.shape[1:])))
        )
    module(torch.rand(2, 784))
    outputs = dict(sides)
    assert outputs["conv1"] == (5, 28, 28)
    assert outputs["pool1"] == outputs["conv2"] == (5, 14, 14)
    assert outputs["pool2"] == outputs["conv3"] == outputs["phi4"] == (5, 7, 7)
    assert outputs["readout"] == (10,)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_first_weights_have_the_j_and_j0_that_were_asked_for(model: str, activation: str) -> None:
    h = build({"model": model, "activation": activation, "j": 1.2, "j0": 0.5, "seed": 3})
    for name, W in build_module(h).named_parameters():
        if name.startswith(("hidden", "conv")):
            J, J0 = order_parameters(W.flatten(1))
            draws = W.numel()
            assert pytest.approx(1.2, rel=4 / math.sqrt(draws)) == J
            expected_error = 1.2 * math.sqrt(W[0].numel() / draws)
            assert pytest.approx(0.5, abs=4 * expected_error) == J0


@pytest.mark.parametrize(
    "values",
    [{}, {"l2": 1e-3}, {"activation": "relu"}, {"optimizer": "adam", "momentum": 0.0, "l2": 1e-3}],
)
def test_an_mlp_of_depth_1_is_the_papers_network(values: Values) -> None:
    paper = Trainer(make(**values), data(), CPU, torch.float64)
    mlp = Trainer(make(model="mlp", depth=1, **values), data(), CPU, torch.float64)
    for theirs, ours in zip(train(paper, 4), train(mlp, 4), strict=True):
        assert ours.test_loss == pytest.approx(theirs.test_loss, rel=1e-9)
        assert ours.train_loss == pytest.approx(theirs.train_loss, rel=1e-9)
        assert (ours.j, ours.tau) == pytest.approx((theirs.j, theirs.tau), rel=1e-9)
        assert ours.train_accuracy == theirs.train_accuracy
    torch.testing.assert_close(mlp.state["hidden1.weight"], paper.state["W"], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("shape", [MLP, CNN])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_a_step_is_equation_6_on_the_gradient_of_plain_autograd(
    shape: Values, momentum: float
) -> None:
    h = build({**shape, "momentum": momentum, "l2": 1e-3, "lr": 0.05})
    model = DeepModel(h, CPU, torch.float64)
    x = torch.rand(9, 784, dtype=torch.float64)
    y = torch.arange(9)
    reference = build_module(h).double()
    v = [torch.zeros_like(p) for p in reference.parameters()]
    work = model.work_for(TrainingData(x, torch.eye(10, dtype=x.dtype)), 9, h)
    log_p = torch.empty(10, 9, dtype=x.dtype)
    for _ in range(3):
        work(torch.arange(9), y, log_p)
        expected = reference(x).log_softmax(1)
        gradients = torch.autograd.grad(
            functional.nll_loss(expected, y), list(reference.parameters())
        )
        torch.testing.assert_close(log_p, expected.detach().T, rtol=1e-10, atol=1e-12)
        with torch.no_grad():
            for w, velocity, g in zip(reference.parameters(), v, gradients, strict=True):
                decay = 2 * h.l2 * w if w.ndim > 1 else 0.0
                velocity.mul_(momentum).sub_(h.lr * (g + decay))
                w.add_(velocity)
    for name, w in reference.named_parameters():
        torch.testing.assert_close(model.state[name], w.detach(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", [MLP, CNN])
def test_adam_has_kerass_form(shape: Values) -> None:
    h = build({**shape, "optimizer": "adam", "lr": 0.01, "l2": 1e-3})
    model = DeepModel(h, CPU, torch.float64)
    x, y = torch.rand(9, 784, dtype=torch.float64), torch.arange(9)
    reference = build_module(h).double()
    parameters = list(reference.parameters())
    m, v = ([torch.zeros_like(p) for p in parameters] for _ in range(2))
    work = model.work_for(TrainingData(x, torch.eye(10, dtype=x.dtype)), 9, h)
    for t in range(1, 4):
        work(torch.arange(9), y, torch.empty(10, 9, dtype=x.dtype))
        loss = functional.cross_entropy(reference(x), y)
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            rate = h.lr * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            for w, first, second, gradient in zip(parameters, m, v, gradients, strict=True):
                g = gradient + (2 * h.l2 * w if w.ndim > 1 else 0)
                first.mul_(0.9).add_(0.1 * g)
                second.mul_(0.999).add_(0.001 * g * g)
                w.sub_(rate * first / (second.sqrt() + 1e-7))
    for name, w in reference.named_parameters():
        torch.testing.assert_close(model.state[name], w.detach(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("shape", [MLP, CNN])
def test_a_restored_run_goes_on_bit_for_bit(shape: Values, optimizer: str) -> None:
    h = make(**{**shape, "optimizer": optimizer, "momentum": 0.5 * (optimizer == "sgd")})
    uninterrupted = Trainer(h, data(), CPU)
    first = train(uninterrupted, 2)
    saved_state = {name: tensor.clone() for name, tensor in uninterrupted.state.items()}
    expected_results = train(uninterrupted, 2)
    later = Trainer(h, data(), CPU)
    later.restore(saved_state, first[-1])
    assert repr(train(later, 2)) == repr(expected_results)
    for name, tensor in uninterrupted.state.items():
        assert torch.equal(tensor, later.state[name]), name


def test_edits_keep_the_velocities() -> None:
    edited = Trainer(make(**MLP), data(), CPU)
    train(edited, 2)
    before = {name: tensor.clone() for name, tensor in edited.state.items()}
    edited.set({"lr": 0.1, "momentum": 0.9})
    assert all(torch.equal(before[name], tensor) for name, tensor in edited.state.items())
    other = Trainer(make(**MLP), data(), CPU)
    train(other, 2)
    assert train(edited, 1) != train(other, 1)


@pytest.mark.parametrize("shape", [MLP, CNN])
def test_an_epoch_has_the_depth_profile_where_it_is_due(shape: Values) -> None:
    trainer = Trainer(make(**shape, indicators_every=2), data(), CPU)
    zero, one, two = train(trainer, 3)
    for measured in (zero, two):
        assert measured.lambda_depth is not None
        assert measured.lambda_depth_error is not None
        assert measured.lambda_angle is not None
        assert measured.layers is not None
        growths = [layer.growth for layer in measured.layers]
        assert None not in growths
        hidden = [growth for growth in growths[:-1] if growth is not None]
        assert measured.lambda_depth == pytest.approx(sum(hidden) / len(hidden))
    assert (one.lambda_depth, one.lambda_angle) == (None, None)
    for result in (zero, one, two):
        assert result.layers is not None
        name = "hidden" if shape is MLP else "conv"
        assert [layer.name for layer in result.layers] == [f"{name}1", f"{name}2", "readout"]
        assert result.layers[0].j == result.j
        assert [layer.readout for layer in result.layers] == [False, False, True]
        assert all(layer.j0 is not None for layer in result.layers)
    assert zero.lyapunov is None
    # Order: at J = 1/2 disturbances shrink by about ln(1/2) a layer.
    assert zero.lambda_depth == pytest.approx(math.log(0.5), abs=0.2)


def test_measuring_does_not_change_the_run() -> None:
    seldom, often = (
        train(Trainer(make(**MLP, indicators_every=every), data(), CPU), 4) for every in (0, 1)
    )
    assert [r.test_loss for r in seldom] == [r.test_loss for r in often]
