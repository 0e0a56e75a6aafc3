"""Nothing is lost: real engines on real data, killed wherever they stand, and taken up again."""

import errno
import random
import shutil
import signal
import time
from pathlib import Path

import msgspec
import pytest

from edgechaos_tui.presentation.run.reading import read_summary
from engine.storage import commands, lock
from engine.storage.commands import Set
from engine.storage.lock import Holder
from engine.storage.session import progress
from engine.storage.session.events import (
    Answer,
    AnyEvent,
    Epoch,
    Finished,
    Paused,
    Resumed,
    Rewound,
    Started,
    Stopped,
)
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from tests.support.engine_process import cut, epochs_of, log_of, make_session
from tests.support.forked_engine import Fault, finish, run, start
from tests.support.verification import judged

pytestmark = pytest.mark.slow

CHOSEN = {"train_size": 320, "test_size": 100, "epochs": 8, "lr": 0.05, "l2": 1e-4}
SHORT = CHOSEN | {"train_size": 64, "epochs": 3}
KILLED = -signal.SIGKILL


class Whole:
    """A run that was never interrupted, and how long it took."""

    def __init__(self, root: Path, data: Path, values: dict[str, float]) -> None:
        self.values = values | {"data_dir": str(data)}
        self.session = make_session(root, "whole", **self.values)
        begin = time.monotonic()
        assert run(self.session) == 0
        self.seconds = time.monotonic() - begin

    def like_it(self, root: Path, name: str) -> Session:
        """A session that is to become the same run."""
        return make_session(root, name, **self.values)

    def check(self, other: Session) -> None:
        """It is finished, and every metric is the same to the last bit."""
        events = log_of(other)
        assert isinstance(events[-1], Finished)
        assert repr(epochs_of(other)) == repr(epochs_of(self.session))
        assert not any(isinstance(event, Rewound) for event in events)
        temporary = {path.name for path in other.folder.iterdir() if path.suffix == ".tmp"}
        assert not temporary, "what was half written stays behind"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, fashion_mnist: Path) -> Whole:
    with pytest.MonkeyPatch.context() as known:
        # The first engine starts the process that all others are forked from, with the data.
        known.setenv("EDGECHAOS_DATA", str(fashion_mnist))
        run(make_session(tmp_path_factory.mktemp("first"), train_size=10, test_size=10, epochs=1))
    return Whole(tmp_path_factory.mktemp("sessions"), fashion_mnist, CHOSEN)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory, fashion_mnist: Path) -> Whole:
    return Whole(tmp_path_factory.mktemp("short"), fashion_mnist, SHORT)


def _has(session: Session, kind: type[AnyEvent]) -> bool:
    return any(isinstance(event, kind) for event in log_of(session))


def test_killed_at_fifty_random_moments(whole: Whole, sessions_root: Path) -> None:
    dice, killed, number = random.Random(6), 0, 0
    while killed < 50:
        session = whole.like_it(sessions_root, f"killed-{number}")
        # Checkpoints at every epoch, thinned, and none but the last one.
        fault = Fault(save_every=(0.0, whole.seconds / 4, None)[number % 3])
        for _ in range(6):
            before = len(epochs_of(session))
            engine = start(session, fault)
            time.sleep(dice.uniform(0, whole.seconds))
            seen = len(epochs_of(session))
            engine.kill()
            if finish(engine) != KILLED:
                break
            killed += 1
            assert len(epochs_of(session)) >= seen >= before, "an epoch that was there is gone"
            if _has(session, Started) and not _has(session, Finished):
                assert read_summary(session)[2] is Status.INTERRUPTED
        run(session)
        whole.check(session)
        number += 1


@pytest.mark.parametrize("when", ["before", "half", "after"])
def test_killed_at_each_of_its_writes(short: Whole, sessions_root: Path, when: str) -> None:
    at = 0
    while True:
        at += 1
        session = short.like_it(sessions_root, f"killed-{at}")
        if run(session, Fault(kill_at=at, when=when, save_every=0.0)) != KILLED:
            break
        # Killed once more on the way, at the same write of the next engine.
        run(session, Fault(kill_at=at, when=when, save_every=0.0))
        run(session)
        short.check(session)
        shutil.rmtree(session.folder)
    # Three epochs: at least their lines, their checkpoints and what makes both last.
    assert at > 3 * 5


