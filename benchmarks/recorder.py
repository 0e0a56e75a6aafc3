"""The cost of `edgechaos_tui.record` to a user's training loop, with a watched model and without.

What the recorder does in an epoch is timed by itself, with nothing else in the loop, and held
against the epoch: 60,000 images in a small convolutional network. A difference of two epochs would
drown in what else the machine does. Processor's time of the whole process throughout.
"""

import os
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path

import torch
from torch import nn

from benchmarks.figures import Figure, figure
from engine.recorder import Run, record

_BATCH = 64
_BATCHES = 60_000 // _BATCH
_STEPS = 40
_TURNS = 9


def measure() -> list[Figure]:
    """The shares of an epoch, in percent."""
    torch.set_num_threads(1)
    shares: dict[str, list[float]] = {"recorded": [], "watched": [], "captured": []}
    with tempfile.TemporaryDirectory() as folder:
        training = _Training()
        root = Path(folder)
        runs = {kind: _recorded(root, kind, training) for kind in ("recorded", "watched")}
        for turn in range(_TURNS + 1):
            epoch = training.step_seconds() * _BATCHES
            spent = {kind: _recorder_seconds(run, turn) for kind, run in runs.items()}
            spent["captured"] = _keeping_seconds(root, turn)
            # The first turn loads what is imported when it is needed.
            if turn:
                for kind, seconds in spent.items():
                    shares[kind].append(100 * seconds / epoch)
        for run in runs.values():
            run.close()
    return [
        figure("recorder's share of an epoch", shares["recorded"], "%", 1.0),
        figure("recorder's share of an epoch, model watched", shares["watched"], "%", 3.0),
        figure("a line printed each batch and kept, of an epoch", shares["captured"], "%", 1.0),
    ]


class _Training:
    """A network with its optimizer, and images at random."""

    def __init__(self) -> None:
        self.model = _network()
        self.images = torch.randn(_BATCH, 1, 28, 28)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)
        self._labels = torch.randint(10, (_BATCH,))

    def step_seconds(self) -> float:
        """The seconds of a step, a mean over some."""
        begin = time.process_time()
        for _ in range(_STEPS):
            loss = nn.functional.cross_entropy(self.model(self.images), self._labels)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return (time.process_time() - begin) / _STEPS


def _recorded(root: Path, kind: str, training: _Training) -> Run:
    run = record(kind, {"lr": 0.01}, sessions=root, raise_errors=True)
    run.tune(training.optimizer)
    if kind == "watched":
        run.watch(training.model, training.images[:32])
    return run


def _recorder_seconds(run: Run, epoch: int) -> float:
    """The seconds of an epoch's batches and of its line, beyond those of a bare loop."""
    batches = range(_BATCHES)
    begin = time.process_time()
    for _ in batches:
        pass
    bare = time.process_time()
    for _ in run.batches(batches):
        pass
    run.log(epoch=epoch + 1, train_loss=torch.tensor(1.0), test_loss=1.0, test_accuracy=0.5)
    return time.process_time() - bare - (bare - begin)


def _keeping_seconds(root: Path, epoch: int) -> float:
    """The seconds of an epoch's lines of output, beyond those of printing them to nowhere."""
    times = []
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        for kept in (False, True):
            name = f"printing-{epoch}-{kept}"
            run = record(name, sessions=root, capture=kept, raise_errors=True)
            begin = time.process_time()
            for batch in range(_BATCHES):
                print(f"epoch {epoch}, batch {batch}: loss {1 / (batch + 1):.4f}")
            times.append(time.process_time() - begin)
            run.close()
    return times[1] - times[0]


def _network() -> nn.Module:
    def convolution(channels: int, units: int) -> nn.Module:
        conv = nn.Conv2d(channels, units, 3, padding=1)
        return nn.Sequential(conv, nn.BatchNorm2d(units), nn.ReLU(), nn.MaxPool2d(2))

    return nn.Sequential(
        convolution(1, 16), convolution(16, 32), nn.Flatten(), nn.Linear(32 * 7 * 7, 10)
    )
