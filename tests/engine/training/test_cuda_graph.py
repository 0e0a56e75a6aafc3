"""The code around a CUDA graph, with a stand-in for the graph: what is recorded is called again.

What a graph would not notice is what these tests look for: a tensor that another took the place of,
a value that has changed since, work done while it was only recorded.
"""

from collections.abc import Callable

import pytest
import torch

from engine.training.cuda_graph import GraphedStep
from engine.training.trainer import Trainer
from tests.support.training import CPU, data, make, train


class Recorder:
    """Records work as a graph does: without doing it, and with the tensors it was given then."""

    def __init__(self) -> None:
        self.recorded = 0
        self.replayed = 0

    def __call__(self, work: Callable[[], None]) -> Callable[[], None]:
        self.recorded += 1

        def replay() -> None:
            self.replayed += 1
            work()

        return replay


def test_work_is_warmed_up_recorded_once_and_replayed_on_its_own_tensors() -> None:
    calls: list[tuple[int, ...]] = []

    def work(indices: torch.Tensor, labels: torch.Tensor, log_p: torch.Tensor) -> None:
        calls.append((indices.data_ptr(), labels.data_ptr(), log_p.data_ptr()))
        log_p.copy_((indices * 10 + labels).expand_as(log_p))

    recorder = Recorder()
    replayed = GraphedStep(work, recorder)
    for k in range(6):
        indices, labels = torch.tensor([k, k + 1]), torch.tensor([3, 4])
        log_p = torch.zeros(10, 2)
        replayed(indices, labels, log_p)
        assert log_p[0].tolist() == [10 * k + 3, 10 * k + 14]
    assert (recorder.recorded, recorder.replayed) == (1, 3)
    assert len(set(calls[3:])) == 1


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_run_by_replays_is_the_run_to_the_last_bit(optimizer: str) -> None:
    momentum = 0.5 if optimizer == "sgd" else 0.0
    h = make(optimizer=optimizer, momentum=momentum, l2=1e-3, batch_size=32)
    recorder = Recorder()
    plain, ours = Trainer(h, data(), CPU), Trainer(h, data(), CPU, record=recorder)
    assert train(ours, 3) == train(plain, 3)
    recorded = recorder.recorded
    assert recorder.replayed > 0
    for trainer in (plain, ours):
        trainer.set({"lr": 0.05, "batch_size": 25})
    assert train(ours, 2) == train(plain, 2)
    assert recorder.recorded > recorded
    for name, tensor in plain.state.items():
        assert torch.equal(tensor, ours.state[name]), name


def test_a_trainer_that_moves_into_other_tensors_records_anew() -> None:
    recorder = Recorder()
    plain, ours = Trainer(make(), data(), CPU), Trainer(make(), data(), CPU, record=recorder)
    assert train(ours, 3) == train(plain, 3)
    recorded = recorder.recorded
    ours.use({name: tensor.clone() for name, tensor in ours.state.items()})
    assert train(ours, 2) == train(plain, 2)
    assert recorder.recorded > recorded
