"""The trainer in one process: order of the images, repetition, restoring, divergence."""

import math

import numpy as np
import pytest
import torch

from engine.models.paper import optimizers
from engine.models.paper.network import CLASSES, INPUTS, Batch, Network, backward
from engine.training.trainer import NotFinite, Step, Trainer
from tests.support.training import CPU, SIZE, data, make, train


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize(("optimizer", "momentum"), [("sgd", 0.5), ("adam", 0.0)])
def test_an_epoch_is_its_batches_in_the_seeds_order(optimizer: str, momentum: float) -> None:
    h = make(optimizer=optimizer, momentum=momentum, l2=1e-3, batch_size=32, seed=9)
    d = data()
    trainer = Trainer(h, d, CPU, torch.float64)
    _, first = train(trainer, 2)

    network = Network(h, CPU, torch.float64)
    mine = optimizers.make(network, optimizer)
    order = torch.from_numpy(np.random.default_rng([9, 1]).permutation(SIZE))
    losses, right = [], 0
    for indices in torch.split(order, 32):
        batch = Batch.room_for(network, len(indices))
        batch.x.copy_(d.train_images[indices])
        labels = d.train_labels[indices]
        batch.onehot.copy_(torch.nn.functional.one_hot(labels, CLASSES).T)
        log_p = torch.empty_like(batch.onehot)
        backward(network, batch, log_p)
        losses += (-log_p[labels, torch.arange(len(indices))]).tolist()
        right += int((log_p.argmax(0) == labels).sum())
        mine.take(network, batch, h)
        mine.finish(network, h)
    assert len(losses) == SIZE
    assert first.train_loss == pytest.approx(sum(losses) / SIZE, abs=1e-12)
    assert first.train_accuracy == pytest.approx(right / SIZE)
    for name, weights in network.parameters.items():
        torch.testing.assert_close(trainer.state[name], weights, rtol=1e-12, atol=1e-12)


def test_epoch_zero_is_the_evaluation_of_the_first_weights() -> None:
    trainer = Trainer(make(), data(), CPU)
    before = {name: tensor.clone() for name, tensor in trainer.state.items()}
    (zero,) = train(trainer, 1)
    assert zero.epoch == trainer.epoch == 0
    assert all(torch.equal(before[name], tensor) for name, tensor in trainer.state.items())
    assert zero.train_loss == pytest.approx(math.log(CLASSES), rel=0.2)
    assert zero.tau == 0
    # 50 units of 784 inputs are no map onto themselves.
    assert zero.lyapunov is None


def test_every_batch_and_block_is_a_step() -> None:
    trainer = Trainer(make(width=INPUTS, batch_size=32), data(), CPU)
    train(trainer, 1)
    steps = list(trainer.steps())
    assert steps[:5] == [Step("training", n, 5) for n in range(1, 6)]
    assert steps[5:] == [Step("evaluating", 1, 1), Step("indicators", 0, 1)]
    assert trainer.results is not None
    assert trainer.results.lyapunov is not None
    # A Gaussian matrix is all bulk, and at J = 1/2 no unit is saturated yet.
    assert trainer.results.bulk_j == pytest.approx(0.5, abs=0.02)
    assert trainer.results.spikes == 0
    assert trainer.results.saturation == pytest.approx(0, abs=0.02)
    assert trainer.results.layers is None


@pytest.mark.parametrize("values", [{}, {"optimizer": "adam"}, {"activation": "relu", "l2": 1e-4}])
def test_equal_runs_agree_bit_for_bit(values: dict[str, str | float]) -> None:
    results, repeated = (train(Trainer(make(**values), data(), CPU), 4) for _ in range(2))
    assert repr(results) == repr(repeated)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_restored_run_goes_on_bit_for_bit(optimizer: str) -> None:
    h = make(optimizer=optimizer)
    uninterrupted = Trainer(h, data(), CPU)
    train(uninterrupted, 2)
    saved_state = {name: tensor.clone() for name, tensor in uninterrupted.state.items()}
    assert uninterrupted.results is not None
    results = uninterrupted.results
    expected_results = train(uninterrupted, 2)
    later = Trainer(h, data(), CPU)
    # Left in the middle of an epoch: what was begun leaves no trace.
    train(later, 1)
    next(iter(later.steps()))
    later.restore(saved_state, results)
    assert repr(train(later, 2)) == repr(expected_results)


def test_an_edit_keeps_the_velocities_and_enters_tau() -> None:
    trainer = Trainer(make(lr=0.02, momentum=0.5, batch_size=32), data(), CPU)
    train(trainer, 2)
    velocity = trainer.state["v_W"].clone()
    trainer.set({"lr": 0.01, "batch_size": 10, "momentum": 0.9})
    assert torch.equal(trainer.state["v_W"], velocity)
    (after,) = train(trainer, 1)
    assert after.tau == pytest.approx(0.02 / (0.5 * 32) + 0.01 / (0.1 * 10))


def test_adam_has_no_rescaled_time() -> None:
    assert [r.tau for r in train(Trainer(make(optimizer="adam"), data(), CPU), 2)] == [None, None]


def test_a_state_of_another_network_is_refused() -> None:
    (zero,) = train(Trainer(make(), data(), CPU), 1)
    trainer = Trainer(make(), data(), CPU)
    other = Trainer(make(width=51), data(), CPU).state
    with pytest.raises(ValueError, match="W is"):
        trainer.restore(other, zero)
    with pytest.raises(ValueError, match="it holds"):
        trainer.restore(Trainer(make(optimizer="adam"), data(), CPU).state, zero)
    with pytest.raises(ValueError, match="float64"):
        trainer.restore(Trainer(make(), data(), CPU, torch.float64).state, zero)
    assert trainer.epoch == -1


def test_a_loss_that_is_not_finite_is_told_with_its_epoch() -> None:
    trainer = Trainer(make(lr=100.0, l2=1.0, batch_size=1), data(), CPU)
    train(trainer, 1)
    steps: list[Step] = []
    with pytest.raises(NotFinite) as caught:
        _note(trainer, steps)
    assert caught.value.epoch == 1
    # Not only at the end of the epoch.
    assert 0 < len(steps) < SIZE - 1


def _note(trainer: Trainer, steps: list[Step]) -> None:
    for step in trainer.steps():
        steps.append(step)


def test_batches_larger_than_the_set_are_the_set() -> None:
    trainer = Trainer(make(batch_size=1000), data(), CPU)
    train(trainer, 1)
    assert [s for s in trainer.steps() if s.stage == "training"] == [Step("training", 1, 1)]


def test_a_batch_larger_than_the_data_trains_and_counts_as_all_the_data() -> None:
    full_batch, beyond = (
        train(Trainer(make(batch_size=batch_size), data(), CPU), 2) for batch_size in (SIZE, 60_000)
    )
    assert [r.tau for r in beyond] == [r.tau for r in full_batch] != [0.0, 0.0]
    assert [r.train_loss for r in beyond] == [r.train_loss for r in full_batch]
