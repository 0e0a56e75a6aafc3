"""Checkpoints: back as they were, refused with a sentence when damaged, never half a file."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.runtime import checkpoint as checkpoints
from engine.runtime.checkpoint import Checkpoint
from engine.storage.errors import CheckpointError
from engine.storage.session import events

EVENT = events.Epoch(
    t=1.5, elapsed=0.1, epoch=7, train_loss=0.1 + 0.2, test_loss=float("nan"), train_accuracy=0.5,
    test_accuracy=0.25, j=0.5, j0=-0.0, edge_distance=-0.5, tau=None, seconds=2.0, lr=0.02,
    momentum=0.5, batch_size=32, l2=0.0, epochs=100, indicators_every=1,
)  # fmt: skip


def make() -> Checkpoint:
    tensors = {"W": np.arange(6, dtype=np.float32).reshape(2, 3) / 7, "t": np.array(3)}
    return Checkpoint("the-id", EVENT, tensors)


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    checkpoints.save(path, make())
    loaded = checkpoints.load(path)
    assert loaded is not None
    assert (loaded.session, loaded.epoch) == ("the-id", 7)
    assert repr(loaded.event) == repr(EVENT)
    assert loaded.tensors.keys() == make().tensors.keys()
    for name, array in make().tensors.items():
        np.testing.assert_array_equal(loaded.tensors[name], array)
        assert loaded.tensors[name].dtype == array.dtype
    assert os.listdir(tmp_path) == [path.name]


def test_none_is_none(tmp_path: Path) -> None:
    assert checkpoints.load(tmp_path / "none") is None


def test_a_failed_save_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "checkpoint.safetensors"
    checkpoints.save(path, make())
    before = path.read_bytes()

    def full(_fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        checkpoints.save(path, make())
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("good") / "c"
    checkpoints.save(path, make())
    return path.read_bytes()


def test_torn_at_every_byte_it_is_unusable(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "c"
    for size in range(len(good)):
        path.write_bytes(good[:size])
        with pytest.raises(CheckpointError):
            checkpoints.load(path)


@settings(max_examples=300, deadline=None)
@given(at=st.integers(min_value=0), byte=st.integers(0, 255))
def test_damaged_bytes_never_crash(
    good: bytes, tmp_path_factory: pytest.TempPathFactory, at: int, byte: int
) -> None:
    damaged = bytearray(good)
    damaged[at % len(good)] = byte
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(damaged)
    try:
        loaded = checkpoints.load(path)
    except CheckpointError as error:
        assert str(error)
    else:
        assert loaded is not None


def test_a_folder_or_another_file_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        checkpoints.load(tmp_path)
    (tmp_path / "text").write_text("hello, this is no checkpoint at all")
    with pytest.raises(CheckpointError):
        checkpoints.load(tmp_path / "text")