def test_killed_while_it_is_edited_it_is_the_run_that_its_log_tells(
    whole: Whole, sessions_root: Path
) -> None:
    # Long enough to be killed four times before its end.
    session = make_session(sessions_root, "edited", **whole.values | {"epochs": 24})
    dice = random.Random(7)
    sent = {f"wish-{number}": {"lr": 0.02 + 0.01 * number} for number in range(4)}
    for number, (name, values) in enumerate(sent.items()):
        engine = start(session, Fault(save_every=0.0), incarnation=f"engine-{number}")
        done = len(epochs_of(session))
        while len(epochs_of(session)) <= done and engine.is_alive():
            time.sleep(0.005)
        commands.send(session.commands, Set(id=name, incarnation=f"engine-{number}", values=values))
        time.sleep(dice.uniform(0, whole.seconds / 8))
        engine.kill()
        finish(engine)
    assert run(session) == 0
    answers = [event for event in log_of(session) if isinstance(event, Answer)]
    # Each wish has one answer, also one that its engine did not live to give.
    assert sorted(answer.id for answer in answers) == sorted(sent)
    assert list(epochs_of(session)) == list(range(25))
    verdict = judged(session)
    assert (verdict.agrees, verdict.exact, verdict.first) == (True, True, None)


def test_sigterm_ends_it_at_the_next_batch(sessions_root: Path, whole: Whole) -> None:
    session = make_session(sessions_root, train_size=50_000, batch_size=1, epochs=2)
    engine = start(session)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        now = progress.read(session.progress)
        if now is not None and now.stage == "training" and now.done > 0:
            break
        time.sleep(0.01)
    engine.terminate()
    assert finish(engine) == 0
    last = log_of(session)[-1]
    assert isinstance(last, Stopped)
    assert (last.epoch, last.reason) == (0, "terminated by SIGTERM")
    assert list(epochs_of(session)) == [0]


def test_a_reboot_is_an_interruption(whole: Whole, sessions_root: Path) -> None:
    session = cut(whole.session, sessions_root, 5)
    # What a machine that lost its power leaves: another boot's holder, blocks never written.
    data = session.log.read_bytes()
    session.log.write_bytes(data.replace(b'"boot_id":"', b'"boot_id":"before-') + bytes(700))
    holder = Holder(incarnation="gone", pid=1, host="here", boot_id="before")
    session.lock.write_bytes(msgspec.json.encode(holder))
    session.checkpoint.with_name(".checkpoint.safetensors.1.tmp").write_bytes(b"half")
    assert read_summary(session)[2] is Status.INTERRUPTED
    assert lock.holder(session.lock) is None
    assert run(session) == 0
    whole.check(session)
    boots = {event.boot_id for event in log_of(session) if isinstance(event, Started)}
    assert len(boots) == 2


@pytest.mark.parametrize("back", [1, 60, 300, 500, 700, 1000])
def test_a_torn_log_is_taken_up(whole: Whole, sessions_root: Path, back: int) -> None:
    session = cut(whole.session, sessions_root, 7)
    data = session.log.read_bytes()
    session.log.write_bytes(data[:-back])
    assert run(session) == 0
    whole.check(session)
    assert session.log.read_bytes().startswith(data[:-back]), "what was there was cut off"


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.EROFS, "the file system is read-only"),
        (errno.EDQUOT, "the quota is used up"),
        (errno.ENOSPC, "no space left"),
    ],
)
def test_where_nothing_can_be_written_it_waits(
    whole: Whole, sessions_root: Path, tmp_path: Path, number: int, says: str
) -> None:
    session = whole.like_it(sessions_root, "run")
    closed = tmp_path / "closed"
    engine = start(session, Fault(refuse=str(closed), errno=number, save_every=0.0))
    while len(epochs_of(session)) < 3 and engine.is_alive():
        time.sleep(0.01)
    closed.touch()
    time.sleep(0.5)
    files = {path: path.read_bytes() for path in (session.log, session.checkpoint)}
    time.sleep(1.5)
    assert engine.is_alive()
    assert {path: path.read_bytes() for path in files} == files
    closed.unlink()
    assert finish(engine) == 0
    whole.check(session)
    assert session.log.read_bytes().startswith(files[session.log])
    paused = [event for event in log_of(session) if isinstance(event, Paused)]
    assert [event.reason for event in paused] == [f"{says}; the run resumes when there is room"]
    assert _has(session, Resumed)


def test_of_engines_that_start_at_once_one_trains(sessions_root: Path, whole: Whole) -> None:
    for number in range(5):
        session = make_session(sessions_root, f"run-{number}", train_size=50, epochs=1)
        engines = [start(session) for _ in range(3)]
        assert sorted(finish(engine) for engine in engines) == [0, 1, 1]
        events = log_of(session)
        assert sum(isinstance(event, Started) for event in events) == 1
        assert [event.epoch for event in events if isinstance(event, Epoch)] == [0, 1]
        worker_log = session.worker_log.read_text()
        assert (
            worker_log.count("another engine is at work") + worker_log.count("finished after epoch")
            == 2
        )
