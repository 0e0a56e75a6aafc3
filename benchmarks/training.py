"""Training steps against the bound by their matrix products, and against a plain PyTorch loop.

The bound is what no step can do without: per batch X·Wᵀ, δᵀ·X accumulated into the velocity, and
one pass that adds the velocity to W; same library, sizes and threads, on a batch already in place.
For Adam, which has no such form, the product gives the gradient, and the pass is torch's own fused
Adam over W. The plain loop is nn.Linear, autograd and torch.optim on tensors in memory.

All take turns, some tenths of a second each, and a ratio is taken within a turn: what else the
machine does meets each of them. The data are Fashion-MNIST where $EDGECHAOS_DATA has it.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import nn
from torch.optim.adam import adam
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.figures import Figure, figure, ratios
from benchmarks.recorded import an_epoch
from engine.data import datasets
from engine.data.datasets import Dataset
from engine.models.paper.model import PaperModel
from engine.runtime import checkpoint
from engine.runtime.machine import MachineMonitor
from engine.storage.hyperparameters import Hyperparameters, build
from engine.storage.session.event_log import LogWriter
from engine.training.trainer import Trainer

_UNITS = 784
_TURNS = 21
_IMAGES_A_TURN = {4: 800, 32: 3_200, 128: 6_400, 512: 10_240}
_SETTINGS = (
    ("tanh", "sgd", 32), ("tanh", "sgd", 4), ("tanh", "sgd", 128), ("tanh", "sgd", 512),
    ("relu", "sgd", 32), ("tanh", "adam", 32),
)  # fmt: skip
_SAVE_EVERY = 10.0


def measure() -> list[Figure]:
    """All settings, with one thread, and what is done beside the steps at the default one."""
    torch.set_num_threads(1)
    data = _data()
    figures: list[Figure] = []
    for activation, optimizer, size in _SETTINGS:
        values = {"activation": activation, "optimizer": optimizer, "batch_size": size}
        lr = 0.001 if optimizer == "adam" else 0.02
        h = build({**values, "lr": lr, "threads": 1, "indicators_every": 0})
        figures += _setting(h, data)
    return [*figures, *_beside(data)]


def _data() -> Dataset:
    """Fashion-MNIST, or random pixels: the time of a dense product does not depend on them."""
    if os.environ.get("EDGECHAOS_DATA"):
        return datasets.load(build({"dataset": "fashion-mnist"}), lambda *_: None)
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(256, (60_000, 784), generator=generator).float().div_(255)
    y = torch.randint(10, (60_000,), generator=generator)
    return Dataset("random", "", x, y, x[:10_000], y[:10_000])


def _setting(h: Hyperparameters, data: Dataset) -> list[Figure]:
    runs = {"ours": _ours(h, data), "bound": _bound(h, data), "plain": _plain(h, data, False)}
    default = (h.activation, h.optimizer, h.batch_size) == _SETTINGS[0]
    if default:
        runs["loader"] = _plain(h, data, True)
    steps = _IMAGES_A_TURN[h.batch_size] // h.batch_size
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(_TURNS + 1):
        for name, run in runs.items():
            begin = time.perf_counter()
            for _ in range(steps):
                next(run)
            if turn:  # The first turn warms up.
                times[name].append(time.perf_counter() - begin)
    what = f"{h.activation}, {h.optimizer.upper() if h.optimizer == 'sgd' else 'Adam'}, B = "
    what += str(h.batch_size)
    goals = (1.3, 1.8) if default else (None, None)
    figures = [
        ratios(f"{what}: steps to the bound", times["ours"], times["bound"], goals[0]),
        ratios(f"{what}: a plain loop to ours", times["plain"], times["ours"], goals[1], "above"),
    ]
    if default:
        figures.append(ratios(f"{what}: a plain loop to the bound", times["plain"], times["bound"]))
        epoch = [seconds / steps * 60_000 / h.batch_size for seconds in times["ours"]]
        figures.append(ratios(f"{what}: with a DataLoader to ours", times["loader"], times["ours"]))
        figures.append(figure(f"{what}: an epoch of 60,000 images", epoch, "s"))
    return figures


def _ours(h: Hyperparameters, data: Dataset) -> Iterator[object]:
    """The engine's own training steps, epoch after epoch."""
    trainer = Trainer(h, data, torch.device("cpu"))
    while True:
        yield from (step for step in trainer.steps() if step.stage == "training")


