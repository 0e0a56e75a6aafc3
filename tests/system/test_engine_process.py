"""The engine as a process of its own: what it logs, what it obeys, what it survives."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from engine.runtime.history import metrics_of
from engine.storage import commands
from engine.storage.commands import Extend, Pause, Resume, Set, Stop
from engine.storage.session.events import (
    Answer,
    AnyEvent,
    Changed,
    Diverged,
    Epoch,
    Failed,
    Finished,
    Notice,
    Paused,
    Resumed,
    Rewound,
    Started,
    Stopped,
)
from engine.storage.session.session import Session
from tests.support.engine_process import (
    answer_to,
    cut,
    epochs_of,
    finish,
    has,
    last_of,
    log_of,
    make_session,
    say,
    start,
    wait_for,
)

LONG = 100_000
"""Epochs: more than any test waits for."""


KILLED = {"train_size": 500, "epochs": 12, "lr": 0.05, "l2": 1e-4}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Session:
    session = make_session(tmp_path_factory.mktemp("sessions"), "whole", **KILLED)
    assert finish(start(session)) == (0, "")
    return session


def test_a_run_from_start_to_finish(sessions_root: Path, fashion_mnist: Path) -> None:
    session = make_session(sessions_root, data_dir=str(fashion_mnist))
    assert finish(start(session, "abc")) == (0, "")
    events = log_of(session)
    first, last = events[0], events[-1]
    assert isinstance(first, Started)
    assert (first.incarnation, first.threads, first.from_epoch) == ("abc", 1, 0)
    assert first.train_size == 330
    assert isinstance(last, Finished)
    assert last.epoch == 4
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [event.epoch for event in epochs] == [0, 1, 2, 3, 4]
    assert [event.lyapunov is None for event in epochs] == [False, True, False, True, False]
    assert epochs[0].j == pytest.approx(0.5, rel=4e-3)
    assert epochs[4].tau == pytest.approx(4 * 0.02 / (0.5 * 32))
    begun, ended = epochs[0].train_loss, epochs[4].train_loss
    assert begun is not None
    assert ended is not None
    assert ended < begun
    assert session.checkpoint.stat().st_mode & 0o777 == 0o600
    assert not (session.folder / ".reserve").exists()


def test_wishes_while_it_trains(sessions_root: Path) -> None:
    session = make_session(sessions_root, epochs=LONG)
    engine = start(session)
    wait_for(session, has(Epoch, 2))
    assert say(session, Pause).text == "paused"
    assert say(session, Pause).text == "already paused"
    assert session.checkpoint.exists()
    trained = len(epochs_of(session))
    time.sleep(0.5)
    assert len(epochs_of(session)) == trained
    refused = say(session, Set, values={"seed": 3})
    assert not refused.applied
    assert "fixed" in refused.text
    assert not say(session, Set, values={"lr": -1}).applied
    assert not say(session, Extend, epochs=0).applied
    waiting = Set(
        id="later", incarnation=_incarnation(session), values={"lr": 0.01, "momentum": 0.5}
    )
    commands.send(session.commands, waiting)
    assert say(session, Resume).text == "resumed"
    assert answer_to(session, "later").applied
    changed = next(event for event in log_of(session) if isinstance(event, Changed))
    assert changed.values == {"lr": 0.01}
    assert changed.previous == {"lr": 0.02}
    assert say(session, Set, values={"lr": 0.01}).text == "already in force"
    more = Extend(id="more", incarnation=_incarnation(session), epochs=5)
    commands.send(session.commands, more)
    assert say(session, Stop).applied
    assert finish(engine) == (0, "")
    events = log_of(session)
    assert isinstance(events[-1], Stopped)
    assert sum(isinstance(event, Paused) for event in events) == 1
    assert sum(isinstance(event, Resumed) for event in events) == 1
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert {event.epoch: event.lr for event in epochs} == {
        event.epoch: 0.02 if event.epoch < changed.epoch else 0.01 for event in epochs
    }
    assert events[-1].epoch == epochs[-1].epoch
    # Stopped before the next boundary, a wish is refused; else it is in the log for good.
    extended = [event for event in events if isinstance(event, Answer) and event.id == more.id]
    assert [a.applied for a in extended] == [{"epochs": LONG + 5} in _changes(events)]


def _changes(events: list[AnyEvent]) -> list[dict[str, int | float]]:
    return [event.values for event in events if isinstance(event, Changed)]


def _incarnation(session: Session) -> str:
    return next(e.incarnation for e in reversed(log_of(session)) if isinstance(e, Started))


def test_lines_it_cannot_obey_are_answered(sessions_root: Path) -> None:
    session = make_session(sessions_root, epochs=LONG)
    engine = start(session)
    wait_for(session, has(Epoch))
    with session.commands.open("ab") as file:
        file.write(b'{"command":"dance","id":"x"}\n\xff\xfe\n')
    foreign = Stop(id="foreign", incarnation="somebody")
    commands.send(session.commands, foreign)
    assert "another engine" in answer_to(session, "foreign").text
    twice = Set(id="twice", incarnation=_incarnation(session), values={"l2": 1e-5})
    for _ in range(2):
        commands.send(session.commands, twice)
    say(session, Stop)
    finish(engine)
    answers = [event for event in log_of(session) if isinstance(event, Answer)]
    assert [a.applied for a in answers if not a.id] == [False, False]
    about_twice = sorted(a.applied for a in answers if a.id == "twice")
    # The first waits for a boundary, and the stop may come before it.
    assert about_twice in ([False, True], [False, False])
    assert answers[-1].offset <= session.commands.stat().st_size
    # Everything has been answered: the next engine begins behind it.
    engine = start(session)
    wait_for(session, has(Started, 2))
    say(session, Stop)
    finish(engine)
    after = [event for event in log_of(session) if isinstance(event, Answer)]
    assert len(after) == len(answers) + 1


def test_commands_in_what_is_not_its_own_are_not_obeyed_and_told_once(
    sessions_root: Path, tmp_path: Path
) -> None:
    session = make_session(sessions_root, epochs=LONG)
    engine = start(session, "it")
    wait_for(session, has(Epoch))
    foreign = tmp_path / "foreign"
    commands.send(foreign, Stop(id="foreign", incarnation="it"))
    session.commands.symlink_to(foreign)
    wait_for(session, has(Notice))
    done = len(epochs_of(session))
    wait_for(session, has(Epoch, done + 3))
    (told,) = [event.text for event in log_of(session) if isinstance(event, Notice)]
    assert told == "commands.jsonl is a link, so its commands are ignored"
    session.commands.unlink()
    assert say(session, Stop).applied
    assert finish(engine) == (0, "")
    assert [event.id for event in log_of(session) if isinstance(event, Answer)][:-1] == []
    if os.geteuid() == 0:
        # Only root may make a file somebody else's.
        os.chown(session.commands, 65534, 65534)
        engine = start(session, "next")
        wait_for(session, has(Notice, 2))
        assert "another account (user 65534)" in notices(session)
        engine.send_signal(signal.SIGTERM)
        assert finish(engine) == (0, "")


def test_a_second_engine_refuses(sessions_root: Path) -> None:
    session = make_session(sessions_root, epochs=LONG)
    first, second = start(session), start(session)
    until = time.monotonic() + 60
    while first.poll() is None and second.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    loser, winner = (first, second) if first.poll() is not None else (second, first)
    status, said = finish(loser)
    assert status == 1
    assert said == "another engine is at work on run\n"
    wait_for(session, has(Epoch))
    winner.send_signal(signal.SIGINT)
    assert finish(winner) == (0, "")
    assert last_of(session, Stopped).reason == "terminated by SIGINT"
    assert sum(isinstance(event, Started) for event in log_of(session)) == 1


def test_a_signal_stops_it_and_a_hangup_does_not(sessions_root: Path) -> None:
    session = make_session(sessions_root, epochs=LONG)
    engine = start(session)
    wait_for(session, has(Epoch, 2))
    engine.send_signal(signal.SIGHUP)
    count = len(epochs_of(session))
    wait_for(session, has(Epoch, count + 2))
    engine.send_signal(signal.SIGTERM)
    assert finish(engine) == (0, "")
    last = log_of(session)[-1]
    assert isinstance(last, Stopped)
    assert last.reason == "terminated by SIGTERM"


def test_extending_a_finished_run(sessions_root: Path, uninterrupted: Session) -> None:
    session = make_session(sessions_root, **KILLED | {"epochs": 9})
    assert finish(start(session)) == (0, "")
    before = session.log.read_bytes()
    status, said = finish(start(session))
    assert status == 1
    assert "extend" in said
    assert session.log.read_bytes() == before
    commands.send(session.commands, Extend(id="more", incarnation="next", epochs=3))
    assert finish(start(session, "next")) == (0, "")
    assert answer_to(session, "more").applied
    assert repr(epochs_of(session)) == repr(epochs_of(uninterrupted))
    assert isinstance(log_of(session)[-1], Finished)


def test_a_diverging_run_says_so(sessions_root: Path) -> None:
    session = make_session(sessions_root, lr=100.0, l2=1.0)
    assert finish(start(session)) == (0, "")
    last = log_of(session)[-1]
    assert isinstance(last, Diverged)
    assert "lr 100" in last.text
    assert f"epoch {last.epoch}" in last.text
    status, said = finish(start(session))
    assert status == 1
    assert "diverged" in said


def test_missing_data_fail_with_a_sentence(sessions_root: Path, tmp_path: Path) -> None:
    session = make_session(sessions_root, data_dir=str(tmp_path / "nowhere"))
    assert finish(start(session)) == (1, "")
    last = log_of(session)[-1]
    assert isinstance(last, Failed)
    assert "nowhere" in last.text
    assert last.traceback == ""


def test_bad_folders_fail_with_a_sentence(tmp_path: Path) -> None:
    status, said = finish(start(Session(tmp_path / "none")))
    assert status == 1
    assert said.count("\n") == 1
    assert "session.json" in said


def _kill_until_finished(session: Session, times: int, seed: int) -> int:
    """Start the engine, kill it at a random moment, and so on; how often it was killed."""
    dice = random.Random(seed)
    killed = 0
    while True:
        engine = start(session)
        if killed < times:
            started = sum(isinstance(event, Started) for event in log_of(session))
            wait_for(session, has(Started, started + 1))
            time.sleep(dice.uniform(0, 0.25))
            if killed % 2 and engine.poll() is None:
                # A pause writes a checkpoint: killed after it, or somewhere in the middle of it.
                incarnation = _incarnation(session)
                commands.send(session.commands, Pause(id=f"p{killed}", incarnation=incarnation))
                time.sleep(dice.uniform(0, 0.05))
                commands.send(session.commands, Resume(id=f"r{killed}", incarnation=incarnation))
                time.sleep(dice.uniform(0, 0.1))
            engine.send_signal(signal.SIGKILL)
        status, _ = finish(engine)
        if status != -signal.SIGKILL:
            assert status in (0, 1)
            return killed
        killed += 1


def test_killed_and_taken_up_it_is_the_run_that_never_was(
    sessions_root: Path, uninterrupted: Session
) -> None:
    session = make_session(sessions_root, "killed", **KILLED)
    _kill_until_finished(session, times=2, seed=1)
    assert repr(epochs_of(session)) == repr(epochs_of(uninterrupted))
    assert not has_rewound(session)


def has_rewound(session: Session) -> bool:
    return any(isinstance(event, Rewound) for event in log_of(session))


def notices(session: Session) -> str:
    return "; ".join(event.text for event in log_of(session) if isinstance(event, Notice))


def test_killed_between_checkpoint_and_line(sessions_root: Path, uninterrupted: Session) -> None:
    session = cut(uninterrupted, sessions_root, 11)
    # A torn line, too: sealed, not cut off.
    with session.log.open("ab") as file:
        file.write(b'{"type":"epoch","t":17')
    assert finish(start(session)) == (0, "")
    assert repr(epochs_of(session)) == repr(epochs_of(uninterrupted))
    assert isinstance(log_of(session)[-1], Finished)
    assert not notices(session)


def test_a_checkpoint_that_does_not_fit_is_put_aside(
    sessions_root: Path, uninterrupted: Session
) -> None:
    session = cut(uninterrupted, sessions_root, 5)
    assert finish(start(session)) == (0, "")
    assert repr(epochs_of(session)) == repr(epochs_of(uninterrupted))
    assert "it is of epoch 12, and the log ends at epoch 5" in notices(session)
    assert "training again from epoch 0 to 5" in notices(session)
    assert not has_rewound(session)


def test_other_results_rewind_the_log(sessions_root: Path, uninterrupted: Session) -> None:
    session = cut(uninterrupted, sessions_root, 5)
    os.truncate(session.checkpoint, 1000)
    lines = session.log.read_bytes().splitlines(keepends=True)
    changed = [
        line.replace(b'"j":0.', b'"j":1.') if b'"epoch":3,' in line else line for line in lines
    ]
    session.log.write_bytes(b"".join(changed))
    assert finish(start(session)) == (0, "")
    events = log_of(session)
    rewound = next(event for event in events if isinstance(event, Rewound))
    assert rewound.epoch == 2
    after = [event for event in events[events.index(rewound) :] if isinstance(event, Epoch)]
    assert [event.epoch for event in after] == list(range(3, 13))
    whole = epochs_of(uninterrupted)
    assert {event.epoch: metrics_of(event) for event in after} == {
        n: whole[n] for n in range(3, 13)
    }
