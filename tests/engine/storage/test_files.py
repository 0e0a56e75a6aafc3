"""The modes of a session's files, and the refusal of links and pipes."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.storage import files
from engine.storage.commands import Pause, send
from engine.storage.errors import SessionError
from engine.storage.hyperparameters import build
from engine.storage.lock import is_held
from engine.storage.session.event_log import LogReader, LogWriter
from engine.storage.session.info import write_info
from engine.storage.session.progress import ProgressWriter, read
from engine.storage.session.session import Session, create
from tests.support.event_samples import started_event


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def _fill(created: Session) -> None:
    """Every file that the app and an engine make, the weights apart."""
    LogWriter(created.log).append(started_event())
    send(created.commands, Pause(id="1", incarnation="i"))
    ProgressWriter(created.progress)
    write_info(created.folder, created.info())
    os.close(files.open_to_write(created.worker_log, os.O_WRONLY | os.O_APPEND))


def _modes(created: Session) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in created.folder.iterdir()}


def test_a_session_is_private_unless_it_is_shared(umask: None, tmp_path: Path) -> None:
    for share, folder, file in ((False, 0o700, 0o600), (True, 0o750, 0o640)):
        root = tmp_path / f"sessions-{share}"
        created = create(root, build({}), "s", share=share)
        _fill(created)
        assert root.stat().st_mode & 0o777 == folder
        assert created.folder.stat().st_mode & 0o777 == folder
        assert _modes(created) == {file}


def test_what_is_shared_in_a_closed_folder_is_refused_and_nothing_stays(tmp_path: Path) -> None:
    create(tmp_path / "sessions", build({}), "mine")
    with pytest.raises(SessionError, match=r"closed to the group.*chmod g\+rx"):
        create(tmp_path / "sessions", build({}), "ours", share=True)
    assert os.listdir(tmp_path / "sessions") == ["mine"]


def test_no_file_is_written_through_a_link(sessions_root: Path, tmp_path: Path) -> None:
    created = create(sessions_root, build({}), "s")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    for path in (created.log, created.commands, created.progress, created.worker_log):
        path.symlink_to(elsewhere)
    for write in (
        lambda: LogWriter(created.log),
        lambda: send(created.commands, Pause(id="1", incarnation="i")),
        lambda: ProgressWriter(created.progress),
        lambda: files.open_to_write(created.worker_log, os.O_WRONLY | os.O_APPEND),
    ):
        with pytest.raises(OSError, match="symbolic links"):
            write()
    # A link in the place of session.json is replaced, and what it led to stays.
    info = created.info()
    (created.folder / "session.json").unlink()
    (created.folder / "session.json").symlink_to(elsewhere)
    write_info(created.folder, info)
    assert created.info() == info
    assert elsewhere.read_text() == "precious"


def test_nobody_waits_at_a_pipe(sessions_root: Path) -> None:
    created = create(sessions_root, build({}), "s")
    (created.folder / "session.json").unlink()
    for path in (created.folder / "session.json", created.log, created.progress, created.lock):
        os.mkfifo(path)
    with pytest.raises(SessionError, match="not a plain file"):
        created.info()
    with pytest.raises(OSError, match="not a plain file"):
        LogReader(created.log).read()
    assert read(created.progress) is None
    assert not is_held(created.lock)


def test_a_replacement_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "session.json"
    files.replace_atomically(path, b"before")
    for call in ("fsync", "replace"):
        with monkeypatch.context() as broken:
            broken.setattr(os, call, _no_room)
            with pytest.raises(OSError, match="No space"):
                files.replace_atomically(path, b"after")
        assert path.read_bytes() == b"before"
        assert os.listdir(tmp_path) == ["session.json"]


def _no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_only_leftovers_of_the_same_file_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    temporary = tmp_path / ".checkpoint.safetensors.123.tmp"
    for file in (path, temporary, tmp_path / ".session.json.9.tmp"):
        file.write_bytes(b"x")
    files.drop_temporaries(path)
    assert sorted(os.listdir(tmp_path)) == [".session.json.9.tmp", "checkpoint.safetensors"]
