"""Data sets: from folders that may be wrong, subsets, and the real Fashion-MNIST."""

import gzip
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.data import idx, published
from engine.data.datasets import DataError, KnownData, load
from engine.storage.hyperparameters import Hyperparameters

Small = Any  # conftest.Published, which a test file cannot import
NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def snapshot(folder: Path) -> list[tuple[str, int, int]]:
    entries = [(str(path), path.lstat()) for path in sorted(folder.rglob("*"))]
    return [(name, status.st_size, status.st_mtime_ns) for name, status in entries]


# ---------------------------------------------------------------- reading a folder


@pytest.mark.parametrize("below", ["FashionMNIST/raw", "raw", "."])
def test_a_named_folder_is_read_and_left_as_it_was(
    small: Small, tmp_path: Path, cache: Path, below: str
) -> None:
    root = tmp_path / "data"
    small.put(root / below)
    before = snapshot(root)

    data = small.load(data_dir=str(root))

    assert snapshot(root) == before
    assert not cache.exists()
    assert data.name == "fashion-mnist"
    assert data.train_images.dtype == data.test_images.dtype == torch.float32
    assert data.train_labels.dtype == data.test_labels.dtype == torch.int64
    assert data.train_images.is_contiguous()
    expected = small.train_images.astype(np.float32) / np.float32(255)
    assert np.array_equal(data.train_images.numpy(), expected)
    assert np.array_equal(data.test_images.numpy() * 255, small.test_images)
    assert data.train_labels.tolist() == small.train_labels.tolist()
    assert data.test_labels.tolist() == small.test_labels.tolist()
    assert {stage for stage, _, _ in small.reports} == {"loading"}
    assert small.reports[-1][1] == sum(map(len, small.archives.values()))
    assert all(0 <= done <= total for _, done, total in small.reports)


