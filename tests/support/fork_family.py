"""Forks as they lie on the disk: logs made by hand, without an engine."""

import json
import struct
from collections.abc import Iterable
from pathlib import Path

from engine.storage.hyperparameters import Value, build
from engine.storage.session.event_log import LogReader, LogWriter
from engine.storage.session.events import Changed, Epoch, Finished, LoggedEvent, Times, encode
from engine.storage.session.info import Parent
from engine.storage.session.session import Session, create
from tests.support.event_samples import epoch_event, started_event


def write_log(session: Session, events: Iterable[LoggedEvent]) -> None:
    """Append `events`."""
    writer = LogWriter(session.log)
    for event in events:
        writer.append(event)
    writer.close()


def write_run(root: Path, name: str, last: int, **given: Value) -> Session:
    """A finished run of epochs 0 to `last`, edited at epoch 2."""
    session = create(root, build(given), name)
    edit = Changed(t=1001.0, elapsed=1.0, epoch=2, values={"lr": 0.03}, previous={"lr": 0.02})
    lrs = [0.02, 0.02] + [0.03] * last
    epochs = [epoch_event(k, lr=lrs[k], test_loss=1 / (k + 2)) for k in range(last + 1)]
    end = Finished(t=1000.0 + last, elapsed=float(last), epoch=last)
    write_log(session, [started_event(), *epochs[:2], edit, *epochs[2:], end])
    return session


def epochs_in(session: Session) -> list[Epoch]:
    """The epochs of its own log."""
    return [event for event in LogReader(session.log).read_all() if isinstance(event, Epoch)]


def write_fork(
    parent: Session, name: str, at: int, last: int, lr: float = 0.05, **given: Value
) -> Session:
    """A fork of `parent` at epoch `at` with another lr, trained to `last`."""
    info = parent.info()
    values: dict[str, Value] = {"lr": lr, **given}
    link = Parent(id=info.id, name=parent.name, epoch=at)
    session = create(parent.folder.parent, build(values), name, link)
    begins = next(event for event in epochs_in(parent) if event.epoch == at)
    times = Times(t=begins.t, elapsed=begins.elapsed)
    edit = Changed(**times, epoch=at + 1, values={"lr": lr}, previous={"lr": begins.lr})
    own = [
        epoch_event(k, t=begins.t + k, elapsed=begins.elapsed + k, lr=lr, test_loss=2 / (k + 2))
        for k in range(at + 1, last + 1)
    ]
    write_log(session, [begins, edit, started_event(**times, from_epoch=at), *own])
    return session


def write_header(session: Session, event: Epoch, path: Path | None = None) -> None:
    """A checkpoint (at `path`: a snapshot) without tensors: enough to fork, not to train."""
    metadata = {"format": "1", "session": session.info().id, "epoch": encode(event).decode()}
    header = json.dumps({"__metadata__": metadata}).encode()
    path = path or session.checkpoint
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(header)) + header)
