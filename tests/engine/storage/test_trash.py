"""The trash outlives whoever deleted: it is listed, brought back from and emptied."""

import os
from pathlib import Path

import pytest

from engine.storage import trash
from engine.storage.errors import InvalidName, SessionError
from engine.storage.session import edit
from engine.storage.session.session import Session
from engine.storage.sweep.plan import trash_sweep
from tests.support.library_samples import write_session
from tests.support.sweep_samples import write_sweep


def test_what_was_deleted_is_listed_and_comes_back_under_its_name(sessions_root: Path) -> None:
    for _ in range(2):
        edit.trash(write_session(sessions_root, "mine", 2))
    trash_sweep(write_sweep(sessions_root, "grid", {"lr": (0.1, 0.2)}, ended=0))
    listed = trash.list_trash(sessions_root)
    assert [(entry.kind, entry.name) for entry in listed] == [
        ("sweep", "grid"), ("session", "mine"), ("session", "mine"),
    ]  # fmt: skip
    # The one that was deleted last comes first, whatever its number.
    assert trash.find_trashed(sessions_root, "mine").folder.name == "mine~1"
    assert trash.bring_back(trash.find_trashed(sessions_root, "mine")).name == "mine"
    trashed = trash.find_trashed(sessions_root, "mine")
    with pytest.raises(SessionError, match="there is a session mine already"):
        trash.bring_back(trashed)
    with pytest.raises(InvalidName):
        trash.bring_back(trashed, "../out")
    assert trash.bring_back(trashed, "other").info().id
    assert [entry.name for entry in trash.list_trash(sessions_root)] == ["grid"]
    assert trash.bring_back(trash.find_trashed(sessions_root, "grid")).name == "grid"
    with pytest.raises(SessionError, match="no mine in the trash"):
        trash.find_trashed(sessions_root, "mine")


def test_emptying_deletes_what_lies_in_the_trash_and_nothing_else(
    sessions_root: Path, tmp_path: Path
) -> None:
    session = write_session(sessions_root, "kept", 2)
    edit.trash(write_session(sessions_root, "mine", 2))
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    os.symlink(outside, sessions_root / edit.TRASH / "link")
    os.symlink(outside, sessions_root / edit.TRASH / "mine" / "link")
    assert trash.empty_trash(sessions_root) == 2
    assert trash.list_trash(sessions_root) == []
    assert (outside / "file").read_text() == "mine"
    assert session.info().name == "kept"
    with pytest.raises(SessionError, match="is not in the trash"):
        edit.discard(Session(session.folder))
    assert session.log.exists()


def test_a_trash_that_leads_elsewhere_is_not_emptied(sessions_root: Path, tmp_path: Path) -> None:
    outside = write_session(tmp_path / "outside", "theirs", 2)
    sessions_root.mkdir()
    os.symlink(outside.folder.parent, sessions_root / edit.TRASH)
    with pytest.raises(SessionError, match="is not deleted"):
        trash.empty_trash(sessions_root)
    assert outside.log.exists()
