"""The beginning of a run whose last checkpoint cannot be used."""

from pathlib import Path

import numpy as np

from engine.runtime import checkpoint as checkpoints
from engine.runtime.checkpoint import Checkpoint
from engine.runtime.resume import read_point
from engine.storage.fork import snapshots
from engine.storage.hyperparameters import build
from engine.storage.session.event_log import LogWriter
from engine.storage.session.session import Session, create
from tests.support.event_samples import epoch_event, started_event


def _trained(root: Path) -> Session:
    """A session of nine epochs with a damaged checkpoint, and snapshots of 3 and 6."""
    session = create(root, build({"dataset": "synthetic", "snapshot_every": 3}), "run")
    writer = LogWriter(session.log)
    writer.append(started_event())
    for epoch in range(10):
        writer.append(epoch_event(epoch))
    writer.close()
    snapshots.make_folder(session)
    for epoch in (3, 6):
        stored = Checkpoint(session.info().id, epoch_event(epoch), {"w": np.zeros(2, np.float32)})
        checkpoints.save(snapshots.path_of(session, epoch), stored)
    session.checkpoint.write_bytes(b"damaged")
    return session


def test_a_damaged_checkpoint_gives_way_to_the_last_good_snapshot(sessions_root: Path) -> None:
    session = _trained(sessions_root)
    point = read_point(session, session.info(), "i")
    assert point.problem
    assert point.checkpoint is not None
    assert point.checkpoint.epoch == 6
    assert point.history.last_epoch == 9

    snapshots.path_of(session, 6).write_bytes(b"damaged too")
    again = read_point(session, session.info(), "i").checkpoint
    assert again is not None
    assert again.epoch == 3


def test_without_a_good_snapshot_it_begins_at_the_start(sessions_root: Path) -> None:
    session = _trained(sessions_root)
    for epoch in (3, 6):
        foreign = Checkpoint("another session", epoch_event(epoch), {})
        checkpoints.save(snapshots.path_of(session, epoch), foreign)
    point = read_point(session, session.info(), "i")
    assert point.checkpoint is None
    assert sorted(point.history.epochs) == list(range(10))
