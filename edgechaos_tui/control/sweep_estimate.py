"""Estimate of a sweep's time, from epochs of earlier runs or from a short piece that is measured.

An epoch's time is taken to depend on what `pace_of` keeps. Where more settings are varied than are
worth measuring, one takes the time of the nearest batch size.
"""

import math
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from edgechaos_tui.control.launcher import start_engine
from engine.storage import commands, lock
from engine.storage.errors import EdgeChaosError, NewerSchema, SessionError
from engine.storage.host import cores, host_name
from engine.storage.hyperparameters import Hyperparameters
from engine.storage.session import progress
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Epoch, Failed, Started
from engine.storage.session.session import Session, create, list_sessions
from engine.storage.setting import pace_of
from engine.storage.step_size import effective_batch_size
from engine.storage.sweep.plan import jobs_of

_START_SECONDS: Final = 4.0
"""What it takes to load PyTorch and the data: no epoch, but a short run is made of it."""
_MOST_MEASURED: Final = 4
_PIECE_SECONDS: Final = 2.0
_PATIENCE: Final = 60.0
_RECENT: Final = 10
"""Epochs at the end of a run of which the median is taken."""
_MOST_READ: Final = 3
"""Earlier runs of a setting that are read, the newest first."""


@dataclass(frozen=True)
class DurationEstimate:
    """seconds: of wall time for all; each: of training for each run; at_once: runs at a time;
    measured: whether an engine was started to find out."""

    seconds: float
    each: list[float]
    at_once: int
    measured: bool


def known_seconds(root: Path, wanted: set[Hyperparameters]) -> dict[Hyperparameters, float]:
    """Seconds for an epoch by sessions under `root` that this machine trained in `wanted` settings.

    Reads every session.json, and the logs of a few. Raises SessionError for an unreadable folder.
    """
    fitting: dict[Hyperparameters, list[tuple[float, Session]]] = {}
    for session in list_sessions(root):
        try:
            info = session.info()
        except EdgeChaosError:
            continue
        setting = pace_of(info.hyperparameters)
        if setting in wanted:
            fitting.setdefault(setting, []).append((info.created, session))
    found = {}
    for setting, sessions in fitting.items():
        newest = sorted(sessions, key=lambda one: one[0], reverse=True)[:_MOST_READ]
        for _, session in newest:
            seconds = _recent_epoch(session, setting)
            if seconds is not None:
                found[setting] = seconds
                break
    return found


def estimate(
    root: Path,
    several: Sequence[Hyperparameters],
    jobs: int,
    *,
    measure: Callable[[int, int], None] | None = None,
) -> DurationEstimate | None:
    """The time that the runs `several`, `jobs` at a time, will take; None when it is not known.

    With `measure`, what no session tells is measured by engines of its own, some seconds for each
    setting; it is called with how many of how many are done. Raises SessionError.
    """
    one_thread = jobs_of(jobs) > 1
    settings = [pace_of(_as_it_will_run(one, one_thread)) for one in several]
    known = known_seconds(root, set(settings))
    missing = sorted(set(settings) - known.keys(), key=lambda setting: setting.batch_size)
    if missing and measure is not None:
        by_setting = dict(zip(settings, several, strict=True))
        measured_settings = _spread(missing)
        for number, setting in enumerate(measured_settings):
            measure(number, len(measured_settings))
            known[setting] = _measured(_as_it_will_run(by_setting[setting], one_thread))
        measure(len(measured_settings), len(measured_settings))
    if not known:
        return None
    each = [
        _START_SECONDS + one.epochs * _nearest(known, setting)
        for one, setting in zip(several, settings, strict=True)
    ]
    # More at a time than there are cores is no faster.
    at_once = min(jobs_of(jobs), len(several), cores())
    return DurationEstimate(sum(each) / at_once, each, at_once, bool(missing and measure))


def _as_it_will_run(hyperparameters: Hyperparameters, one_thread: bool) -> Hyperparameters:
    if one_thread and not hyperparameters.threads:
        return msgspec.structs.replace(hyperparameters, threads=1)
    return hyperparameters


def _spread(settings: list[Hyperparameters]) -> list[Hyperparameters]:
    """Some of `settings` (by batch size), the smallest and the largest among them."""
    if len(settings) <= _MOST_MEASURED:
        return settings
    step = (len(settings) - 1) / (_MOST_MEASURED - 1)
    return [settings[round(i * step)] for i in range(_MOST_MEASURED)]


def _nearest(known: dict[Hyperparameters, float], setting: Hyperparameters) -> float:
    if setting in known:
        return known[setting]
    nearest = min(known, key=lambda one: abs(math.log(one.batch_size / setting.batch_size)))
    return known[nearest]


def _recent_epoch(session: Session, setting: Hyperparameters) -> float | None:
    """The median of its last epochs' seconds, if this machine trained them in `setting`."""
    seconds: list[float] = []
    here = False
    try:
        for event in LogReader(session.log).read_all():
            if isinstance(event, Started):
                here = event.host == host_name()
            elif isinstance(event, Epoch) and here and event.epoch:
                # Others were trained before or after an edit.
                taken = effective_batch_size(event.batch_size, setting.train_size)
                seconds += [event.seconds] * (taken == setting.batch_size)
    except (NewerSchema, OSError):
        return None
    return statistics.median(seconds[-_RECENT:]) if seconds else None


def _measured(hyperparameters: Hyperparameters) -> float:
    """Seconds for an epoch, by an engine that trains a piece of one in a folder of its own.

    Raises SessionError when it cannot train, with its reason.
    """
    with tempfile.TemporaryDirectory(prefix="edgechaos-measure-") as folder:
        session = create(Path(folder), hyperparameters, "measuring")
        start_engine(session)
        try:
            return _pace(session)
        finally:
            _end(session)


def _pace(session: Session) -> float:
    """Seconds for the epoch under way, by its first seconds; of a shorter one, by its end."""
    deadline = time.monotonic() + _PATIENCE
    reader = LogReader(session.log)
    began: tuple[float, int] | None = None
    now: progress.Progress | None = None
    while time.monotonic() < deadline:
        for event in reader.read_all():
            if isinstance(event, Epoch) and event.epoch:
                return event.seconds
            if isinstance(event, Failed):
                raise SessionError(event.text)
        before, now = now, progress.read(session.progress)
        if now != before:
            # A download may take its time.
            deadline = time.monotonic() + _PATIENCE
        if now is not None and now.stage == "training" and now.epoch:
            if began is None:
                began = time.monotonic(), now.done
            elapsed, done = time.monotonic() - began[0], now.done - began[1]
            if elapsed > _PIECE_SECONDS and done:
                return elapsed / done * now.total
        if not lock.is_held(session.lock):
            break
        time.sleep(0.02)
    raise SessionError("the time of an epoch could not be measured: no engine came to train one")


def _end(session: Session) -> None:
    """Stop the engine, and wait until it has left the folder."""
    holder = lock.holder(session.lock)
    if holder is not None:
        commands.send(
            session.commands, commands.Stop(id=commands.new_id(), incarnation=holder.incarnation)
        )
    deadline = time.monotonic() + _PATIENCE
    while lock.is_held(session.lock) and time.monotonic() < deadline:
        time.sleep(0.02)
