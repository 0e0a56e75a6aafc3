"""The state from which an engine resumes a session, read without torch, which imports slowly."""

import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from engine.runtime import checkpoint as checkpoints
from engine.runtime import history as histories
from engine.runtime.checkpoint import Checkpoint
from engine.runtime.clock import Clock
from engine.runtime.command_queue import wants_extension
from engine.runtime.history import History
from engine.runtime.log_writer import EventRecorder
from engine.runtime.run_progress import RunProgress
from engine.storage.errors import CheckpointError, EdgeChaosError, HyperparameterError
from engine.storage.files import drop_temporaries
from engine.storage.fork import snapshots
from engine.storage.hyperparameters import CHANGEABLE, OF_MACHINE, PARAMETERS, Value
from engine.storage.session.events import Changed, Diverged, Failed, Finished
from engine.storage.session.info import Info
from engine.storage.session.session import Session


class NothingToResume(EdgeChaosError):
    """The run has ended for good; the message is a sentence for the user."""


@dataclass
class ResumePoint:
    """The log of a session, and its checkpoint unless `problem` says why it is unusable.

    data_dir: the data folder named for this start, or "".
    """

    session: Session
    info: Info
    incarnation: str
    history: History
    checkpoint: Checkpoint | None
    problem: str = ""
    data_dir: str = ""

    def without_checkpoint(self, problem: str) -> None:
        """Restart from epoch 0, and read the whole log to compare with."""
        self.checkpoint = None
        self.problem = problem
        self.history = histories.read(self.session.log, self.info.hyperparameters)


def _begin_from_snapshot(point: ResumePoint) -> None:
    """Use the last snapshot that fits the log as the checkpoint, if there is one."""
    session, history = point.session, point.history
    for epoch in reversed(snapshots.epochs_kept(session)):
        try:
            snapshot = checkpoints.load(snapshots.path_of(session, epoch))
        except CheckpointError:
            continue
        logged = history.epochs.get(epoch)
        if (
            snapshot
            and logged
            and snapshot.epoch == epoch
            and not _misfit(snapshot, point.info, history)
        ):
            point.checkpoint = snapshot
            return
    point.history = histories.read(session.log, point.info.hyperparameters)


@dataclass(frozen=True)
class SiteChoice:
    """The data folder and the device requested for this start; "" where none is."""

    data_dir: str = ""
    device: str = ""


def read_point(
    session: Session, info: Info, incarnation: str, site: SiteChoice | None = None
) -> ResumePoint:
    """Read the log and the checkpoint of `session`. Changes neither.

    Without a `site` the run resumes on the device and the data folder where it last trained.
    Removes temporary files of a killed engine.

    Raises NothingToResume for a run that has ended for good, OSError, and NewerSchema.
    """
    drop_temporaries(session.checkpoint)
    snapshots.drop_temporaries(session)
    checkpoint: Checkpoint | None = None
    problem = ""
    try:
        checkpoint = checkpoints.load(session.checkpoint)
    except CheckpointError as error:
        problem = str(error)
    keep_from = checkpoint.epoch if checkpoint else min(snapshots.epochs_kept(session), default=0)
    history = histories.read(session.log, info.hyperparameters, keep_from)
    site = site or SiteChoice()
    info = _at_site(info, history, site)
    point = ResumePoint(session, info, incarnation, history, checkpoint, problem, site.data_dir)
    _refuse_ended(point)
    if checkpoint and (misfit := _misfit(checkpoint, info, history)):
        point.without_checkpoint(misfit)
    if point.checkpoint is None:
        _begin_from_snapshot(point)
    if point.checkpoint is None:
        refuse_rootless(point, point.problem or "it is gone")
    return point


def _at_site(info: Info, history: History, site: SiteChoice) -> Info:
    """`info` with the device and the data folder of `site`, or those of the last start."""
    hyperparameters, last = info.hyperparameters, history.last_started
    recorded = last.hyperparameters if last and last.hyperparameters else {}
    places: dict[str, Value] = {}
    for name in OF_MACHINE:
        with suppress(HyperparameterError):
            places[name] = PARAMETERS[name].check(
                recorded.get(name) or getattr(hyperparameters, name)
            )
    if site.device:
        places["device"] = PARAMETERS["device"].check(site.device)
    if site.data_dir and last is None and info.parent is None:
        places["data_dir"] = site.data_dir
    return msgspec.structs.replace(
        info,
        hyperparameters=msgspec.structs.replace(hyperparameters, **places),
    )


def refuse_rootless(point: ResumePoint, problem: str) -> None:
    """Raise NothingToResume for a fork, whose training cannot restart without its checkpoint.

    problem: what is wrong with the checkpoint.
    """
    parent = point.info.parent
    if parent is not None:
        raise NothingToResume(
            f"{point.session.name} is a fork and its checkpoint cannot be used: {problem}; "
            f"fork {parent.name} again"
        )


def edits_of_fork(point: ResumePoint) -> Changed | None:
    """The changes of a new fork to its parent's hyperparameters, to be logged; None for none."""
    history, info = point.history, point.info
    begins = info.parent is not None and history.first_started is None
    epoch = history.last_epoch + 1
    if not begins or epoch in history.changes:
        return None
    requested = {name: getattr(info.hyperparameters, name) for name in CHANGEABLE}
    values = {name: value for name, value in requested.items() if value != history.values[name]}
    if not values:
        return None
    previous = {name: history.values[name] for name in values}
    return Changed(
        t=history.t, elapsed=history.elapsed, epoch=epoch, values=values, previous=previous
    )


def log_failure(point: ResumePoint, error: Exception, check: Callable[[], None]) -> None:
    """Log that the engine cannot be loaded."""
    history = point.history
    progress = RunProgress(point.info.hyperparameters, done=max(history.last_epoch, 0))
    clock = Clock(history.t, history.elapsed)
    recorder = EventRecorder(point.session.log, clock, progress, check)
    try:
        recorder.append(
            Failed(
                **recorder.now(),
                epoch=progress.done,
                text=f"the engine cannot be loaded: {type(error).__name__}: {error}",
                traceback="".join(traceback.format_exception(error)),
            ),
            sync=True,
        )
    finally:
        recorder.close()


def _refuse_ended(point: ResumePoint) -> None:
    ended = point.history.ended
    name = point.session.name
    if isinstance(ended, Diverged):
        raise NothingToResume(
            f"{name} diverged in epoch {ended.epoch}; begin a new run with other values"
        )
    if isinstance(ended, Finished) and not wants_extension(
        point.session.commands, point.incarnation, point.history
    ):
        raise NothingToResume(
            f"{name} finished after epoch {ended.epoch}; "
            f"`edgechaos-tui extend {name} EPOCHS` trains it for longer"
        )


def _misfit(checkpoint: Checkpoint, info: Info, history: History) -> str:
    """Why the checkpoint does not belong to this log; empty when it does."""
    if checkpoint.session != info.id:
        return "it belongs to another session"
    begins = info.parent is not None and history.last_epoch < 0
    if checkpoint.epoch > history.last_epoch + 1 and not begins:
        return f"it is of epoch {checkpoint.epoch}, and the log ends at epoch {history.last_epoch}"
    logged = history.epochs.get(checkpoint.epoch)
    if logged and not histories.same_metrics(logged, checkpoint.event):
        return f"its epoch {checkpoint.epoch} is not the log's"
    return ""
