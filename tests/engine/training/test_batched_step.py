"""Runs that step together against the same runs alone, in float64: the same but for rounding."""

import pytest
import torch

from engine.data.datasets import Dataset
from engine.models.paper.network import CLASSES, INPUTS
from engine.storage.hyperparameters import Hyperparameters, Value, build
from engine.training.run_group import RunGroup
from engine.training.trainer import NotFinite, Trainer

CPU = torch.device("cpu")
IMAGES = 70


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def data() -> Dataset:
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(IMAGES + 20, INPUTS, generator=generator, dtype=torch.float64)
    y = torch.randint(CLASSES, (IMAGES + 20,), generator=generator)
    return Dataset("random", "", x[:IMAGES], y[:IMAGES], x[IMAGES:], y[IMAGES:])


def trained(trainers: list[Trainer], epochs: int, run_group: RunGroup | None = None) -> None:
    """Train all for `epochs`, a batch of each in turn."""
    for _ in range(epochs):
        under_way = [trainer.steps() for trainer in trainers]
        while under_way:
            under_way = [steps for steps in under_way if next(steps, None)]
            if run_group:
                run_group.step()


def pairs(
    hyperparameters: list[Hyperparameters], dtype: torch.dtype = torch.float64
) -> tuple[list[Trainer], list[Trainer], RunGroup]:
    shared, run_group = data(), RunGroup(len(hyperparameters))
    together = [Trainer(h, shared, CPU, dtype, run_group.put_off) for h in hyperparameters]
    return together, [Trainer(h, shared, CPU, dtype) for h in hyperparameters], run_group


def assert_same(together: list[Trainer], alone: list[Trainer]) -> None:
    for batched, single in zip(together, alone, strict=True):
        for name, mine in single.state.items():
            torch.testing.assert_close(batched.state[name], mine, rtol=0, atol=1e-10)
        assert batched.results is not None
        assert single.results is not None
        assert batched.results.train_loss == pytest.approx(single.results.train_loss, abs=1e-10)
        assert batched.results.test_accuracy == single.results.test_accuracy


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("differ", [True, False])
def test_steps_together_are_the_steps_alone(activation: str, optimizer: str, differ: bool) -> None:
    def h(run: int) -> Hyperparameters:
        own = {"lr": 0.01 * (run + 1), "l2": 1e-3 * run} if differ else {}
        momentum = {"momentum": 0.4 * run if differ else 0.5} if optimizer == "sgd" else {}
        shape: dict[str, Value] = {
            "width": 30,
            "batch_size": 16,
            "activation": activation,
            "optimizer": optimizer,
        }
        return build({**shape, **own, **momentum, "seed": run})

    together, alone, run_group = pairs([h(0), h(1), h(2)])
    trained(together, 4, run_group)
    trained(alone, 4)
    assert_same(together, alone)


def test_members_come_and_go() -> None:
    hyperparameters = [build({"width": 30, "batch_size": 16, "seed": seed}) for seed in range(3)]
    together, alone, run_group = pairs(hyperparameters)
    trained(together, 2, run_group)
    trained(together[:2], 1, run_group)
    together[0].set({"batch_size": 8})
    trained(together, 2, run_group)
    trained(alone, 3)
    alone[0].set({"batch_size": 8})
    trained(alone[:2], 2)
    trained(alone[2:], 1)
    assert_same(together, alone)


def test_a_run_that_diverges_leaves_the_others_alone() -> None:
    values: dict[str, str | int | float] = {"width": 30, "batch_size": 1}
    hyperparameters = [build(values), build(values | {"lr": 100.0, "l2": 1.0})]
    together, _, run_group = pairs(hyperparameters, torch.float32)
    trained(together[:1], 1, run_group)
    with pytest.raises(NotFinite):
        trained([together[1], together[0]], 2, run_group)
    assert torch.isfinite(together[0].state["W"]).all()
