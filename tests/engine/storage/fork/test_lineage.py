"""A fork's record with its parents' before it, and what is no parent of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from engine.storage.fork.lineage import LineageReader
from engine.storage.session import edit
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import AnyEvent, Changed, Epoch, Forked, Rewound, Started
from engine.storage.session.info import Parent, info_for, write_info
from engine.storage.session.recorded import RecordedHyperparameters
from engine.storage.session.session import Session
from tests.support.event_samples import epoch_event
from tests.support.fork_family import epochs_in, write_fork, write_header, write_log, write_run


def _read(session: Session) -> list[AnyEvent]:
    return list(LineageReader(session, session.info()).read_all())


def _own(session: Session) -> list[AnyEvent]:
    return list(LogReader(session.log).read_all())


def _change(session: Session, **values: object) -> None:
    write_info(session.folder, msgspec.structs.replace(session.info(), **values))


@pytest.fixture
def parent(sessions_root: Path) -> Session:
    return write_run(sessions_root, "parent", 8)


@pytest.fixture
def child(parent: Session) -> Session:
    return write_fork(parent, "child", 5, 9)


def test_a_session_that_is_no_fork_is_read_as_its_log_is(parent: Session) -> None:
    assert _read(parent) == _own(parent)
    reader = LineageReader(parent, parent.info())
    assert reader.start == parent.info().hyperparameters
    assert reader.complete


def test_the_parent_s_epochs_and_edits_up_to_the_fork_come_before_its_own(
    parent: Session, child: Session
) -> None:
    begins = epochs_in(child)[0]
    mark = Forked(t=begins.t, elapsed=begins.elapsed, epoch=5, parent="parent")
    theirs = [e for e in _own(parent) if isinstance(e, Epoch | Changed) and e.epoch <= 5]
    assert _read(child) == [*theirs, mark, *_own(child)]
    reader = LineageReader(child, child.info())
    assert (reader.start.lr, reader.complete) == (0.02, True)
    assert sum(isinstance(event, Started) for event in _read(child)) == 1


def test_a_fork_of_a_fork_goes_back_to_the_first(child: Session) -> None:
    grandchild = write_fork(child, "grandchild", 7, 11, lr=0.1)
    read = _read(grandchild)
    marks = [(e.parent, e.epoch, e.note) for e in read if isinstance(e, Forked)]
    assert marks == [("parent", 5, ""), ("child", 7, "")]
    epochs = {event.epoch: event.lr for event in read if isinstance(event, Epoch)}
    assert list(epochs) == list(range(12))
    assert list(epochs.values()) == [0.02] * 2 + [0.03] * 4 + [0.05] * 2 + [0.1] * 4
    for times in ([event.t for event in read], [event.elapsed for event in read]):
        assert times == sorted(times)


@pytest.mark.parametrize("limit", [1, 40, 700, 10**6])
def test_it_is_the_same_in_batches_of_any_size(child: Session, limit: int) -> None:
    reader, read = LineageReader(child, child.info()), []
    while reader.behind:
        read += reader.read(limit)
    assert read == _read(child)


def test_epochs_that_the_parent_lost_later_are_those_that_the_fork_has_behind_it(
    parent: Session, child: Session
) -> None:
    before = _read(child)
    again = [epoch_event(k, t=3000.0, test_loss=9.0) for k in range(4, 8)]
    write_log(parent, [Rewound(t=3000.0, elapsed=9.0, epoch=3, reason="other results"), *again])
    assert _read(child) == before
    # And a fork of the other course has the other epochs behind it.
    later = write_fork(parent, "later", 6, 7)
    begins = msgspec.structs.replace(again[2], elapsed=9.0)
    later.log.write_bytes(b"")
    write_log(later, [begins])
    losses = {e.epoch: e.test_loss for e in _read(later) if isinstance(e, Epoch)}
    assert [losses[k] for k in (3, 4, 5, 6)] == [1 / 5, 9.0, 9.0, 9.0]
    assert all(event.elapsed <= 9.0 and event.t <= 3000.0 for event in _read(later))


def _rename(parent: Session, child: Session) -> None:
    edit.rename(parent, "elsewhere")


def _trash(parent: Session, child: Session) -> None:
    edit.trash(parent)


def _another(parent: Session, child: Session) -> None:
    shutil.rmtree(parent.folder)
    write_run(parent.folder.parent, "parent", 8)


def _other_data(parent: Session, child: Session) -> None:
    hyperparameters = parent.info().hyperparameters
    _change(parent, hyperparameters=msgspec.structs.replace(hyperparameters, dataset="kmnist"))


def _newer(parent: Session, child: Session) -> None:
    _change(parent, format=9)


def _odd_epoch(parent: Session, child: Session) -> None:
    _change(child, parent=Parent(id=parent.info().id, name="parent", epoch=4))


def _way_out(parent: Session, child: Session) -> None:
    _change(child, parent=Parent(id=parent.info().id, name="../sessions/parent", epoch=5))


def _of_a_loop(parent: Session, child: Session) -> None:
    """Make the parent a recorded session, otherwise with the same choices."""
    info = parent.info()
    config = msgspec.structs.asdict(info.hyperparameters)
    own = info_for(
        RecordedHyperparameters(**config), id=info.id, name=info.name, created=info.created
    )
    write_info(parent.folder, own)


@pytest.mark.parametrize(
    "spoil", [_rename, _trash, _another, _other_data, _newer, _odd_epoch, _way_out, _of_a_loop]
)
def test_without_the_very_parent_the_record_begins_at_the_fork(
    parent: Session, child: Session, spoil: Callable[[Session, Session], object]
) -> None:
    spoil(parent, child)
    mark, *rest = _read(child)
    assert isinstance(mark, Forked)
    assert "missing or changed" in mark.note
    assert rest == _own(child)
    reader = LineageReader(child, child.info())
    # The first epoch is the parent's: so are the hyperparameters it was trained with.
    assert (reader.start.lr, reader.complete) == (0.03, False)


def test_forks_that_name_each_other_or_without_end_do_not_hang(
    parent: Session, child: Session
) -> None:
    _change(parent, parent=Parent(id=child.info().id, name="child", epoch=0))
    assert [e.parent for e in _read(child) if isinstance(e, Forked)] == ["child", "parent"]
    _change(child, parent=Parent(id=child.info().id, name="child", epoch=5))
    assert len(_read(child)) == len(_own(child)) + 1
    session = write_run(parent.folder.parent, "chain-0", 1)
    for k in range(120):
        session = write_fork(session, f"chain-{k + 1}", 1, 1)
    read = _read(session)
    marks = [event for event in read if isinstance(event, Forked)]
    assert len(marks) == 101
    assert marks[0].note


def test_a_fork_whose_engine_has_not_begun_shows_its_parent(parent: Session) -> None:
    forked = write_fork(parent, "starting", 5, 5)
    begins = epochs_in(forked)[0]
    forked.log.unlink()
    # Not even a checkpoint: there is nothing that it goes on from.
    assert _read(forked) == []
    write_header(forked, begins)
    assert [e.epoch for e in _read(forked) if isinstance(e, Epoch)] == list(range(6))
