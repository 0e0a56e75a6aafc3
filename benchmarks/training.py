"""An epoch of training against the bound by its matrix products, and against a plain PyTorch loop.

The bound is what no step can do without: per batch X·Wᵀ, δᵀ·X accumulated into the velocity, and
one pass that adds the velocity to W; same library, sizes and threads. The plain loop is nn.Linear,
autograd and torch.optim on tensors in memory; with a DataLoader for information. All are run in
alternation, so that what else the machine does meets each of them; the ratios are of medians.

    python benchmarks/training.py [--batch-size 32] [--activation tanh] [--optimizer sgd] [--json]
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from engine.record.hyperparameters import Hyperparameters, build
from engine.training.datasets import Dataset
from engine.training.trainer import Trainer

INPUTS, UNITS, CLASSES = 784, 784, 10


def random_data(images: int) -> Dataset:
    """Random pixels and labels: the time of a dense product does not depend on them."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(256, (images, INPUTS), generator=generator).float().div_(255)
    y = torch.randint(CLASSES, (images,), generator=generator)
    return Dataset("random", "", x, y, x[:1], y[:1])


def our_epoch(h: Hyperparameters, data: Dataset) -> Callable[[], None]:
    """An epoch by the engine's trainer, results included; the test set is one image."""
    trainer = Trainer(h, data, torch.device("cpu"))

    def run() -> None:
        for _ in trainer.steps():
            pass

    run()  # Epoch 0 trains nothing.
    return run


def bound(h: Hyperparameters, data: Dataset) -> Callable[[], None]:
    """The two large products and the pass over the weights, on batches already in place."""
    x = data.train_images[: h.batch_size].clone()
    delta = torch.randn(h.batch_size, UNITS) * 1e-6
    W, V = torch.randn(UNITS, INPUTS) / 56, torch.zeros(UNITS, INPUTS)
    hidden = torch.empty(h.batch_size, UNITS)

    def run() -> None:
        with torch.no_grad():
            for _ in range(-(-len(data.train_images) // h.batch_size)):
                torch.mm(x, W.t(), out=hidden)
                V.addmm_(delta.t(), x, beta=h.momentum, alpha=-h.lr)
                W.add_(V)

    return run


def plain(h: Hyperparameters, data: Dataset, loader: bool) -> Callable[[], None]:
    """nn.Linear, autograd, torch.optim; the batches by index, or by a DataLoader."""
    phi = nn.Tanh() if h.activation == "tanh" else nn.ReLU()
    model = nn.Sequential(nn.Linear(INPUTS, UNITS, bias=False), phi, nn.Linear(UNITS, CLASSES))
    optimizer: torch.optim.Optimizer
    if h.optimizer == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=h.lr)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=h.lr, momentum=h.momentum)
    pairs = TensorDataset(data.train_images, data.train_labels)
    batches = DataLoader(pairs, batch_size=h.batch_size, shuffle=True)

    def by_index() -> Any:
        for chosen in torch.randperm(len(pairs)).split(h.batch_size):
            yield data.train_images[chosen], data.train_labels[chosen]

    def run() -> None:
        for x, y in batches if loader else by_index():
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()

    return run


def measure(h: Hyperparameters, images: int, rounds: int, loader: bool) -> dict[str, Any]:
    """Seconds an epoch (median, least, most) for each, and the ratios of the medians."""
    torch.set_num_threads(h.threads or 1)
    data = random_data(images)
    runs = {"epoch": our_epoch(h, data), "bound": bound(h, data), "plain": plain(h, data, False)}
    if loader:
        runs["loader"] = plain(h, data, True)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            begin = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - begin)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    return {
        "batch_size": h.batch_size,
        "activation": h.activation,
        "optimizer": h.optimizer,
        "threads": torch.get_num_threads(),
        "images": images,
        "seconds": {
            name: {"median": medians[name], "least": min(times), "most": max(times)}
            for name, times in seconds.items()
        },
        "epoch_to_bound": medians["epoch"] / medians["bound"],
        "plain_to_epoch": medians["plain"] / medians["epoch"],
    }


def show(result: dict[str, Any]) -> None:
    """The result as lines of text."""
    print(
        f"B = {result['batch_size']}, {result['activation']}, {result['optimizer']}, "
        f"{result['images']} images, threads: {result['threads']}"
    )
    for name, times in result["seconds"].items():
        print(f"  {name:7}{times['median']:8.3f} s  ({times['least']:.3f} to {times['most']:.3f})")
    print(f"  epoch / bound {result['epoch_to_bound']:.3f}")
    print(f"  plain / epoch {result['plain_to_epoch']:.3f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--activation", default="tanh")
    parser.add_argument("--optimizer", default="sgd")
    parser.add_argument("--l2", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-loader", action="store_true", help="leave the DataLoader out")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    h = build(
        {
            "batch_size": given.batch_size,
            "activation": given.activation,
            "optimizer": given.optimizer,
            "l2": given.l2,
            "threads": given.threads,
            "indicators_every": 0,
        }
    )
    result = measure(h, given.images, given.rounds, not given.no_loader)
    if given.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()
