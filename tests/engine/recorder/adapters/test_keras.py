"""A fit of the real Keras 3 on PyTorch, recorded."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgechaos_tui.presentation.run.reading import read_with_state
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from tests.support.frameworks import framework, run_program

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
    hyperparameters = reading.summary.hyperparameters
    assert hyperparameters.known("lr") == pytest.approx(0.1)
    assert (hyperparameters.known("epochs"), hyperparameters.known("optimizer")) == (3, "sgd")


PROGRAM = """
import sys, numpy as np
import edgechaos_tui as edgechaos
from tests.support.frameworks import framework

keras = framework("keras")

class Failing(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == int(sys.argv[3]):
            raise ValueError("a label out of range")

x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
model = keras.Sequential([keras.layers.Dense(2)])
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
callback = edgechaos.KerasCallback("keras", sessions=sys.argv[1] + "/s", resume="auto")
y = (x[:, 0] > 0).astype("int64")
begin = int(sys.argv[2])
model.fit(x, y, 16, 4, verbose=0, callbacks=[callback, Failing()], initial_epoch=begin)
"""


@pytest.mark.slow
def test_a_program_that_crashed_goes_on_in_its_session(tmp_path: Path) -> None:
    session = Session(tmp_path / "s" / "keras")
    crashed = run_program(PROGRAM, tmp_path, "0", "2")
    assert crashed.returncode == 1, crashed.stderr
    reading, state = read_with_state(session)
    assert reading.status is Status.FAILED
    assert "a label out of range" in getattr(reading.summary.lifecycle, "text", "")
    assert state.metric("epoch").tolist() == [1, 2]
    # From a checkpoint of the first epoch: the second is trained again.
    again = run_program(PROGRAM, tmp_path, "1", "9")
    assert again.returncode == 0, again.stderr
    reading, state = read_with_state(session)
    assert reading.status is Status.FINISHED
    assert state.metric("epoch").tolist() == [1, 2, 3, 4]
    assert [folder.name for folder in (tmp_path / "s").iterdir()] == ["keras"]
