"""The session that a user's loop writes to: a new one, or an unfinished one to resume."""

import contextlib
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from engine.runtime import history as histories
from engine.runtime.history import History
from engine.storage import names
from engine.storage.commands import new_id
from engine.storage.errors import EdgeChaosError, SessionError
from engine.storage.host import boot_id, host_name
from engine.storage.lock import EngineLock, Holder, is_held
from engine.storage.session.events import RECORDED_FORMAT, Started, Times
from engine.storage.session.info import RecordedInfo
from engine.storage.session.machine import Machine
from engine.storage.session.recorded import RecordedHyperparameters, from_config
from engine.storage.session.session import Session, create

_MAX_SAME_NAME = 1000


class OpenSession:
    """A locked session: its folder, its info, the history in its log, and this writer's id."""

    def __init__(self, session: Session) -> None:
        self.incarnation = new_id()
        holder = Holder(
            incarnation=self.incarnation, pid=os.getpid(), host=host_name(), boot_id=boot_id()
        )
        session.lock.touch(mode=0o600)
        self.lock = EngineLock(session.lock, holder)
        self.session = session
        try:
            self.info = session.info()
            self.history: History = histories.read(
                session.log, self.info.hyperparameters, keep_from=sys.maxsize
            )
        except BaseException:
            self.lock.release()
            raise

    def started(self, now: Times, *, from_epoch: int, machine: Machine | None = None) -> Started:
        """The event with which this process begins to write, after epoch `from_epoch`."""
        hyperparameters = self.info.hyperparameters
        assert isinstance(hyperparameters, RecordedHyperparameters)
        return Started(
            **now,
            incarnation=self.incarnation,
            schema=RECORDED_FORMAT,
            host=host_name(),
            boot_id=boot_id(),
            pid=os.getpid(),
            versions=versions(),
            device="",
            threads=0,
            dataset=hyperparameters.dataset,
            dataset_checksum="",
            train_size=max(hyperparameters.train_size, 0),
            test_size=0,
            hyperparameters=hyperparameters.config,
            from_epoch=from_epoch,
            machine=machine,
        )


def open_session(
    root: Path, name: str, config: Mapping[str, str | int | float], *, resume: bool
) -> OpenSession:
    """A new session called `name`, with a number where that exists; with `resume` the last
    unfinished one of that name and config.

    Raises InvalidName, SessionError and OSError.
    """
    names.check_name(name)
    if resume:
        for session in reversed(list(_sessions_named(root, name))):
            resumed = _resumable(session, config)
            if resumed is not None:
                return resumed
    hyperparameters = from_config(config)
    for candidate in _candidates(name):
        if not (root / candidate).exists():
            try:
                return OpenSession(create(root, hyperparameters, candidate))
            except SessionError:
                if not (root / candidate).exists():
                    raise
    raise SessionError(f"there are too many sessions called {name} in {root}")


def _candidates(name: str) -> Iterator[str]:
    yield name
    for number in range(2, _MAX_SAME_NAME):
        yield f"{name[:60]}-{number}"


def _sessions_named(root: Path, name: str) -> Iterator[Session]:
    for candidate in _candidates(name):
        session = Session(root / candidate)
        if not session.folder.is_dir():
            return
        yield session


def _resumable(session: Session, config: Mapping[str, str | int | float]) -> OpenSession | None:
    try:
        info = session.info()
        if not isinstance(info, RecordedInfo) or info.hyperparameters.config != dict(config):
            return None
        if is_held(session.lock):
            return None
        place = OpenSession(session)
    except (EdgeChaosError, OSError):
        return None
    if place.history.ended is not None:
        place.lock.release()
        return None
    return place


def versions() -> dict[str, str]:
    """The versions of Python, of the product, and of the frameworks that the program imported."""
    versions_by_name = {"python": platform.python_version()}
    with contextlib.suppress(metadata.PackageNotFoundError):
        versions_by_name["edgechaos-tui"] = metadata.version("edgechaos-tui")
    for package in ("torch", "lightning", "transformers", "keras"):
        if package in sys.modules:
            versions_by_name[package] = str(getattr(sys.modules[package], "__version__", ""))
    return versions_by_name
