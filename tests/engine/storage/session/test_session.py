import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.storage import host, lock, names
from engine.storage.errors import InvalidName, NewerSchema, SessionError
from engine.storage.hyperparameters import build
from engine.storage.session import events, session
from engine.storage.session.events import Finished, Paused
from engine.storage.session.status import Status, status_of
from tests.support.event_samples import started_event
from tests.support.lock_holder import Engine


def test_a_new_session_is_private_and_reads_back(sessions_root: Path) -> None:
    hyperparameters = build({"lr": 0.01, "dataset": "synthetic"})
    created = session.create(sessions_root, hyperparameters)
    assert created.name.startswith("synthetic-")
    assert created.folder.stat().st_mode & 0o777 == 0o700
    assert created.info().hyperparameters == hyperparameters
    assert [listed.name for listed in session.list_sessions(sessions_root)] == [created.name]
    assert session.open_session(sessions_root, created.name) == created


def test_a_taken_name_is_refused_and_left_alone(sessions_root: Path) -> None:
    created = session.create(sessions_root, build({"seed": 1}), "mine")
    with pytest.raises(SessionError, match="there is a session mine already"):
        session.create(sessions_root, build({"seed": 2}), "mine")
    assert created.info().hyperparameters.seed == 1


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "-x", "a b", "é", "x" * 65, "a\n"])
def test_names_with_a_way_out_are_refused(sessions_root: Path, name: str) -> None:
    with pytest.raises(InvalidName):
        names.check_name(name)
    with pytest.raises(SessionError):
        session.open_session(sessions_root, name)


@given(st.text(max_size=80))
def test_an_accepted_name_is_a_plain_file_name(name: str) -> None:
    try:
        names.check_name(name)
    except InvalidName as error:
        assert "\n" not in str(error)
        return
    assert name.isascii()
    assert os.path.basename(name) == name
    assert not name.startswith(".")


def test_an_unwritable_folder_is_said_in_a_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    for root in (blocked, blocked / "below", Path("/proc/none")):
        with pytest.raises(SessionError, match="sessions folder"):
            session.create(root, build({}))


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"id": 1}', '{"id":"","name":"","created":0,"hyperparameters":{"lr":-1}}'],
)
def test_a_damaged_session_file_is_said_in_a_sentence(sessions_root: Path, content: str) -> None:
    created = session.create(sessions_root, build({}), "s")
    (created.folder / "session.json").write_text(content)
    with pytest.raises(SessionError, match=r"session\.json is damaged"):
        created.info()


@pytest.mark.parametrize("same_shape", [False, True])
def test_a_newer_session_format_asks_for_a_newer_program(
    sessions_root: Path, same_shape: bool
) -> None:
    created = session.create(sessions_root, build({}), "s")
    path = created.folder / "session.json"
    shape = json.loads(path.read_text()) if same_shape else {"new": "shape"}
    path.write_text(json.dumps(shape | {"format": 2}))
    with pytest.raises(NewerSchema, match="install a newer"):
        created.info()


@pytest.mark.process
def test_the_lock_keeps_a_second_engine_out_and_dies_with_its_holder(sessions_root: Path) -> None:
    created = session.create(sessions_root, build({}), "s")
    assert not lock.is_held(created.lock)
    with Engine(created, "first") as engine:
        assert engine.said == "held"
        assert lock.is_held(created.lock)
        holder = lock.holder(created.lock)
        assert holder is not None
        assert holder.incarnation == "first"
        with Engine(created, "second") as second:
            assert second.said == ""
        assert lock.holder(created.lock) == holder
    assert lock.holder(created.lock) is None


def _status(
    created: session.Session, last: events.AnyEvent | None, started: events.Started | None
) -> Status:
    return status_of(created, last, started, created=1000.0, now=9000.0)


@pytest.mark.process
def test_a_status_follows_from_the_last_event_and_the_lock(sessions_root: Path) -> None:
    created = session.create(sessions_root, build({}), "s")
    here = started_event(incarnation="first", host=host.host_name())
    paused = Paused(t=1.0, elapsed=1.0, epoch=1, reason="asked")
    finished = Finished(t=1.0, elapsed=1.0, epoch=1)
    assert status_of(created, None, None, created=1000.0, now=1001.0) is Status.STARTING
    assert _status(created, None, None) is Status.INTERRUPTED
    assert _status(created, here, here) is Status.INTERRUPTED
    assert _status(created, paused, here) is Status.INTERRUPTED
    assert _status(created, finished, here) is Status.FINISHED
    away = started_event(host="another-host")
    assert _status(created, away, away) is Status.ELSEWHERE
    with Engine(created, "first"):
        assert _status(created, None, None) is Status.STARTING
        assert _status(created, here, here) is Status.TRAINING
        assert _status(created, paused, here) is Status.PAUSED
        assert _status(created, finished, here) is Status.FINISHED
        before = started_event(incarnation="before", host=host.host_name())
        assert _status(created, finished, before) is Status.STARTING
        assert _status(created, before, before) is Status.STARTING
