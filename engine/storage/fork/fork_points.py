"""The points where a session can be forked: its last checkpoint and its snapshots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

import msgspec

from engine.storage.errors import EdgeChaosError, SessionError
from engine.storage.files import open_to_read
from engine.storage.fork import snapshots
from engine.storage.fork.checkpoint_header import Header, read_header
from engine.storage.hyperparameters import CHANGEABLE, Hyperparameters, Value, build
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Changed, Epoch, Rewound, Started, same_results
from engine.storage.session.info import Info
from engine.storage.session.session import Session, refuse_recorded

_MAX_NAMED: Final = 8
"""The largest number of epochs that a sentence names one by one."""


@dataclass(frozen=True)
class Origin:
    """The beginning of a fork of `session`: the state after the epoch of `event`, in `path`.

    id: the session's; hyperparameters: those of its next epoch, threads included.
    dataset_checksum: of its data. exact: whether the fork must begin at this epoch, even if the
    checkpoint has moved on.
    """

    session: Session
    id: str
    path: Path
    event: Epoch
    hyperparameters: Hyperparameters
    dataset_checksum: str = ""
    exact: bool = False

    @property
    def epoch(self) -> int:
        """The last epoch that the fork shares with the session."""
        return self.event.epoch


def origin_of(session: Session, at: int | None = None) -> Origin:
    """The origin of a fork of `session`: after the last kept epoch, or exactly after `at`.

    Raises SessionError without a kept epoch, or without that of `at`, and NewerSchema.
    """
    origins = origins_of(session)
    if at is None:
        return origins[-1]
    for origin in origins:
        if origin.epoch == at:
            return replace(origin, exact=True)
    raise SessionError(
        f"nothing is kept of epoch {at} of {session.name}; "
        f"it can be forked at {_listed([origin.epoch for origin in origins], at)}"
    )


def origins_of(session: Session) -> list[Origin]:
    """All origins by epoch. Snapshots that disagree with the log are left out.

    Reads the whole log. Raises SessionError where there is none, and NewerSchema.
    """
    info = forkable_info(session)
    snapshot_events = dict(_snapshots(session, info.id))
    last_event, problem = _checkpoint(session, info.id)
    log = _read_log(session, set(snapshot_events))
    by_epoch = {} if last_event is None else {last_event.epoch: (session.checkpoint, last_event)}
    # A snapshot of the same epoch is preferred: the checkpoint moves on.
    by_epoch |= {
        epoch: (snapshots.path_of(session, epoch), event)
        for epoch, event in snapshot_events.items()
        if epoch in log.epochs and same_results(event, log.epochs[epoch])
    }
    if not by_epoch and problem is not None:
        raise problem
    return [
        Origin(session, info.id, path, event, log.next_hyperparameters(info, event), log.checksum)
        for _, (path, event) in sorted(by_epoch.items())
    ]


def forkable_info(session: Session) -> Info:
    """session.json of a session that an engine can continue. Raises SessionError."""
    if session.is_reference:
        raise SessionError(
            f"{session.name} is a reference session, shipped without a checkpoint to fork from; "
            "start a new run with its hyperparameters"
        )
    info = session.info()
    refuse_recorded(session, info, "forked")
    return info


def open_checkpoint(session: Session, path: Path) -> IO[bytes]:
    """A checkpoint of `session`, its last one or a snapshot, to read. Raises SessionError."""
    try:
        return open(open_to_read(path), "rb")
    except FileNotFoundError:
        raise SessionError(
            f"{session.name} has no checkpoint to fork from; a run has one after some seconds of "
            "training, a pause or its end"
        ) from None
    except OSError as error:
        raise SessionError(f"cannot read {path}: {error.strerror}") from None


def read_own_header(session: Session, id: str, file: IO[bytes]) -> Header:
    """The header of a checkpoint of `session`, whose id is `id`; `file` is read up to its end.

    Raises SessionError for an unreadable one, or one of another session.
    """
    try:
        header = read_header(file)
    except EdgeChaosError as error:
        raise SessionError(f"{session.name}: its checkpoint cannot be read: {error}") from None
    except OSError as error:
        raise SessionError(f"{session.name}: cannot read a checkpoint: {error.strerror}") from None
    if header.owner != id:
        raise SessionError(f"{session.name}: its checkpoint is not its own")
    return header


def _checkpoint(session: Session, id: str) -> tuple[Epoch | None, SessionError | None]:
    """The epoch of the last checkpoint, or the reason why there is none."""
    try:
        with open_checkpoint(session, session.checkpoint) as file:
            return read_own_header(session, id, file).event, None
    except SessionError as error:
        return None, error


def _snapshots(session: Session, id: str) -> Iterator[tuple[int, Epoch]]:
    """The snapshots whose header has the epoch of their file name."""
    for epoch in snapshots.epochs_kept(session):
        try:
            with open_checkpoint(session, snapshots.path_of(session, epoch)) as file:
                event = read_own_header(session, id, file).event
        except SessionError:
            continue
        if event.epoch == epoch:
            yield epoch, event


@dataclass
class _Log:
    """epochs: the valid lines of the epochs of interest; changes: all of them, in order."""

    epochs: dict[int, Epoch]
    changes: list[Changed]
    threads: int | None = None
    checksum: str = ""

    def next_hyperparameters(self, info: Info, event: Epoch) -> Hyperparameters:
        """The hyperparameters of the epoch after that of `event`."""
        values: dict[str, Value] = {name: getattr(event, name) for name in CHANGEABLE}
        if info.parent is not None and info.parent.epoch == event.epoch:
            # A fork without an epoch of its own: its checkpoint still has its parent's values.
            values = {name: getattr(info.hyperparameters, name) for name in CHANGEABLE}
        for change in self.changes:
            values |= {
                name: value
                for name, value in change.values.items()
                # The plan may have grown later; other values are those of the epoch after.
                if name == "epochs" or change.epoch == event.epoch + 1
            }
        if self.threads is not None:
            values["threads"] = self.threads
        return build(msgspec.structs.asdict(info.hyperparameters) | values)


def _read_log(session: Session, epochs_of_interest: set[int]) -> _Log:
    log = _Log({}, [])
    for event in LogReader(session.log).read_all():
        if isinstance(event, Epoch):
            if event.epoch in epochs_of_interest:
                log.epochs[event.epoch] = event
        elif isinstance(event, Rewound):
            log.epochs = {n: line for n, line in log.epochs.items() if n <= event.epoch}
        elif isinstance(event, Changed):
            log.changes.append(event)
        elif isinstance(event, Started):
            log.threads, log.checksum = event.threads, event.dataset_checksum
    return log


def _listed(epochs: Sequence[int], at: int) -> str:
    """`epoch 10`, `epochs 5, 10 and 15`; for many, their number and those nearest to `at`."""
    if len(epochs) == 1:
        return f"epoch {epochs[0]}"
    if len(epochs) <= _MAX_NAMED:
        return f"epochs {', '.join(map(str, epochs[:-1]))} and {epochs[-1]}"
    before = [epoch for epoch in epochs if epoch < at][-1:]
    after = [epoch for epoch in epochs if epoch > at][:1]
    nearest = " and ".join(map(str, before + after))
    return f"{len(epochs)} epochs from {epochs[0]} to {epochs[-1]}, the nearest {nearest}"
