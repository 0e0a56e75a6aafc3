"""The cost of `edgechaos_tui.record` to a user's training loop, with a watched model and without.

An epoch of a small convolutional network on random images, in a loop that is bare, recorded, or
recorded and watched; all take turns. Compared is the processor's time of the whole process, which
other programs disturb less than the clock on the wall.
"""

import tempfile
import time
from pathlib import Path

import torch
from torch import nn

from benchmarks.figures import Figure, ratios
from engine.recorder import Run, record

_IMAGES = 6_400
_BATCH = 64
_TURNS = 9
_KINDS = ("bare", "recorded", "watched")


def measure() -> list[Figure]:
    """Both ratios."""
    torch.set_num_threads(1)
    times: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    with tempfile.TemporaryDirectory() as folder:
        loops = {kind: _Loop(Path(folder), kind) for kind in _KINDS}
        for turn in range(_TURNS + 1):
            for kind, loop in loops.items():
                seconds = loop.epoch_seconds()
                if turn:
                    times[kind].append(seconds)
        for loop in loops.values():
            loop.run.close()
    return [
        ratios("an epoch recorded, to a bare one", times["recorded"], times["bare"], 1.01),
        ratios("an epoch recorded and watched", times["watched"], times["bare"], 1.03),
    ]


class _Loop:
    """A training that goes on epoch by epoch."""

    def __init__(self, root: Path, kind: str) -> None:
        torch.manual_seed(0)
        self._recorded = kind != "bare"
        self._model = _network()
        self._images = torch.randn(_IMAGES, 1, 28, 28)
        self._labels = torch.randint(10, (_IMAGES,))
        self._optimizer = torch.optim.SGD(self._model.parameters(), lr=0.01)
        self.run = record(kind, {"lr": 0.01}, sessions=root) if self._recorded else Run()
        self.run.tune(self._optimizer)
        if kind == "watched":
            self.run.watch(self._model, self._images[:32])
        self._epochs = self.run.epochs(1_000_000)

    def epoch_seconds(self) -> float:
        """The processor's seconds of one epoch, the line that is logged of it included."""
        begin = time.process_time()
        loss = torch.zeros(())
        batches = torch.arange(_IMAGES).split(_BATCH)
        if self._recorded:
            next(self._epochs)
        for rows in self.run.batches(batches) if self._recorded else batches:
            loss = nn.functional.cross_entropy(self._model(self._images[rows]), self._labels[rows])
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
        if self._recorded:
            self.run.log(train_loss=loss)
        return time.process_time() - begin


def _network() -> nn.Module:
    def convolution(channels: int, units: int) -> nn.Module:
        conv = nn.Conv2d(channels, units, 3, padding=1)
        return nn.Sequential(conv, nn.BatchNorm2d(units), nn.ReLU(), nn.MaxPool2d(2))

    return nn.Sequential(
        convolution(1, 16), convolution(16, 32), nn.Flatten(), nn.Linear(32 * 7 * 7, 10)
    )
