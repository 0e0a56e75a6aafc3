"""A session that version 1 wrote keeps opening. Its files never change, whatever the code does.

A tiny run on the synthetic set by the real engine: paused after epoch 1, edited at epoch 3.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgechaos_tui.presentation.run.state import Edit, read_state
from edgechaos_tui.presentation.run.watch import Watch
from engine.storage.session.event_log import LogReader
from engine.storage.session.session import open_session
from engine.storage.session.status import Status

GOLDEN = Path(__file__).parent / "golden"
NAME = "session-v1"
TEST_LOSSES = [
    2.3749627828598023, 5.600590747967362, 4.5588049699366096, 3.2428930449485778,
    2.8685366702079773, 2.607614807486534, 2.637965031862259,
]  # fmt: skip


def test_every_line_of_its_log_is_read() -> None:
    reader = LogReader(open_session(GOLDEN, NAME).log)
    kinds = [type(event).__name__ for event in reader.read_all()]
    assert kinds == [
        "Started", "Epoch", "Epoch", "Paused", "Answer", "Resumed", "Answer", "Epoch", "Changed",
        "Answer", "Epoch", "Epoch", "Epoch", "Epoch", "Finished",
    ]  # fmt: skip
    assert (reader.skipped, reader.damaged) == (0, 0)


def test_a_look_at_it_sees_what_it_was() -> None:
    watch = Watch(open_session(GOLDEN, NAME))
    sight = watch.look()
    assert (sight.status, sight.behind, sight.problem) == (Status.FINISHED, False, "")
    assert watch.info.id == "9fa872c4cee06746"
    assert watch.info.hyperparameters.lr == 0.05
    assert watch.summary.started is not None
    assert watch.summary.started.threads == 1
    assert watch.summary.epochs_done == 6


def test_its_state_has_the_values_it_had() -> None:
    state = read_state(open_session(GOLDEN, NAME))
    assert state.metric("epoch").tolist() == list(range(7))
    assert state.metric("test_loss").tolist() == TEST_LOSSES
    assert state.metric("j")[6] == 0.5020206233677288
    assert np.isnan(state.metric("lyapunov")).tolist() == [False, True] * 3 + [False]
    assert state.edits == [Edit(3, "lr 0.05 → 0.02, λ 0 → 1e-5, epochs 100000 → 6", True)]
    assert [line.words for line in state.events][1] == "paused after epoch 1: on request"
    assert state.best_index == 0


def test_show_prints_the_values_it_had() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "edgechaos_tui", "show", NAME, "--json"],
        env=os.environ | {"EDGECHAOS_SESSIONS": str(GOLDEN)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    record = json.loads(shown.stdout)
    assert (record["status"], record["epochs_done"]) == ("finished", 6)
    assert record["last_epoch"]["test_loss"] == TEST_LOSSES[6]
    assert record["best_test_loss"] == {"epoch": 0, "value": TEST_LOSSES[0]}
    assert record["hyperparameters"]["l2"] == 1e-5
    assert record["j2"] == pytest.approx(0.5020206233677288**2, rel=1e-15)
    assert record["phase"] == "ordered"