def _bound(h: Hyperparameters, data: Dataset) -> Iterator[object]:
    x = data.train_images[: h.batch_size].clone()
    delta = torch.randn(h.batch_size, _UNITS) * 1e-6
    W, V = torch.randn(_UNITS, 784) / 28, torch.zeros(_UNITS, 784)
    hidden = torch.empty(h.batch_size, _UNITS)
    m, v, count = torch.zeros_like(W), torch.zeros_like(W), torch.zeros(())
    update = _sgd_pass(h, W, V) if h.optimizer == "sgd" else _adam_pass(h, W, V, m, v, count)
    while True:
        with torch.no_grad():
            torch.mm(x, W.t(), out=hidden)
            update(delta.t(), x)
        yield


def _sgd_pass(
    h: Hyperparameters, W: torch.Tensor, V: torch.Tensor
) -> Callable[[torch.Tensor, torch.Tensor], object]:
    def update(delta_t: torch.Tensor, x: torch.Tensor) -> None:
        V.addmm_(delta_t, x, beta=h.momentum, alpha=-h.lr)
        W.add_(V)

    return update


def _adam_pass(
    h: Hyperparameters, W: torch.Tensor, g: torch.Tensor, *state: torch.Tensor
) -> Callable[[torch.Tensor, torch.Tensor], object]:
    m, v, count = state

    def update(delta_t: torch.Tensor, x: torch.Tensor) -> None:
        torch.mm(delta_t, x, out=g)
        adam(
            [W], [g], [m], [v], [], [count], fused=True, lr=h.lr, beta1=0.9, beta2=0.999,
            eps=1e-7, weight_decay=0.0, amsgrad=False, maximize=False,
        )  # fmt: skip

    return update


def _plain(h: Hyperparameters, data: Dataset, loader: bool) -> Iterator[object]:
    """nn.Linear, autograd, torch.optim; the batches by index, or by a DataLoader."""
    phi = nn.Tanh() if h.activation == "tanh" else nn.ReLU()
    model = nn.Sequential(nn.Linear(784, _UNITS, bias=False), phi, nn.Linear(_UNITS, 10))
    optimizer: torch.optim.Optimizer
    if h.optimizer == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=h.lr)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=h.lr, momentum=h.momentum)
    pairs = TensorDataset(data.train_images, data.train_labels)
    batches = DataLoader(pairs, batch_size=h.batch_size, shuffle=True)

    def by_index() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for chosen in torch.randperm(len(pairs)).split(h.batch_size):
            yield data.train_images[chosen], data.train_labels[chosen]

    while True:
        for x, y in batches if loader else by_index():
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
            yield


def _beside(data: Dataset) -> list[Figure]:
    """Indicators, checkpoint (one in 10 s) and the log's line, as a share of an epoch's steps."""
    h = build({"threads": 1})
    trainer = Trainer(h, data, torch.device("cpu"))
    snapshot = {name: tensor.clone() for name, tensor in trainer.state.items()}
    model = PaperModel(h, torch.device("cpu"))
    shares, sampling = [], []
    monitor = MachineMonitor()
    with tempfile.TemporaryDirectory() as folder:
        writer = LogWriter(Path(folder) / "events.jsonl")
        steps = _ours(h, data)
        for number in range(7):
            begin = time.perf_counter()
            for _ in range(200):
                next(steps)
            epoch = (time.perf_counter() - begin) * 60_000 / 32 / 200
            begin = time.perf_counter()
            model.measure(data.test_images, indicators=True)
            for name, tensor in trainer.state.items():
                snapshot[name].copy_(tensor)
            writer.append(an_epoch(number), sync=True)
            often = time.perf_counter() - begin
            begin = time.perf_counter()
            arrays = {name: tensor.numpy() for name, tensor in snapshot.items()}
            saved = checkpoint.Checkpoint("0" * 16, an_epoch(number), arrays)
            checkpoint.save(Path(folder) / "checkpoint.safetensors", saved)
            seldom = (time.perf_counter() - begin) * min(1.0, epoch / _SAVE_EVERY)
            shares.append(100 * (often + seldom) / epoch)
            begin = time.perf_counter()
            for _ in range(60_000 // h.batch_size):
                monitor.look()
            # A sample by all means: an epoch of a second or more has one for its line.
            monitor.restart()
            sampling.append(100 * (time.perf_counter() - begin) / epoch)
        writer.close()
    return [
        figure("indicators, checkpoints and log, of an epoch", shares, "%", 10),
        figure("CPU, memory and GPU of the machine, of an epoch", sampling, "%", 0.1),
    ]
