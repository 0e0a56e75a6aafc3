"""One sentence for each part of a session that cannot be read or written."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgechaos_tui.presentation.run import problems as trouble
from edgechaos_tui.presentation.run.watch import Watch
from engine.storage import host
from engine.storage.hyperparameters import build
from engine.storage.session import progress
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import encode
from engine.storage.session.session import Session, create
from engine.storage.session.status import Status
from tests.support.event_samples import epoch_event, started_event
from tests.support.lock_holder import Engine

WHOLE = encode(started_event()) + encode(epoch_event(0)) + encode(epoch_event(1))


def _words(path: Path, data: bytes, *, at_work: bool = False) -> str:
    path.write_bytes(data)
    reader = LogReader(path)
    list(reader.read_all())
    return trouble.of_log(reader, at_work=at_work)


def test_what_is_passed_over_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert _words(path, WHOLE) == ""
    words = _words(path, WHOLE + b'garbage\n{"type":"dream"}\n{"type":"dream"}\n')
    assert words == ("skipped lines of the log: 1 damaged, 2 of a kind this version does not know")


def test_a_torn_last_line_is_trouble_only_when_nobody_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for cut in range(len(WHOLE) - 40, len(WHOLE)):
        assert "the last one, cut short" in _words(path, WHOLE[:cut])
        assert _words(path, WHOLE[:cut], at_work=True) == ""


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """One folder at two places: where it can be written, and where it cannot."""
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    inner.mkdir()
    outer.mkdir()
    try:
        for options in (["--bind", str(inner), str(outer)], ["-o", "remount,ro,bind", str(outer)]):
            subprocess.run(["mount", *options], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        subprocess.run(["umount", str(outer)], check=False, capture_output=True)
        pytest.skip("mounting is not allowed here")
    yield inner, outer
    subprocess.run(["umount", str(outer)], check=True)


def _living(root: Path) -> Session:
    new_session = create(root, build({}), "s")
    started = started_event(incarnation="it", host=host.host_name())
    new_session.log.write_bytes(encode(started) + encode(epoch_event(0)))
    return new_session


@pytest.mark.process
def test_an_engine_that_falls_silent_on_a_read_only_file_system(
    read_only: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    inner, outer = read_only
    new_session, now = _living(inner), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with Engine(new_session, "it"):
        watch, here = Watch(Session(outer / "s")), Watch(new_session)
        assert watch.look().problem == ""
        here.look()
        now[0] += trouble.SILENT_SECONDS + 1
        sight = watch.look()
        assert sight.status is Status.TRAINING
        assert sight.problem == (
            "the file system is read-only: the run waits, and continues when it can write"
        )
        # Where it can be written, silence is no more than that.
        assert here.look().problem == ""
        progress.ProgressWriter(new_session.progress).write(
            progress.Progress(stage="training", epoch=1, done=1, total=9)
        )
        assert watch.look().problem == ""
    # An engine that is gone does not wait for anything.
    now[0] += 100
    assert watch.look().problem == ""


@pytest.mark.process
def test_a_full_disk_is_told_where_the_engine_could_not(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_session = _living(sessions_root)
    statistics = list(os.statvfs(sessions_root))
    statistics[4] = 0
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(statistics))
    with Engine(new_session, "it"):
        watch = Watch(new_session)
        watch.look()
        now[0] = 60.0
        assert watch.look().problem.startswith("the disk is full: the run waits")


def test_a_lost_session_file_is_told_beside_the_story(sessions_root: Path) -> None:
    new_session = create(sessions_root, build({}), "s")
    hyperparameters = {"lr": 0.05, "epochs": 7}
    new_session.log.write_bytes(
        encode(started_event(hyperparameters=hyperparameters)) + encode(epoch_event(0)) + b"{"
    )
    (new_session.folder / "session.json").unlink()
    watch = Watch(new_session)
    sight = watch.look()
    assert watch.summary.hyperparameters.lr == 0.05
    assert "there is no session.json" in sight.problem
    assert "the last one, cut short" in sight.problem
