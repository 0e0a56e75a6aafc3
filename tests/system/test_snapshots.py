"""Snapshots and forks from them, with the real engine as a process."""

import os
import shutil
from pathlib import Path

import pytest

from engine.storage.commands import Set, Stop
from engine.storage.errors import SessionError
from engine.storage.fork import fork, snapshots
from engine.storage.fork.fork_points import origin_of, origins_of
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import Changed, Epoch, Failed, Rewound, Stopped
from engine.storage.session.session import Session, create
from tests.support.engine_process import (
    epochs_of,
    finish,
    has,
    log_of,
    make_session,
    say,
    start,
    wait_for,
)


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Six epochs, with a snapshot of every second one."""
    root = tmp_path_factory.mktemp("sessions")
    session = make_session(root, "parent", epochs=6, snapshot_every=2)
    assert finish(start(session)) == (0, "")
    return session


@pytest.fixture
def copy(parent: Session, tmp_path: Path) -> Session:
    """The same session, to be spoiled."""
    session = Session(tmp_path / "copies" / "parent")
    shutil.copytree(parent.folder, session.folder)
    return session


def _places(session: Session) -> list[int]:
    return [origin.epoch for origin in origins_of(session)]


def test_a_fork_from_a_snapshot_goes_on_bit_for_bit_as_its_parent_did(parent: Session) -> None:
    assert snapshots.epochs_kept(parent) == [2, 4, 6]
    child = fork.fork(origin_of(parent, 2), {}, "from-2")
    assert child.info().parent is not None
    assert finish(start(child)) == (0, "")
    expected = epochs_of(parent)
    assert epochs_of(child) == {number: expected[number] for number in (2, 3, 4, 5, 6)}
    # Its own snapshots, of its own id.
    assert snapshots.epochs_kept(child) == [4, 6]
    again = fork.fork(origin_of(child, 4), {"lr": 0.1}, "from-4")
    assert finish(start(again)) == (0, "")
    assert epochs_of(again)[4] == expected[4]
    assert epochs_of(again)[5] != expected[5]


def test_snapshots_change_no_metric(parent: Session, sessions_root: Path) -> None:
    plain = make_session(sessions_root, "plain", epochs=6)
    assert finish(start(plain)) == (0, "")
    assert epochs_of(plain) == epochs_of(parent)
    assert not plain.snapshots.exists()


def test_a_fork_begins_with_what_its_parent_would_have_trained_next(sessions_root: Path) -> None:
    session = make_session(sessions_root, "edited", epochs=100_000, snapshot_every=1)
    engine = start(session)
    wait_for(session, has(Epoch, 3))
    say(session, Set, values={"lr": 0.07, "snapshot_every": 3})
    wait_for(session, has(Changed))
    changed = next(e for e in log_of(session) if isinstance(e, Changed))
    wait_for(session, lambda events: has(Epoch, changed.epoch + 8)(events))
    say(session, Stop)
    finish(engine)
    before = [epoch for epoch in _places(session) if epoch < changed.epoch]
    assert before == list(range(1, changed.epoch))
    every_third = snapshots.epochs_kept(session)[len(before) :]
    assert every_third
    assert all(epoch % 3 == 0 for epoch in every_third)
    assert origin_of(session, changed.epoch - 2).hyperparameters.lr == 0.02
    assert origin_of(session, changed.epoch - 1).hyperparameters.lr == 0.07
    child = fork.fork(origin_of(session, changed.epoch - 1), {"epochs": changed.epoch + 1}, "next")
    assert finish(start(child)) == (0, "")
    for epoch in (changed.epoch, changed.epoch + 1):
        assert epochs_of(child)[epoch] == epochs_of(session)[epoch]


def test_a_place_that_is_not_there_is_answered_with_those_that_are(parent: Session) -> None:
    assert _places(parent) == [2, 4, 6]
    with pytest.raises(SessionError) as caught:
        origin_of(parent, 3)
    refusal = "nothing is kept of epoch 3 of parent; it can be forked at epochs 2, 4 and 6"
    assert str(caught.value) == refusal


def test_what_does_not_belong_to_the_log_is_no_place(copy: Session) -> None:
    two, four, six = (snapshots.path_of(copy, epoch) for epoch in (2, 4, 6))
    stranger = create(copy.folder.parent, copy.info().hyperparameters, "stranger")
    stranger.snapshots.mkdir()
    stranger.log.write_bytes(copy.log.read_bytes())
    snapshots.path_of(stranger, 2).write_bytes(two.read_bytes())
    with pytest.raises(SessionError, match="no checkpoint to fork from"):
        origins_of(stranger)
    # Of another epoch than its name says; cut short; no checkpoint at all.
    four.write_bytes(two.read_bytes())
    (copy.snapshots / "e3.safetensors").write_bytes(two.read_bytes())
    snapshots.path_of(copy, 5).write_bytes(b"\xff" * 40)
    six.unlink()
    os.mkfifo(six)
    assert _places(copy) == [2, 6]
    assert origin_of(copy).path == copy.checkpoint


def test_snapshots_of_a_course_that_was_left_are_not_offered_and_then_replaced(
    copy: Session,
) -> None:
    writer = LogWriter(copy.log)
    last = [event for event in log_of(copy) if isinstance(event, Epoch)][-1]
    times = {"t": last.t, "elapsed": last.elapsed}
    writer.append(Rewound(**times, epoch=2, reason="other results"))
    writer.append(Stopped(**times, epoch=2, reason="on request"))
    writer.close()
    copy.checkpoint.write_bytes(snapshots.path_of(copy, 2).read_bytes())
    stale = snapshots.path_of(copy, 4).read_bytes()
    assert _places(copy) == [2]
    # Left over by an engine that was killed.
    (copy.snapshots / ".e000004.safetensors.123.tmp").write_bytes(b"half")
    assert finish(start(copy)) == (0, "")
    assert _places(copy) == [2, 4, 6]
    # The same weights, and the line that was written now.
    assert snapshots.path_of(copy, 4).read_bytes() != stale
    assert not list(copy.snapshots.glob(".*"))


def test_a_parent_that_trains_on_is_not_forked_at_another_epoch_than_asked(copy: Session) -> None:
    snapshots.path_of(copy, 6).unlink()
    origin = origin_of(copy, 6)
    assert origin.path == copy.checkpoint
    copy.checkpoint.write_bytes(snapshots.path_of(copy, 4).read_bytes())
    with pytest.raises(SessionError, match="has trained further"):
        fork.fork(origin, {"epochs": 9})


def test_they_are_as_private_as_their_session(sessions_root: Path) -> None:
    for shared, folder, file in ((False, 0o700, 0o600), (True, 0o750, 0o640)):
        session = make_session(sessions_root, f"s{shared}", epochs=1, snapshot_every=1)
        session.folder.chmod(folder)
        assert finish(start(session)) == (0, "")
        assert session.snapshots.stat().st_mode & 0o777 == folder
        assert snapshots.path_of(session, 1).stat().st_mode & 0o777 == file


def test_a_folder_behind_a_link_is_neither_read_nor_written(copy: Session, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    copy.snapshots.rename(elsewhere)
    copy.snapshots.symlink_to(elsewhere)
    assert _places(copy) == [6]
    child = fork.fork(origin_of(copy), {"epochs": 8, "snapshot_every": 1}, "linked")
    child.snapshots.symlink_to(elsewhere)
    assert finish(start(child))[0] == 1
    assert isinstance(log_of(child)[-1], Failed)
    assert sorted(os.listdir(elsewhere)) == [f"e00000{k}.safetensors" for k in (2, 4, 6)]
