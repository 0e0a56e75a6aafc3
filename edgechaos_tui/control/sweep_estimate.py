"""Estimates of a sweep's duration, from earlier runs or from a short measurement.

The time of an epoch is assumed to depend only on the fields that `pace_of` leaves. With more
settings than are worth measuring, a setting takes the time of the nearest batch size.
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
from edgechaos_tui.presentation.selection import evenly_spread
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
"""The time to load PyTorch and the data, which dominates short runs."""
_MOST_MEASURED: Final = 4
_PIECE_SECONDS: Final = 2.0
_PATIENCE: Final = 60.0
_RECENT: Final = 10
"""Epochs at the end of a run over whose times the median is taken."""
_MOST_READ: Final = 3
"""The most earlier runs of a setting that are read, the newest first."""


@dataclass(frozen=True)
class DurationEstimate:
    """The estimated duration of several runs.

    seconds: wall time of all runs; each: seconds of training of each run; at_once: runs at a time;
    measured: whether an engine was started to measure an epoch.
    """

    seconds: float
    each: list[float]
    at_once: int
    measured: bool


def known_seconds(root: Path, wanted: set[Hyperparameters]) -> dict[Hyperparameters, float]:
    """The seconds per epoch of each setting in `wanted` that this machine trained under `root`.

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
    seconds_by_setting = {}
    for setting, sessions in fitting.items():
        newest = sorted(sessions, key=lambda pair: pair[0], reverse=True)[:_MOST_READ]
        for _, session in newest:
            seconds = _recent_epoch(session, setting)
            if seconds is not None:
                seconds_by_setting[setting] = seconds
                break
    return seconds_by_setting


def estimate(
    root: Path,
    runs: Sequence[Hyperparameters],
    jobs: int,
    *,
    measure: Callable[[int, int], None] | None = None,
) -> DurationEstimate | None:
    """The duration of `runs`, trained `jobs` at a time (0: one per core); None when unknown.

    With `measure`, settings that no session has are measured by engines of their own, a few seconds
    each; it is called with the number of settings done, and of all. Raises SessionError.
    """
    one_thread = jobs_of(jobs) > 1
    settings = [pace_of(_as_it_will_run(run, one_thread)) for run in runs]
    seconds_by_setting = known_seconds(root, set(settings))
    unknown = sorted(
        set(settings) - seconds_by_setting.keys(), key=lambda setting: setting.batch_size
    )
    if unknown and measure is not None:
        by_setting = dict(zip(settings, runs, strict=True))
        measured_settings = evenly_spread(unknown, _MOST_MEASURED)
        for number, setting in enumerate(measured_settings):
            measure(number, len(measured_settings))
            seconds_by_setting[setting] = _measured(
                _as_it_will_run(by_setting[setting], one_thread)
            )
        measure(len(measured_settings), len(measured_settings))
    if not seconds_by_setting:
        return None
    seconds_each = [
        _START_SECONDS + run.epochs * _nearest(seconds_by_setting, setting)
        for run, setting in zip(runs, settings, strict=True)
    ]
    # More runs at a time than cores are no faster.
    at_once = min(jobs_of(jobs), len(runs), cores())
    return DurationEstimate(
        sum(seconds_each) / at_once, seconds_each, at_once, bool(unknown and measure)
    )


def _as_it_will_run(hyperparameters: Hyperparameters, one_thread: bool) -> Hyperparameters:
    if one_thread and not hyperparameters.threads:
        return msgspec.structs.replace(hyperparameters, threads=1)
    return hyperparameters


def _nearest(seconds_by_setting: dict[Hyperparameters, float], setting: Hyperparameters) -> float:
    if setting in seconds_by_setting:
        return seconds_by_setting[setting]
    nearest = min(
        seconds_by_setting, key=lambda other: abs(math.log(other.batch_size / setting.batch_size))
    )
    return seconds_by_setting[nearest]


def _recent_epoch(session: Session, setting: Hyperparameters) -> float | None:
    """The median time of the session's last epochs in `setting` on this machine; None for none."""
    seconds: list[float] = []
    on_this_machine = False
    try:
        for event in LogReader(session.log).read_all():
            if isinstance(event, Started):
                on_this_machine = event.host == host_name()
            elif isinstance(event, Epoch) and on_this_machine and event.epoch:
                # An edit may have changed the batch size: such epochs do not count.
                batch_size = effective_batch_size(event.batch_size, setting.train_size)
                seconds += [event.seconds] * (batch_size == setting.batch_size)
    except (NewerSchema, OSError):
        return None
    return statistics.median(seconds[-_RECENT:]) if seconds else None


def _measured(hyperparameters: Hyperparameters) -> float:
    """The seconds per epoch, measured by an engine that trains part of one in a temporary folder.

    Raises SessionError with the reason when it cannot train.
    """
    with tempfile.TemporaryDirectory(prefix="edgechaos-measure-") as folder:
        session = create(Path(folder), hyperparameters, "measuring")
        start_engine(session)
        try:
            return _pace(session)
        finally:
            _end(session)


def _pace(session: Session) -> float:
    """The seconds of the first epoch: extrapolated from its first two, or its own if shorter."""
    deadline = time.monotonic() + _PATIENCE
    reader = LogReader(session.log)
    began: tuple[float, int] | None = None
    current: progress.Progress | None = None
    while time.monotonic() < deadline:
        for event in reader.read_all():
            if isinstance(event, Epoch) and event.epoch:
                return event.seconds
            if isinstance(event, Failed):
                raise SessionError(event.text)
        previous, current = current, progress.read(session.progress)
        if current != previous:
            # A download may take longer.
            deadline = time.monotonic() + _PATIENCE
        if current is not None and current.stage == "training" and current.epoch:
            if began is None:
                began = time.monotonic(), current.done
            elapsed, done = time.monotonic() - began[0], current.done - began[1]
            if elapsed > _PIECE_SECONDS and done:
                return elapsed / done * current.total
        if not lock.is_held(session.lock):
            break
        time.sleep(0.02)
    raise SessionError("the time of an epoch could not be measured: the engine trained none")


def _end(session: Session) -> None:
    """Stop the engine, and wait until it has released the folder."""
    holder = lock.holder(session.lock)
    if holder is not None:
        commands.send(
            session.commands, commands.Stop(id=commands.new_id(), incarnation=holder.incarnation)
        )
    deadline = time.monotonic() + _PATIENCE
    while lock.is_held(session.lock) and time.monotonic() < deadline:
        time.sleep(0.02)
