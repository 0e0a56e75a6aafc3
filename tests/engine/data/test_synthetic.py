"""The synthetic set: the same for everyone, and learnt the way the paper describes."""

import time

import numpy as np
import pytest
import torch

from engine.data import synthetic
from engine.data.datasets import Dataset, load
from engine.storage.hyperparameters import Hyperparameters
from engine.training.trainer import Trainer

CHECKSUM = "c21e822845212cdae36e2d7afcac11b622c55ae111ec3039c8c00a6c032758f8"


def silent(stage: str, done: int, total: int) -> None:
    pass


@pytest.fixture(scope="module")
def default() -> Dataset:
    return load(Hyperparameters(dataset="synthetic"), silent)


def test_shapes_and_range(default: Dataset) -> None:
    assert default.name == "synthetic"
    assert default.train_images.shape == (10_000, 784)
    assert default.test_images.shape == (2_000, 784)
    assert default.train_images.dtype == torch.float32
    assert default.train_images.is_contiguous()
    assert default.train_images.min() == 0
    assert default.train_images.max() == 1
    for labels, share in ((default.train_labels, 1_000), (default.test_labels, 200)):
        assert labels.dtype == torch.int64
        counts = labels.bincount()
        assert len(counts) == 10
        assert counts.min() > 0.8 * share


def test_the_set_is_the_same_everywhere_and_for_every_seed(default: Dataset) -> None:
    assert default.checksum == CHECKSUM
    assert load(Hyperparameters(dataset="synthetic", seed=5), silent).checksum == CHECKSUM


@pytest.mark.parametrize("size", [1, 999, 1_000, 1_001])
def test_a_smaller_set_is_the_beginning_of_a_larger_one(default: Dataset, size: int) -> None:
    hyperparameters = Hyperparameters(dataset="synthetic", train_size=size, test_size=size)
    small = load(hyperparameters, silent)

    assert torch.equal(small.train_images, default.train_images[:size])
    assert torch.equal(small.train_labels, default.train_labels[:size])
    assert torch.equal(small.test_images, default.test_images[:size])
    assert torch.equal(small.test_labels, default.test_labels[:size])


def test_more_images_than_by_default_can_be_had(default: Dataset) -> None:
    hyperparameters = Hyperparameters(dataset="synthetic", train_size=12_345, test_size=1)
    larger = load(hyperparameters, silent)

    assert larger.train_images.shape == (12_345, 784)
    assert torch.equal(larger.train_labels[:10_000], default.train_labels)


def test_no_image_occurs_twice(default: Dataset) -> None:
    images = torch.cat((default.train_images, default.test_images)).numpy()

    assert len(np.unique(images, axis=0)) == len(images)


def test_progress_is_reported_in_images() -> None:
    reports: list[tuple[str, int, int]] = []

    synthetic.generate(2_500, 10, lambda *report: reports.append(report))

    assert reports == [("loading", done, 2_510) for done in (0, 1_000, 2_000, 2_500, 2_510)]


def test_it_is_made_in_less_than_two_seconds() -> None:
    start = time.process_time()
    synthetic.generate(synthetic.TRAIN_SIZE, synthetic.TEST_SIZE, silent)

    assert time.process_time() - start < 2


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_the_papers_picture_shows_at_the_default_hyperparameters(default: Dataset) -> None:
    hyperparameters = Hyperparameters(dataset="synthetic", indicators_every=0)
    trainer = Trainer(hyperparameters, default, torch.device("cpu"))
    results = []
    for _ in range(201):
        for _ in trainer.steps():
            pass
        assert trainer.results is not None
        results.append(trainer.results)

    squares = [result.j**2 for result in results]
    losses = [result.test_loss for result in results]
    assert squares[0] == pytest.approx(0.25, abs=0.005)
    crossing = next(epoch for epoch, square in enumerate(squares) if square > 1)
    assert 60 <= crossing <= 150
    # The test loss has its minimum well inside the run, on the way to the edge.
    best = int(np.argmin(losses))
    assert 20 <= best <= 150
    assert 0.5 < squares[best] < 1.2
    assert losses[0] > 2 * losses[best]
    assert losses[-1] > 1.1 * losses[best]
    assert 0.80 < max(result.test_accuracy for result in results) < 0.95
