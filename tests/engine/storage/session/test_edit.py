import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest

from engine.storage.errors import InvalidInput, InvalidName, SessionError
from engine.storage.hyperparameters import build
from engine.storage.session import edit, session
from engine.storage.session.info import Info
from tests.support.lock_holder import Engine


@pytest.fixture
def created(sessions_root: Path) -> session.Session:
    return session.create(sessions_root, build({}), "mine")


def test_words_are_kept_and_the_rest_stays(created: session.Session) -> None:
    before = created.info()
    edit.set_note(created, "the second panel")
    edit.set_tags(created, ["fig4", "paper", "fig4"])
    edit.toggle_pin(created)
    after = created.info()
    assert (after.note, after.tags, after.pinned) == ("the second panel", ["fig4", "paper"], True)
    assert (after.id, after.created) == (before.id, before.created)
    assert edit.toggle_pin(created).pinned is False


def test_two_who_write_at_once_lose_nothing(created: session.Session) -> None:
    def add(tag: str) -> None:
        for k in range(10):
            edit.change(
                created,
                partial(_tagged, f"{tag}{k}"),
            )

    threads = [threading.Thread(target=add, args=(tag,)) for tag in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(created.info().tags) == 20


def _tagged(tag: str, info: Info) -> Info:
    return msgspec.structs.replace(info, tags=[*info.tags, tag])


def test_too_much_to_keep_is_refused(created: session.Session) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: edit.set_note(created, "x" * 2001),
        lambda: edit.set_tags(created, ["x" * 41]),
        lambda: edit.set_tags(created, [str(k) for k in range(21)]),
    ]
    for attempt in attempts:
        with pytest.raises(InvalidInput, match="at most"):
            attempt()
    assert created.info().note == ""


def test_a_rename_moves_the_folder_and_takes_no_other_name(created: session.Session) -> None:
    other_session = session.create(created.folder.parent, build({}), "other")
    with pytest.raises(SessionError, match="there is a session other already"):
        edit.rename(created, "other")
    with pytest.raises(InvalidName):
        edit.rename(created, "../out")
    renamed = edit.rename(created, "new")
    assert renamed.info().name == "new"
    assert not created.folder.exists()
    assert other_session.info().name == "other"


def test_what_was_deleted_comes_back(created: session.Session) -> None:
    root = created.folder.parent
    info = created.info()
    first = edit.trash(created)
    assert list(session.list_sessions(root)) == []
    again = session.create(root, build({}), "mine")
    with pytest.raises(SessionError, match="there is a session mine already"):
        edit.restore(first, "mine")
    second = edit.trash(again)
    assert first.folder != second.folder
    assert edit.restore(first, "mine").info() == info


@pytest.mark.process
def test_a_living_engine_keeps_its_folder(created: session.Session) -> None:
    with Engine(created, "i"):
        for act in (edit.trash, lambda one: edit.rename(one, "new")):
            with pytest.raises(SessionError, match="an engine is at work"):
                act(created)
        edit.set_note(created, "words may change")
    assert created.folder.is_dir()


def test_a_folder_that_is_gone_is_said_in_a_sentence(created: session.Session) -> None:
    edit.trash(created)
    for act in (edit.trash, edit.toggle_pin):
        with pytest.raises(SessionError, match="mine"):
            act(created)


def test_an_old_session_without_the_new_fields_reads(created: session.Session) -> None:
    path = created.folder / "session.json"
    content = msgspec.json.decode(path.read_bytes())
    del content["pinned"]
    content["parent"] = None
    path.write_bytes(msgspec.json.encode(content))
    assert created.info().parent is None
    assert created.info().pinned is False
