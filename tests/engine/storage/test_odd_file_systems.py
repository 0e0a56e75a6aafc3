"""File systems without locks, without modes, or without an fsync for folders."""

import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest

from engine.storage import files, lock
from engine.storage.errors import SessionError
from engine.storage.hyperparameters import build
from engine.storage.line_writer import why_no_room
from engine.storage.session.session import create

HOLDER = lock.Holder(incarnation="i", pid=1, host="h", boot_id="b")


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS])
def test_without_locks_no_engine_trains_and_sessions_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "lockf", refuse)
    monkeypatch.setattr(fcntl, "fcntl", refuse)
    with pytest.raises(SessionError, match="cannot lock files"):
        lock.EngineLock(tmp_path / "engine.lock", HOLDER)
    assert not lock.is_held(tmp_path / "engine.lock")


def test_a_session_is_made_where_folders_have_no_fsync_and_files_no_modes(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def no_folders(fd: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(fd)

    def no_modes(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "fsync", no_folders)
    monkeypatch.setattr(os, "fchmod", no_modes)
    monkeypatch.setattr(os, "chmod", no_modes)
    monkeypatch.setattr(Path, "chmod", no_modes)
    created = create(sessions_root, build({"dataset": "synthetic"}), "made")
    assert created.info().name == "made"


def test_a_disk_error_of_an_fsync_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        files.sync_folder(tmp_path)


def test_a_shared_session_keeps_to_the_group_of_its_folder(sessions_root: Path) -> None:
    sessions_root.mkdir()
    sessions_root.chmod(0o2770)
    created = create(sessions_root, build({"dataset": "synthetic"}), "shared", share=True)
    assert stat.S_IMODE(created.folder.stat().st_mode) == 0o2750


def test_a_limit_on_the_size_of_files_is_called_so() -> None:
    assert "ulimit -f" in why_no_room(OSError(errno.EFBIG, "File too large"))
