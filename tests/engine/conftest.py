"""A small published set in Fashion-MNIST's place, to be read and downloaded; and one thread."""

import gzip
import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.data import published
from engine.data.datasets import DataError, Dataset, load
from engine.storage.hyperparameters import Hyperparameters

NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
TRAIN, TEST = 30, 12


def images_file(images: np.ndarray) -> bytes:
    return gzip.compress(struct.pack(">4i", 2051, len(images), 28, 28) + images.tobytes(), mtime=0)


def labels_file(labels: np.ndarray) -> bytes:
    return gzip.compress(struct.pack(">2i", 2049, len(labels)) + labels.tobytes(), mtime=0)


class Published:
    """A small set in Fashion-MNIST's place: its arrays, its archives, and reports of loading."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        generator = np.random.default_rng(1)
        self.monkeypatch = monkeypatch
        self.train_images = generator.integers(0, 256, (TRAIN, 784), np.uint8)
        self.test_images = generator.integers(0, 256, (TEST, 784), np.uint8)
        self.train_labels = generator.integers(0, 10, TRAIN, np.uint8)
        self.test_labels = generator.integers(0, 10, TEST, np.uint8)
        self.publish(
            images_file(self.train_images),
            labels_file(self.train_labels),
            images_file(self.test_images),
            labels_file(self.test_labels),
        )
        self.reports: list[tuple[str, int, int]] = []

    def publish(self, *archives: bytes) -> None:
        self.archives = dict(zip(NAMES, archives, strict=True))
        sums = [(name, hashlib.md5(data).hexdigest()) for name, data in self.archives.items()]
        fashion = published.torchvision_module("datasets").FashionMNIST
        self.monkeypatch.setattr(fashion, "resources", sums)

    def put(self, folder: Path) -> Path:
        folder.mkdir(parents=True)
        for name, archive in self.archives.items():
            (folder / name).write_bytes(archive)
        return folder

    def load(self, **chosen: Any) -> Dataset:
        self.reports.clear()
        return load(Hyperparameters(**chosen), lambda *report: self.reports.append(report))

    def refused(self, **chosen: Any) -> str:
        """The sentence with which a load is refused: one line that ends in a full stop."""
        with pytest.raises(DataError) as caught:
            self.load(**chosen)
        message = str(caught.value)
        assert "\n" not in message
        assert message.endswith(".")
        return message


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """One thread for torch: two that share a busy machine mostly wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own; no folder is named by the environment."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("EDGECHAOS_DATA", raising=False)
    # A port that nobody listens on: no test reaches out of this machine.
    monkeypatch.setenv("EDGECHAOS_MIRROR", "http://127.0.0.1:9/")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache" / "edgechaos-tui" / "datasets" / "FashionMNIST" / "raw"


@pytest.fixture
def small(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    return Published(monkeypatch)
