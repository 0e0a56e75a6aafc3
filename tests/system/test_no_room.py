"""A full disk and a quota: the engine waits with the run in memory, and goes on."""

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from engine.runtime import checkpoint as checkpoints
from engine.storage import commands
from engine.storage.errors import SessionError
from engine.storage.fork import snapshots
from engine.storage.session import edit
from engine.storage.session.events import (
    Answer,
    Epoch,
    Paused,
    Resumed,
    Started,
    Stopped,
    encode,
)
from engine.storage.session.session import create
from tests.support.engine_process import (
    epochs_of,
    finish,
    has,
    log_of,
    make_session,
    start,
    wait_for,
)
from tests.support.event_samples import epoch_event, started_event

SMALL = {"width": 20, "epochs": 60, "train_size": 1000}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small file system is not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_pauses_the_run(small_disk: Path, sessions_root: Path) -> None:
    session = make_session(small_disk / "sessions", **SMALL)
    engine = start(session)
    wait_for(session, has(Epoch, 2))
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    events = wait_for(session, has(Paused))
    assert "no space left" in next(e.reason for e in events if isinstance(e, Paused))
    trained = len([event for event in events if isinstance(event, Epoch)])
    time.sleep(1.5)
    assert len(epochs_of(session)) == trained
    ballast.unlink()
    wait_for(session, has(Resumed))
    assert finish(engine) == (0, "")
    whole = make_session(sessions_root, "whole", **SMALL)
    assert finish(start(whole)) == (0, "")
    assert repr(epochs_of(session)) == repr(epochs_of(whole))


def test_a_stop_is_heard_while_it_waits_for_room(small_disk: Path) -> None:
    session = make_session(small_disk / "sessions", **SMALL | {"epochs": 100_000})
    engine = start(session)
    started = next(e for e in wait_for(session, has(Epoch, 2)) if isinstance(e, Started))
    with (small_disk / "ballast").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    wait_for(session, has(Paused))
    commands.send(session.commands, commands.Stop(id="s", incarnation=started.incarnation))
    finish(engine)
    last = log_of(session)[-1]
    assert isinstance(last, Stopped)
    assert "stopped on request" in last.reason
    (answer,) = [e for e in log_of(session) if isinstance(e, Answer)]
    assert (answer.id, answer.applied) == ("s", True)


def test_a_full_disk_pauses_the_run_and_harms_no_snapshot(small_disk: Path) -> None:
    session = make_session(
        small_disk / "sessions", width=20, epochs=1000, train_size=1000, snapshot_every=1
    )
    engine = start(session)
    events = wait_for(session, has(Paused))
    assert "no space left" in next(e.reason for e in events if isinstance(e, Paused))
    epochs = snapshots.epochs_kept(session)
    assert epochs == list(range(1, len(epochs) + 1))
    for epoch in epochs:
        checkpoint = checkpoints.load(snapshots.path_of(session, epoch))
        assert checkpoint is not None
        assert checkpoint.epoch == epoch
    for epoch in epochs[:-1]:
        snapshots.path_of(session, epoch).unlink()
    wait_for(session, has(Resumed))
    wait_for(session, has(Epoch, len(epochs) + 2))
    engine.send_signal(signal.SIGTERM)
    finish(engine)
    assert len(epochs_of(session)) > len(epochs)
    assert has(Stopped)(log_of(session)) or has(Paused, 2)(log_of(session))


def test_on_a_full_disk_no_file_of_a_session_is_harmed(small_disk: Path) -> None:
    session = make_session(small_disk / "sessions", **SMALL)
    edit.set_note(session, "first")
    session.log.write_bytes(encode(started_event()) + encode(epoch_event(0)))
    with (small_disk / "ballast").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    before = {path: path.read_bytes() for path in session.folder.iterdir()}
    with pytest.raises(SessionError, match="cannot change it: No space left") as caught:
        edit.set_note(session, "x" * 2000)
    assert "\n" not in str(caught.value)
    with pytest.raises(SessionError, match="No space left"):
        create(session.folder.parent, session.info().hyperparameters, "second")
    assert {path: path.read_bytes() for path in session.folder.iterdir()} == before
    assert session.info().note == "first"
    assert [path.name for path in session.folder.parent.iterdir() if path.is_dir()] == ["run"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's prlimit")
def test_a_quota_pauses_the_run_and_a_signal_still_ends_it(sessions_root: Path) -> None:
    session = make_session(sessions_root, **SMALL | {"epochs": 100_000})
    engine = start(session)
    wait_for(session, has(Epoch, 2))
    most = resource.prlimit(engine.pid, resource.RLIMIT_FSIZE)[1]
    limit = session.log.stat().st_size + 100
    resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (limit, most))
    time.sleep(1.5)
    size = session.log.stat().st_size
    assert size <= limit
    time.sleep(0.5)
    assert session.log.stat().st_size == size
    resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (most, most))
    # The line that was cut short by the limit is completed.
    events = wait_for(session, has(Epoch, len(epochs_of(session)) + 3))
    assert has(Resumed)(events)
    resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (100, most))
    time.sleep(1.5)
    engine.send_signal(signal.SIGTERM)
    assert finish(engine)[0] == 1
    numbers = [event.epoch for event in log_of(session) if isinstance(event, Epoch)]
    assert numbers == list(range(len(numbers)))
