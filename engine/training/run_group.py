"""Runs that share a process: the data, and steps taken together where shapes agree."""

from dataclasses import replace
from typing import Final

import torch

from engine.data import datasets
from engine.data.datasets import Dataset, KnownData, Report
from engine.storage.hyperparameters import Hyperparameters, in_group
from engine.training.batched_step import BatchedStep
from engine.training.trainer import Request, Trainer

_OF_DATA: Final = tuple(parameter.name for parameter in in_group("Data"))


class RunGroup:
    """Up to `runs` runs that train side by side in one process.

    A run puts its step off; `step` takes all of them, in one product those with batches of the same
    size and networks of the same kind. The runs that step together may change at any time: a run
    may pause, end, or change its batch size.
    """

    def __init__(self, runs: int) -> None:
        self.runs = runs
        self._requests: list[Request] = []
        self._stacks: dict[tuple[object, ...], tuple[list[Trainer], BatchedStep]] = {}
        self._loaded: dict[tuple[object, ...], Dataset] = {}
        self._moved: dict[tuple[object, ...], Dataset] = {}

    def load(
        self, hyperparameters: Hyperparameters, report: Report, known_data: KnownData | None = None
    ) -> Dataset:
        """The data set that `hyperparameters` name, read once. Raises what `datasets.load` does."""
        subset = hyperparameters.train_size or hyperparameters.test_size
        key = (
            *(getattr(hyperparameters, name) for name in _OF_DATA),
            hyperparameters.seed if subset else None,
            known_data,
        )
        if key not in self._loaded:
            self._loaded[key] = datasets.load(hyperparameters, report, known_data)
        return self._loaded[key]

    def on(self, device: torch.device, dataset: Dataset) -> Dataset:
        """`dataset` with its tensors on `device`, moved once."""
        key = (device, id(dataset))
        if key not in self._moved:
            self._moved[key] = replace(
                dataset,
                train_images=dataset.train_images.to(device),
                train_labels=dataset.train_labels.to(device),
                test_images=dataset.test_images.to(device),
                test_labels=dataset.test_labels.to(device),
            )
        return self._moved[key]

    def put_off(self, request: Request) -> None:
        """Take the step that `request` asks for at the next `step`."""
        self._requests.append(request)

    def step(self) -> None:
        """Take all steps that were put off."""
        groups: dict[tuple[object, ...], list[Request]] = {}
        for request in self._requests:
            groups.setdefault(_kind(request), []).append(request)
        self._requests.clear()
        for kind, requests in groups.items():
            if len(requests) == 1:
                requests[0].trainer.step(requests[0])
            else:
                self._step_together(kind, requests)

    def _step_together(self, kind: tuple[object, ...], requests: list[Request]) -> None:
        trainers = [request.trainer for request in requests]
        if kind not in self._stacks or self._stacks[kind][0] != trainers:
            self._stack(kind, trainers, len(requests[0].indices))
        self._stacks[kind][1].step(
            trainers[0].images,
            trainers[0].eye,
            [request.indices for request in requests],
            [request.labels for request in requests],
            [request.log_p for request in requests],
            [trainer.hyperparameters for trainer in trainers],
        )

    def _stack(self, kind: tuple[object, ...], trainers: list[Trainer], size: int) -> None:
        """Stack the states of `trainers`, and drop the stacks that held them before."""
        stack = BatchedStep(
            [trainer.state for trainer in trainers], trainers[0].hyperparameters.activation, size
        )
        for trainer, view in zip(trainers, stack.views, strict=True):
            trainer.use(view)
        stacks = self._stacks.items()
        self._stacks = {k: (of, s) for k, (of, s) in stacks if not set(of) & set(trainers)}
        self._stacks[kind] = (trainers, stack)


def _kind(request: Request) -> tuple[object, ...]:
    """The properties that must agree for two steps to be taken together."""
    h, images = request.trainer.hyperparameters, request.trainer.images
    size = len(request.indices)
    return size, h.width, h.activation, h.optimizer, images.data_ptr(), len(images), images.device
