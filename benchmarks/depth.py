"""Training of an MLP and a CNN against bounds of their own, and the cost of the depth profile.

The MLP of three hidden layers against its matrix products alone: X Wᵀ of each layer, δ W of all but
the first, δᵀ X accumulated into the velocity, and one pass that adds the velocity to W. The CNN
against a loop of plain PyTorch on the same module: autograd and torch.optim, batches by index.
All take turns, as in `benchmarks.training`. The pixels are random: no time depends on them.
"""

import time
from collections.abc import Iterator

import torch
from torch import nn

from benchmarks.figures import Figure, figure, ratios
from engine.data.datasets import Dataset
from engine.models.deep.architectures import build as build_module
from engine.models.deep.model import DeepModel
from engine.storage.hyperparameters import Hyperparameters, build
from engine.training.trainer import Trainer

_CPU = torch.device("cpu")
_UNITS = 784
_TURNS = 15
_STEPS_A_TURN = {"mlp": 40, "cnn": 15}
_STEPS_AN_EPOCH = 1875


def measure() -> list[Figure]:
    """With one thread, at batch size 32."""
    torch.set_num_threads(1)
    data = _data()
    mlp = build({"model": "mlp", "depth": 3, "threads": 1, "indicators_every": 0})
    cnn = build({"model": "cnn", "threads": 1, "indicators_every": 0})
    own, bound = _alternating(mlp, {"ours": _ours(mlp, data), "bound": _bound(mlp)})
    figures = [ratios("mlp of depth 3, B = 32: steps to the bound", own, bound, 1.35)]
    own, plain = _alternating(cnn, {"ours": _ours(cnn, data), "plain": _plain(cnn, data)})
    figures.append(ratios("cnn, B = 32: ours to a plain loop", own, plain, 1.1))
    epochs = [seconds / _STEPS_A_TURN["cnn"] * _STEPS_AN_EPOCH for seconds in own]
    figures.append(figure("cnn, B = 32: an epoch of 60,000 images", epochs, "s"))
    return [*figures, _profile(cnn, data, epochs)]


def _data() -> Dataset:
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(256, (60_000, 784), generator=generator).float().div_(255)
    y = torch.randint(10, (60_000,), generator=generator)
    return Dataset("random", "", x, y, x[:10_000], y[:10_000])


def _alternating(h: Hyperparameters, runs: dict[str, Iterator[object]]) -> list[list[float]]:
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(_TURNS + 1):
        for name, run in runs.items():
            begin = time.perf_counter()
            for _ in range(_STEPS_A_TURN[h.model]):
                next(run)
            if turn:  # The first turn warms up.
                times[name].append(time.perf_counter() - begin)
    return list(times.values())


def _ours(h: Hyperparameters, data: Dataset) -> Iterator[object]:
    """The engine's own training steps; epoch 0, which only evaluates, is passed over."""
    trainer = Trainer(h, data, _CPU)
    trainer.epoch = 0
    while True:
        yield from (step for step in trainer.steps() if step.stage == "training")


def _bound(h: Hyperparameters) -> Iterator[object]:
    x, delta = torch.rand(h.batch_size, _UNITS), torch.randn(h.batch_size, _UNITS) * 1e-6
    layers = [(torch.randn(_UNITS, _UNITS) / 28, torch.zeros(_UNITS, _UNITS)) for _ in range(3)]
    out = torch.empty(h.batch_size, _UNITS)
    while True:
        with torch.no_grad():
            for W, _ in layers:
                torch.mm(x, W.t(), out=out)
            for W, _ in layers[1:]:
                torch.mm(delta, W, out=out)
            for W, V in layers:
                V.addmm_(delta.t(), x, beta=h.momentum, alpha=-h.lr)
                W.add_(V)
        yield


def _plain(h: Hyperparameters, data: Dataset) -> Iterator[object]:
    model = build_module(h)
    optimizer = torch.optim.SGD(model.parameters(), lr=h.lr, momentum=h.momentum)
    while True:
        for chosen in torch.randperm(len(data.train_labels)).split(h.batch_size):
            optimizer.zero_grad()
            logits = model(data.train_images[chosen])
            nn.functional.cross_entropy(logits, data.train_labels[chosen]).backward()
            optimizer.step()
            yield


def _profile(h: Hyperparameters, data: Dataset, epochs: list[float]) -> Figure:
    model = DeepModel(h, _CPU)
    model.measure(data.test_images, indicators=True)
    shares = []
    for epoch in epochs:
        begin = time.perf_counter()
        model.measure(data.test_images, indicators=True)
        shares.append(100 * (time.perf_counter() - begin) / epoch)
    return figure("depth profile of the cnn, of an epoch's steps", shares, "%", 1)
