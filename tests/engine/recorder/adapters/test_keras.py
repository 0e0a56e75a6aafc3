"""A fit of the real Keras 3 on PyTorch, recorded."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgechaos_tui.presentation.run.reading import read_with_state
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from tests.support.frameworks import framework

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = framework("keras")

from engine.recorder.adapters.keras import KerasCallback  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


def fit(callback: Any, epochs: int = 3) -> None:
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    model = keras.Sequential([keras.layers.Dense(8, "tanh"), keras.layers.Dense(2)])
    model.compile(
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    y = (x[:, 0] > 0).astype("int64")
    model.fit(x, y, 16, epochs, verbose=0, validation_data=(x, y), callbacks=[callback])


def test_a_fit_is_a_session_by_epochs(tmp_path: Path) -> None:
    fit(KerasCallback("keras", {"batch_size": 16}, sessions=tmp_path, raise_errors=True))
    reading, state = read_with_state(Session(tmp_path / "keras"))
    assert reading.status is Status.FINISHED
    assert state.metric("epoch").tolist() == [1, 2, 3]
    for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
        assert np.isfinite(state.metric(name)).all(), name
    chosen = reading.summary.hyperparameters
    assert chosen.known("lr") == pytest.approx(0.1)
    assert (chosen.known("epochs"), chosen.known("optimizer")) == (3, "sgd")
