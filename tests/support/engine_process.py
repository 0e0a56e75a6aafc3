"""Starting real engine processes on real sessions, and waiting for what their logs say."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from engine.runtime.history import metrics_of
from engine.storage import commands
from engine.storage.commands import AnyCommand
from engine.storage.hyperparameters import Value, build
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Answer, AnyEvent, Epoch, Event, Started
from engine.storage.session.session import Session, create

Kind = TypeVar("Kind", bound=Event)
PATIENCE = 90.0
"""Seconds before a test gives up: generous, for a machine that does other things as well."""


def make_session(root: Path, name: str = "run", /, **values: Value) -> Session:
    """A session that trains on a few hundred images with one thread.

    The synthetic set unless `data_dir` says where the real one is: unpacking that takes seconds.
    """
    if "data_dir" in values:
        values = {"dataset": "fashion-mnist", **values}
    small: dict[str, Value] = {
        "dataset": "synthetic",
        "train_size": 330,
        "test_size": 100,
        "epochs": 4,
        "threads": 1,
        "indicators_every": 2,
    }
    return create(root, build(small | values), name)


def start(session: Session, incarnation: str = "") -> subprocess.Popen[str]:
    """An engine on `session`, not waited for."""
    arguments = [sys.executable, "-W", "error", "-m", "engine", str(session.folder)]
    if incarnation:
        arguments += ["--incarnation", incarnation]
    return subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)


def finish(engine: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the engine to end by itself; its status and what it said on stderr."""
    try:
        _, errors = engine.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        engine.kill()
        engine.communicate()
        raise
    return engine.returncode, errors


def log_of(session: Session) -> list[AnyEvent]:
    """All events by now."""
    return list(LogReader(session.log).read_all())


def wait_for(session: Session, condition: Callable[[list[AnyEvent]], bool]) -> list[AnyEvent]:
    """The log as soon as `condition` is true of it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        events = log_of(session)
        if condition(events):
            return events
        time.sleep(0.02)
    raise AssertionError(f"not in the log after {PATIENCE} s: {events[-3:]}")


def last_of(session: Session, kind: type[Kind]) -> Kind:
    """The last event, which must be of `kind`."""
    event = log_of(session)[-1]
    assert isinstance(event, kind), event
    return event


def has(kind: type, count: int = 1) -> Callable[[list[AnyEvent]], bool]:
    """Whether the log has `count` events of `kind`."""
    return lambda events: sum(isinstance(event, kind) for event in events) >= count


def say(session: Session, kind: Callable[..., AnyCommand], **fields: object) -> Answer:
    """Send a command to the engine that started last; its answer."""
    started = [event for event in log_of(session) if isinstance(event, Started)]
    command = kind(id=commands.new_id(), incarnation=started[-1].incarnation, **fields)
    commands.send(session.commands, command)
    return answer_to(session, command.id)


def answer_to(session: Session, id: str) -> Answer:
    """The answer to the command `id`, as soon as it is in the log."""

    def answers(events: list[AnyEvent]) -> list[Answer]:
        return [event for event in events if isinstance(event, Answer) and event.id == id]

    return answers(wait_for(session, lambda events: bool(answers(events))))[0]


def epochs_of(session: Session) -> dict[int, tuple[float | None, ...]]:
    """The metrics by epoch; fails when an epoch stands twice or the times go back."""
    events = log_of(session)
    epochs = [event for event in events if isinstance(event, Epoch)]
    numbers = [event.epoch for event in epochs]
    assert len(set(numbers)) == len(numbers), numbers
    assert [event.t for event in events] == sorted(event.t for event in events)
    assert [event.elapsed for event in events] == sorted(event.elapsed for event in events)
    return {event.epoch: metrics_of(event) for event in epochs}


def cut(full_session: Session, root: Path, epochs: int) -> Session:
    """A copy of `full_session` whose log ends after `epochs`; its checkpoint is that of the end."""
    session = Session(root / "cut")
    shutil.copytree(full_session.folder, session.folder)
    lines = full_session.log.read_bytes().splitlines(keepends=True)
    last = next(n for n, line in enumerate(lines) if f'"epoch":{epochs},"train' in line.decode())
    session.log.write_bytes(b"".join(lines[: last + 1]))
    return session
