"""Forks, with the real engine as a process."""

import json
from pathlib import Path

import pytest

from engine.storage.errors import HyperparameterError, SessionError
from engine.storage.fork import fork
from engine.storage.fork import fork_points as origins
from engine.storage.session.events import Changed, Epoch, Failed, Finished, Started
from engine.storage.session.session import Session, list_sessions
from tests.support.engine_process import epochs_of, finish, log_of, make_session, start


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """The parent and what it would have done next: six epochs in one go."""
    session = make_session(tmp_path_factory.mktemp("whole"), "whole", epochs=6)
    assert finish(start(session)) == (0, "")
    return session


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """The same run, with three epochs."""
    session = make_session(tmp_path_factory.mktemp("sessions"), "parent", epochs=3)
    assert finish(start(session)) == (0, "")
    return session


def test_a_fork_goes_on_bit_for_bit_as_its_parent_would_have(
    parent: Session, whole: Session
) -> None:
    origin = origins.origin_of(parent)
    assert (origin.epoch, origin.hyperparameters.threads) == (3, 1)
    child = fork.fork(origin, {"epochs": 6})
    assert child.name == "parent-e3"
    info = child.info()
    assert info.parent is not None
    assert (info.parent.name, info.parent.epoch, info.parent.id) == ("parent", 3, parent.info().id)
    assert finish(start(child)) == (0, "")
    expected = epochs_of(whole)
    assert epochs_of(child) == {number: expected[number] for number in (3, 4, 5, 6)}
    assert isinstance(log_of(child)[-1], Finished)


def test_other_hyperparameters_are_in_force_from_the_next_epoch_and_logged(
    parent: Session, whole: Session
) -> None:
    child = fork.fork(origins.origin_of(parent), {"epochs": 5, "lr": 0.05}, "faster")
    assert finish(start(child)) == (0, "")
    events = log_of(child)
    assert [type(event) for event in events[:3]] == [Epoch, Changed, Started]
    changed = events[1]
    assert isinstance(changed, Changed)
    assert (changed.epoch, changed.values["lr"], changed.previous["lr"]) == (4, 0.05, 0.02)
    rates = {event.epoch: event.lr for event in events if isinstance(event, Epoch)}
    assert rates == {3: 0.02, 4: 0.05, 5: 0.05}
    assert epochs_of(child)[3] == epochs_of(whole)[3]
    assert epochs_of(child)[4] != epochs_of(whole)[4]


def test_a_fork_killed_before_its_edits_were_logged_still_makes_them(parent: Session) -> None:
    child = fork.fork(origins.origin_of(parent), {"epochs": 4, "lr": 0.05}, "killed")
    first = next(event for event in log_of(parent) if isinstance(event, Epoch) and event.epoch == 3)
    from engine.storage.session.event_log import LogWriter

    writer = LogWriter(child.log)
    writer.append(first)
    writer.close()
    assert finish(start(child)) == (0, "")
    rates = {event.epoch: event.lr for event in log_of(child) if isinstance(event, Epoch)}
    assert rates == {3: 0.02, 4: 0.05}


def test_what_cannot_be_forked_is_said_in_a_sentence(parent: Session, sessions_root: Path) -> None:
    root = parent.folder.parent
    before = {session.name for session in list_sessions(root)}
    origin = origins.origin_of(parent)
    with pytest.raises(SessionError, match="3 of 3 epochs: give the fork more"):
        fork.fork(origin, {})
    with pytest.raises(HyperparameterError, match="is fixed when a run is made"):
        fork.fork(origin, {"seed": 2})
    with pytest.raises(HyperparameterError, match="below the 3 already trained"):
        fork.fork(origin, {"epochs": 2})
    with pytest.raises(SessionError, match="there is a session parent already"):
        fork.fork(origin, {"epochs": 6}, "parent")
    fresh = make_session(sessions_root, "fresh")
    with pytest.raises(SessionError, match="no checkpoint to fork from"):
        origins.origin_of(fresh)
    for content in (b"", b"\xff" * 16, b"\x02\0\0\0\0\0\0\0{}", b"\x02\0\0\0\0\0\0\0[]"):
        fresh.checkpoint.write_bytes(content)
        with pytest.raises(SessionError, match="cannot be read"):
            origins.origin_of(fresh)
    fresh.checkpoint.write_bytes(parent.checkpoint.read_bytes())
    with pytest.raises(SessionError, match="not its own"):
        origins.origin_of(fresh)
    assert {session.name for session in list_sessions(root)} == before


def test_a_fork_without_its_checkpoint_does_not_begin_anew(parent: Session) -> None:
    child = fork.fork(origins.origin_of(parent), {"epochs": 5}, "lost")
    child.checkpoint.unlink()
    status, said = finish(start(child))
    assert status == 1
    assert "fork parent again" in said
    assert not child.log.exists()


def test_a_fork_whose_weights_are_of_another_network_fails_in_a_sentence(parent: Session) -> None:
    child = fork.fork(origins.origin_of(parent), {"epochs": 5}, "misfit")
    data = child.checkpoint.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header = {"__metadata__": header["__metadata__"]}
    empty = json.dumps(header).encode()
    child.checkpoint.write_bytes(len(empty).to_bytes(8, "little") + empty)
    assert finish(start(child))[0] == 1
    last = log_of(child)[-1]
    assert isinstance(last, Failed)
    assert "fork parent again" in last.text
