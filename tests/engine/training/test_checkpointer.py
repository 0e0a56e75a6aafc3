"""The checkpoint of the last boundary, independent of later steps of the network."""

from pathlib import Path

import pytest
import torch

from engine.runtime import checkpoint
from engine.runtime.clock import Clock
from engine.runtime.log_writer import EventRecorder
from engine.runtime.run_progress import RunProgress
from engine.storage.fork import snapshots
from engine.storage.hyperparameters import Hyperparameters
from engine.storage.session.session import Session
from engine.training.checkpointer import Checkpointer
from tests.support.event_samples import epoch_event as epoch


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path)


@pytest.fixture
def checkpointer(session: Session) -> Checkpointer:
    clock = Clock(0.0, 0.0)
    progress = RunProgress(Hyperparameters())
    recorder = EventRecorder(session.log, clock, progress, lambda: None)
    return Checkpointer(session, "id", recorder, clock)


def test_before_the_first_boundary_nothing_is_written(
    session: Session, checkpointer: Checkpointer
) -> None:
    checkpointer.save()
    checkpointer.save_snapshot(anew=False)
    assert not session.checkpoint.exists()


def test_what_is_written_is_the_boundary_and_not_the_epoch_under_way(
    session: Session, checkpointer: Checkpointer
) -> None:
    weights = torch.ones(2, 2)
    checkpointer.keep(epoch(3), {"W": weights})
    weights.fill_(7)
    checkpointer.save()
    written = checkpoint.load(session.checkpoint)
    assert written is not None
    assert (written.session, written.epoch) == ("id", 3)
    assert (written.tensors["W"] == 1).all()


def test_a_boundary_is_written_once(session: Session, checkpointer: Checkpointer) -> None:
    checkpointer.keep(epoch(3), {"W": torch.ones(1)})
    checkpointer.save()
    session.checkpoint.unlink()
    checkpointer.save()
    assert not session.checkpoint.exists()
    checkpointer.keep(epoch(4), {"W": torch.ones(1)})
    checkpointer.save()
    assert session.checkpoint.exists()


def test_a_snapshot_is_replaced_only_where_the_course_is_another(
    session: Session, checkpointer: Checkpointer
) -> None:
    event = epoch(4, snapshot_every=2)
    path = snapshots.path_of(session, 4)
    for value, anew, expected in ((1.0, False, 1.0), (2.0, False, 1.0), (3.0, True, 3.0)):
        checkpointer.keep(event, {"W": torch.full((1,), value)})
        checkpointer.save_snapshot(anew=anew)
        written = checkpoint.load(path)
        assert written is not None
        assert written.tensors["W"] == expected


def test_of_the_boundaries_before_edits_the_last_ones_are_kept_beside_those_that_were_due(
    session: Session, checkpointer: Checkpointer
) -> None:
    last = 3 * (snapshots.EDITS_KEPT + 2)
    for number in range(1, last + 1):
        checkpointer.keep(epoch(number, snapshot_every=3), {"W": torch.ones(1)})
        checkpointer.save_snapshot(anew=True)
        checkpointer.save_before_edit()
    of_edits = [number for number in range(1, last + 1) if number % 3][-snapshots.EDITS_KEPT :]
    due = list(range(3, last + 1, 3))
    assert snapshots.epochs_kept(session) == sorted([*of_edits, *due])


def test_a_boundary_that_was_kept_for_an_edit_follows_the_course(
    session: Session, checkpointer: Checkpointer
) -> None:
    for value in (1.0, 2.0):
        checkpointer.keep(epoch(4), {"W": torch.full((1,), value)})
        checkpointer.save_snapshot(anew=True)
        checkpointer.save_before_edit()
    written = checkpoint.load(snapshots.path_of(session, 4))
    assert written is not None
    assert written.tensors["W"] == 2.0
