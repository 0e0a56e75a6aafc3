"""CIFAR-10, made small: read from its archive or folder, downloaded, refused, and trained on."""

import hashlib
import io
import pickle
import struct
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.data import cifar, published
from engine.data.archive import DataError
from engine.data.datasets import Dataset, KnownData, load
from engine.storage.errors import HyperparameterError
from engine.storage.hyperparameters import build
from engine.training.trainer import Trainer

BATCHES = [f"data_batch_{number}" for number in range(1, 6)]
ARCHIVE, FOLDER = "cifar-10-python.tar.gz", "cifar-10-batches-py"
PIXELS = 3072
SIZE = 20


def batch(images: np.ndarray, labels: list[int]) -> bytes:
    """As Python 2 pickled it: a dictionary, whose array is made of one string."""

    def text(value: str) -> bytes:
        return b"U" + bytes([len(value)]) + value.encode() + b"q\x01"

    shape = b"M" + struct.pack("<H", len(images)) + b"M" + struct.pack("<H", PIXELS) + b"\x86"
    pixels = b"T" + struct.pack("<i", images.size) + images.tobytes()
    array = b"cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85U\x01b\x87R"
    state = b"(K\x01" + shape + b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R\x89" + pixels + b"tb"
    numbers = b"]q\x04(" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    names = b"]q\x05(" + text("leptodactylus_pentadactylus_s_000004.png") + b"e"
    items = text("batch_label") + text("training batch 1 of 5")
    items += text("labels") + numbers + text("data") + array + state + text("filenames") + names
    return b"\x80\x02}q\x00(" + items + b"u."


class SmallCifar:
    """A set in CIFAR-10's place, as torchvision describes it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        generator = np.random.default_rng(2)
        self._monkeypatch = monkeypatch
        self.images = generator.integers(0, 256, (6, SIZE, PIXELS), np.uint8)
        self.labels = [generator.integers(0, 10, SIZE).tolist() for _ in range(6)]
        batches = map(batch, self.images, self.labels)
        self.publish(dict(zip([*BATCHES, "test_batch"], batches, strict=True)))

    def publish(self, batches: dict[str, bytes]) -> None:
        """Take `batches` for what was published, with their sums."""
        self.batches = batches
        sums = [[name, hashlib.md5(data).hexdigest()] for name, data in batches.items()]
        source = published.torchvision_module("datasets").CIFAR10
        self._monkeypatch.setattr(source, "train_list", sums[:-1])
        self._monkeypatch.setattr(source, "test_list", sums[-1:])
        self._monkeypatch.setattr(source, "tgz_md5", hashlib.md5(self.archive()).hexdigest())

    def archive(self) -> bytes:
        """The archive: its members in another order, and more of them."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for name, data in [("readme.html", b"<html>"), *reversed(self.batches.items())]:
                member = tarfile.TarInfo(f"{FOLDER}/{name}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        # The time in its head would be another sum each second.
        packed = bytearray(buffer.getvalue())
        packed[4:8] = bytes(4)
        return bytes(packed)

    def unpack(self, root: Path) -> Path:
        """Write the batches where torchvision leaves them; `root`."""
        (root / FOLDER).mkdir(parents=True)
        for name, data in self.batches.items():
            (root / FOLDER / name).write_bytes(data)
        return root

    def load(self, known: KnownData | None = None, **hyperparameters: Any) -> Dataset:
        values = {"dataset": "cifar-10", "model": "cnn", **hyperparameters}
        return load(build(values), lambda *_: None, known)


@pytest.fixture
def small_cifar(cache: Path, monkeypatch: pytest.MonkeyPatch) -> SmallCifar:
    return SmallCifar(monkeypatch)


def test_archive_and_folder_hold_the_same_images(small_cifar: SmallCifar, tmp_path: Path) -> None:
    unpacked, packed = small_cifar.unpack(tmp_path / "unpacked"), tmp_path / "packed"
    packed.mkdir()
    (packed / ARCHIVE).write_bytes(small_cifar.archive())
    unpacked_set, packed_set = (small_cifar.load(data_dir=str(root)) for root in (unpacked, packed))

    assert unpacked_set.checksum == packed_set.checksum
    expected = small_cifar.images.reshape(-1, PIXELS)
    assert np.array_equal(unpacked_set.train_images.numpy() * 255, expected[: 5 * SIZE])
    assert np.array_equal(unpacked_set.test_images.numpy() * 255, expected[5 * SIZE :])
    assert unpacked_set.train_labels.tolist() == [
        n for labels in small_cifar.labels[:5] for n in labels
    ]
    assert unpacked_set.test_labels.tolist() == small_cifar.labels[5]


def test_it_is_downloaded_once_into_the_cache(
    small_cifar: SmallCifar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / ARCHIVE).write_bytes(small_cifar.archive())
    monkeypatch.setenv("EDGECHAOS_MIRROR", mirror.as_uri())
    checksum = small_cifar.load().checksum
    (mirror / ARCHIVE).unlink()
    assert small_cifar.load().checksum == checksum
    assert small_cifar.load(KnownData(checksum)).checksum == checksum


def test_what_is_cut_short_or_missing_is_named(small_cifar: SmallCifar, tmp_path: Path) -> None:
    root = small_cifar.unpack(tmp_path / "data")
    (root / FOLDER / "data_batch_2").write_bytes(small_cifar.batches["data_batch_2"][:-9])
    with pytest.raises(DataError, match=r"data_batch_2 in .* is cut short"):
        small_cifar.load(data_dir=str(root))
    (root / FOLDER / "data_batch_2").unlink()
    with pytest.raises(DataError, match=r"data_batch_2 is missing: put CIFAR-10's"):
        small_cifar.load(data_dir=str(root))
    (root / ARCHIVE).write_bytes(small_cifar.archive()[:5000])
    with pytest.raises(DataError, match=r"cifar-10-python\.tar\.gz is cut short"):
        small_cifar.load(data_dir=str(root))
    with pytest.raises(DataError, match=r"no CIFAR-10 in .*: it should hold cifar-10-python"):
        small_cifar.load(data_dir=str(root / FOLDER))


def test_a_batch_is_read_and_never_executed(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "executed",)

    with pytest.raises(DataError, match="x is not a batch of images"):
        cifar.parse(pickle.dumps({"labels": [1], "data": Evil()}), "x")
    assert not (tmp_path / "executed").exists()
    for data in (b"", b"\x80\x02}q\x00(", b"no pickle", b"U\x05labels."):
        with pytest.raises(DataError, match="x is not a batch of images"):
            cifar.parse(data, "x")


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_deeper_networks_train_on_three_channels(
    small_cifar: SmallCifar, tmp_path: Path, model: str
) -> None:
    hyperparameters = build({"dataset": "cifar-10", "model": model, "width": 8, "threads": 1})
    data = small_cifar.load(data_dir=str(small_cifar.unpack(tmp_path / "data")))
    trainer = Trainer(hyperparameters, data, torch.device("cpu"))
    for _ in range(2):
        for _ in trainer.steps():
            pass
    assert trainer.results is not None
    assert np.isfinite(trainer.results.test_loss)
    assert trainer.results.lambda_depth is not None


def test_the_papers_network_takes_grey_images_alone() -> None:
    with pytest.raises(HyperparameterError, match=r"cifar-10 are not; take model mlp or cnn"):
        build({"dataset": "cifar-10"})