def test_data_unpacked_or_packed_again_are_judged_by_their_content(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {name: gzip.decompress(data) for name, data in small.archives.items()}
    known = {
        hashlib.md5(small.archives[name]).hexdigest(): (
            len(content), hashlib.sha256(content).hexdigest()
        )
        for name, content in contents.items()
    }  # fmt: skip
    original = small.load(data_dir=str(small.put(tmp_path / "original")))
    for folder in ("unpacked", "again"):
        (tmp_path / folder).mkdir()
    for name, content in contents.items():
        (tmp_path / "unpacked" / name.removesuffix(".gz")).write_bytes(content)
        (tmp_path / "again" / name).write_bytes(gzip.compress(content, 1))
    with pytest.raises(DataError, match="copy it again"):
        small.load(data_dir=str(tmp_path / "again"))
    by_md5 = {
        archive: (size, next(hashlib.md5(c).hexdigest() for c in contents.values() if
                             hashlib.sha256(c).hexdigest() == digest))
        for archive, (size, digest) in known.items()
    }  # fmt: skip
    for sums in (by_md5, known):
        monkeypatch.setattr(idx, "_CONTENTS", sums)
        for folder in ("unpacked", "again"):
            assert small.load(data_dir=str(tmp_path / folder)).checksum == original.checksum
    (tmp_path / "again" / NAMES[1]).write_bytes(gzip.compress(bytes(10**6)))
    with pytest.raises(DataError, match="cut short"):
        small.load(data_dir=str(tmp_path / "again"))


@pytest.mark.parametrize("name", ["fashion-mnist", "mnist"])
def test_the_contents_of_these_sets_are_known(name: str) -> None:
    assert set(published.describe(name).files.values()) <= idx._CONTENTS.keys()


def test_known_data_are_found_wherever_they_are_now(
    small: Small, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, other, here = (tmp_path / name for name in ("gone", "other", "here"))
    small.put(here)
    checksum = small.load(data_dir=str(here)).checksum

    def find(named: str = "", former: Path = gone, checksum_wanted: str = checksum) -> str:
        hyperparameters = Hyperparameters(data_dir=str(former))
        return load(hyperparameters, lambda *_: None, KnownData(checksum_wanted, named)).data_dir

    assert find(str(here)) == str(here)
    assert find(former=here) == str(here)
    monkeypatch.setenv("EDGECHAOS_DATA", str(here))
    assert find(str(other)) == str(here)
    monkeypatch.delenv("EDGECHAOS_DATA")
    with pytest.raises(
        DataError, match=r"gone \(their former folder\) does not exist.*--data-dir DIR"
    ):
        find()
    with pytest.raises(DataError, match="not those this run began with"):
        find(str(here), checksum_wanted="0" * 64)
    small.put(cache)
    assert find() == ""


def test_the_folder_in_the_environment_is_used_when_none_is_given(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.put(tmp_path / "here" / "raw")
    monkeypatch.setenv("EDGECHAOS_DATA", str(tmp_path / "here"))
    assert len(small.load().train_labels) == len(small.train_labels)

    monkeypatch.setenv("EDGECHAOS_DATA", str(tmp_path / "nowhere"))
    assert len(small.load(data_dir=str(tmp_path / "here")).train_labels) == len(small.train_labels)
    with pytest.raises(DataError, match=r"nowhere \(\$EDGECHAOS_DATA\)"):
        small.load()


def test_a_folder_that_is_not_there_is_named(small: Small, tmp_path: Path) -> None:
    message = small.refused(data_dir=str(tmp_path / "missing"))

    assert str(tmp_path / "missing") in message
    assert "FashionMNIST/raw" in message


def test_a_folder_without_the_set_says_what_it_should_hold(
    small: Small, tmp_path: Path, cache: Path
) -> None:
    message = small.refused(data_dir=str(tmp_path))

    assert str(tmp_path) in message
    assert f"FashionMNIST/raw/{NAMES[0]}" in message
    assert not cache.exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(small: Small, tmp_path: Path, name: str) -> None:
    folder = small.put(tmp_path / "data" / "raw")
    (folder / name).unlink()

    assert str(folder / name) in small.refused(data_dir=str(tmp_path / "data"))


@pytest.mark.parametrize("name", NAMES)
def test_a_truncated_archive_is_named_and_nothing_is_left_behind(
    small: Small, tmp_path: Path, cache: Path, name: str
) -> None:
    folder = small.put(tmp_path / "data" / "raw")
    (folder / name).write_bytes(small.archives[name][:-10])
    before = snapshot(folder)

    message = small.refused(data_dir=str(tmp_path / "data"))

    assert str(folder / name) in message
    assert hashlib.md5(small.archives[name]).hexdigest() in message
    assert snapshot(folder) == before
    assert not cache.exists()


def test_the_files_of_another_set_are_refused(small: Small, tmp_path: Path) -> None:
    folder = small.put(tmp_path / "data" / "raw")

    message = small.refused(dataset="mnist", data_dir=str(tmp_path / "data"))

    assert str(folder / NAMES[0]) in message
    assert "MNIST" in message


def test_a_folder_in_the_place_of_an_archive_is_named(small: Small, tmp_path: Path) -> None:
    folder = small.put(tmp_path / "data" / "raw")
    (folder / NAMES[1]).unlink()
    (folder / NAMES[1]).mkdir()

    assert str(folder / NAMES[1]) in small.refused(data_dir=str(tmp_path / "data"))


# ---------------------------------------------------------------- subsets and checksum


def test_a_subset_is_drawn_by_the_seed_and_keeps_images_with_their_labels(
    small: Small, tmp_path: Path
) -> None:
    root = str(small.put(tmp_path / "data"))
    first, again, other = (
        small.load(data_dir=root, train_size=9, test_size=5, seed=seed) for seed in (1, 1, 2)
    )

    assert first.train_images.shape == (9, 784)
    assert first.test_images.shape == (5, 784)
    assert first.checksum == again.checksum != other.checksum
    assert torch.equal(first.train_images, again.train_images)
    originals = [image.tobytes() for image in small.train_images]
    places = [
        originals.index((image.numpy() * 255).round().astype(np.uint8).tobytes())
        for image in first.train_images
    ]
    assert places == sorted(set(places))
    assert first.train_labels.tolist() == small.train_labels[places].tolist()


def test_the_checksum_is_of_the_content_that_is_used(small: Small, tmp_path: Path) -> None:
    root = str(small.put(tmp_path / "data"))
    full_set = small.load(data_dir=root, seed=1)

    assert full_set.checksum == small.load(data_dir=root, train_size=30, seed=2).checksum
    assert len({full_set.checksum, small.load(data_dir=root, test_size=11).checksum}) == 2
    assert len(full_set.checksum) == 64


@pytest.mark.parametrize(("option", "available"), [("train_size", 30), ("test_size", 12)])
def test_more_images_than_there_are_is_refused(
    small: Small, tmp_path: Path, option: str, available: int
) -> None:
    root = str(small.put(tmp_path / "data"))

    message = small.refused(data_dir=root, **{option: available + 1})

    assert f"--{option.replace('_', '-')} {available + 1}" in message
    assert str(available) in message


# ---------------------------------------------------------------- the real one


def test_torchvision_can_be_imported_and_knows_all_sets() -> None:
    for name in ("fashion-mnist", "mnist", "kmnist"):
        described = published.describe(name)
        assert tuple(described.files) == NAMES
        assert all(mirror.endswith("/") for mirror in described.mirrors)


def test_the_real_fashion_mnist_is_what_was_published(fashion_mnist: Path) -> None:
    before = snapshot(fashion_mnist)

    data = load(Hyperparameters(data_dir=str(fashion_mnist)), lambda *_: None)

    assert snapshot(fashion_mnist) == before
    assert data.train_images.shape == (60_000, 784)
    assert data.test_images.shape == (10_000, 784)
    assert data.train_labels.bincount().tolist() == [6_000] * 10
    assert data.test_labels.bincount().tolist() == [1_000] * 10
    assert data.train_images.min() == 0
    assert data.train_images.max() == 1
    # The published mean of Fashion-MNIST.
    assert float(data.train_images.double().mean()) == pytest.approx(0.2860, abs=5e-5)
    assert data.checksum == "a485933e0d1ec3d6089c02b9c36f6076a03703fdfa943ef3fe6950839b598fe6"
