"""Small trainings in this process, on random images."""

import torch

from engine.data.datasets import Dataset
from engine.models.paper.network import CLASSES, INPUTS
from engine.storage.hyperparameters import Hyperparameters, build
from engine.training.trainer import EpochResults, Trainer

CPU = torch.device("cpu")
SIZE = 150


def make(**values: str | int | float) -> Hyperparameters:
    return build({"width": 50, "epochs": 3, **values})


def data(images: int = SIZE) -> Dataset:
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(images + 40, INPUTS, generator=generator)
    y = torch.randint(CLASSES, (images + 40,), generator=generator)
    return Dataset("random", "", x[:images], y[:images], x[images:], y[images:])


def train(trainer: Trainer, epochs: int) -> list[EpochResults]:
    results = []
    for _ in range(epochs):
        for _step in trainer.steps():
            pass
        assert trainer.results is not None
        results.append(trainer.results)
    return results
