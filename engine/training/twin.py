"""A twin: the same run with its weights disturbed, trained beside itself undisturbed.

Runs are deterministic to the last bit, so that the distance of the two measures how training itself
amplifies a disturbance: ln ‖w − w′‖ grows by λ_train an epoch. Undisturbed (ε = 0) it is 0 exactly.
"""

import dataclasses
import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import torch

from engine.data.datasets import Dataset
from engine.storage.hyperparameters import Hyperparameters
from engine.training.trainer import EpochResults, Step, Trainer

UNDISTURBED: Final = "undisturbed_"
"""The prefix of the undisturbed run's tensors in a checkpoint."""
_STREAM: Final = 0x7A11
"""Separates the disturbance from all other draws with the seed of a run."""


def disturb(trainer: Trainer, epsilon: float) -> None:
    """Move all weights of `trainer` by ε·‖w‖ in a random direction, drawn by its seed and epoch."""
    weights = trainer.weights
    if not epsilon:
        return
    generator = np.random.default_rng([trainer.hyperparameters.seed, trainer.epoch, _STREAM])
    direction = {
        name: torch.from_numpy(generator.normal(size=w.shape)) for name, w in weights.items()
    }
    scale = epsilon * _norm(list(weights.values())) / _norm(list(direction.values()))
    for name, w in weights.items():
        w.add_((scale * direction[name]).to(w.device, w.dtype))


class TwinTrainer(Trainer):
    """The disturbed run, whose results are reported, and the undisturbed one, which steps first.

    Both take the same steps with the same hyperparameters; `state` has the tensors of both. When
    it restores a state without those of the undisturbed run, the twin begins there, disturbed by
    `epsilon`, relative to ‖w‖.
    """

    def __init__(
        self,
        hyperparameters: Hyperparameters,
        dataset: Dataset,
        device: torch.device,
        epsilon: float,
    ) -> None:
        super().__init__(hyperparameters, dataset, device)
        self._epsilon = epsilon
        self._undisturbed = Trainer(hyperparameters, dataset, device)

    @property
    def state(self) -> dict[str, torch.Tensor]:
        """Everything that the next epoch depends on, of both; not copied."""
        undisturbed = self._undisturbed.state
        return super().state | {UNDISTURBED + name: tensor for name, tensor in undisturbed.items()}

    def set(self, values: dict[str, int | float]) -> None:
        """Put `values` in force in both; only between two epochs."""
        super().set(values)
        self._undisturbed.set(values)

    def restore(self, tensors: dict[str, torch.Tensor], results: EpochResults) -> None:
        """Restore the state after the epoch of `results`. Raises ValueError as Trainer does."""
        begins = not any(name.startswith(UNDISTURBED) for name in tensors)
        if begins:
            tensors = tensors | {UNDISTURBED + name: tensor for name, tensor in tensors.items()}
        super().restore(tensors, results)
        self._undisturbed.restore(self._undisturbed.state, results)
        if begins:
            disturb(self, self._epsilon)

    def steps(self) -> Iterator[Step]:
        """Train the next epoch of the undisturbed run, then of the disturbed one; see Trainer."""
        yield from self._undisturbed.steps()
        yield from super().steps()
        assert self.results is not None
        self.results = dataclasses.replace(self.results, twin_distance=self._distance())

    def _distance(self) -> float:
        """‖w − w′‖ over all weights and biases."""
        mine, other = self.weights, self._undisturbed.weights
        return _norm([mine[name].double() - other[name].double() for name in mine])


def own_state(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Only the tensors of the disturbed run, for a fork of a twin, which is not a twin itself."""
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(UNDISTURBED)}


def _norm(tensors: list[torch.Tensor]) -> float:
    return math.sqrt(sum(float(tensor.double().square().sum()) for tensor in tensors))
