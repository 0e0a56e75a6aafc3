"""The state of a session when an engine takes it. Without torch, which takes seconds to import."""

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
from engine.storage.session.session import Info, Session


class NothingToResume(EdgeChaosError):
    """The run has ended for good; the message is a sentence for the user."""


@dataclass
class ResumePoint:
    """A session as found: its log, and its checkpoint unless `problem` says why it is no use.

    data_dir: the folder of the data that was named now, or "".
    """

    session: Session
    info: Info
    incarnation: str
    history: History
    checkpoint: Checkpoint | None
    problem: str = ""
    data_dir: str = ""

    def without_checkpoint(self, problem: str) -> None:
        """Fall back on epoch 0: the log is read again whole, to compare with."""
        self.checkpoint = None
        self.problem = problem
        self.history = histories.read(self.session.log, self.info.hyperparameters)


def _begin_from_snapshot(taken: ResumePoint) -> None:
    """Take the last snapshot that belongs to the log in the checkpoint's place, if there is one."""
    session, history = taken.session, taken.history
    for epoch in reversed(snapshots.epochs_kept(session)):
        try:
            found = checkpoints.load(snapshots.path_of(session, epoch))
        except CheckpointError:
            continue
        logged = history.epochs.get(epoch)
        if found and logged and found.epoch == epoch and not _misfit(found, taken.info, history):
            taken.checkpoint = found
            return
    taken.history = histories.read(session.log, taken.info.hyperparameters)


@dataclass(frozen=True)
class SiteChoice:
    """Where a run is to go on, as far as it was said now: a folder with its data, a device."""

    data_dir: str = ""
    device: str = ""


def look(
    session: Session, info: Info, incarnation: str, site: SiteChoice | None = None
) -> ResumePoint:
    """Read the log and the checkpoint of `session`. Changes nothing of either.

    Where it was not said now, the run goes on where it last trained.

    What an engine that was killed left of checkpoints half written is removed.

    Raises NothingToResume for a run that has ended for good, OSError, and NewerSchema.
    """
    drop_temporaries(session.checkpoint)
    snapshots.drop_temporaries(session)
    found: Checkpoint | None = None
    problem = ""
    try:
        found = checkpoints.load(session.checkpoint)
    except CheckpointError as error:
        problem = str(error)
    keep_from = found.epoch if found else min(snapshots.epochs_kept(session), default=0)
    history = histories.read(session.log, info.hyperparameters, keep_from)
    site = site or SiteChoice()
    info = _at_site(info, history, site)
    taken = ResumePoint(session, info, incarnation, history, found, problem, site.data_dir)
    _refuse_ended(taken)
    if found and (misfit := _misfit(found, info, history)):
        taken.without_checkpoint(misfit)
    if taken.checkpoint is None:
        _begin_from_snapshot(taken)
    if taken.checkpoint is None:
        refuse_rootless(taken, taken.problem or "it is gone")
    return taken


def _at_site(info: Info, history: History, site: SiteChoice) -> Info:
    """`info` with the device of now, and the folder of the data where that is not known better."""
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


def refuse_rootless(taken: ResumePoint, problem: str) -> None:
    """A fork cannot be trained again from the start: that would be another run.

    Raises NothingToResume when the session is one; `problem` says what is wrong with its
    checkpoint.
    """
    parent = taken.info.parent
    if parent is not None:
        raise NothingToResume(
            f"{taken.session.name} is a fork and its checkpoint cannot be used: {problem}; "
            f"fork {parent.name} again"
        )


def edits_of_fork(taken: ResumePoint) -> Changed | None:
    """What a fork that has just begun changes after its parent's last epoch, None for nothing.

    To be logged after that epoch: from then on the log alone says what is in force.
    """
    history, info = taken.history, taken.info
    begins = info.parent is not None and history.first_started is None
    epoch = history.last_epoch + 1
    if not begins or epoch in history.changes:
        return None
    wanted = {name: getattr(info.hyperparameters, name) for name in CHANGEABLE}
    values = {name: value for name, value in wanted.items() if value != history.values[name]}
    if not values:
        return None
    previous = {name: history.values[name] for name in values}
    return Changed(
        t=history.t, elapsed=history.elapsed, epoch=epoch, values=values, previous=previous
    )


def log_failure(taken: ResumePoint, error: Exception, check: Callable[[], None]) -> None:
    """Log that the engine could not even be loaded."""
    history = taken.history
    progress = RunProgress(taken.info.hyperparameters, done=max(history.last_epoch, 0))
    clock = Clock(history.t, history.elapsed)
    recorder = EventRecorder(taken.session.log, clock, progress, check)
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


def _refuse_ended(taken: ResumePoint) -> None:
    ended = taken.history.ended
    name = taken.session.name
    if isinstance(ended, Diverged):
        raise NothingToResume(
            f"{name} diverged in epoch {ended.epoch}; begin a new run with other values"
        )
    if isinstance(ended, Finished) and not wants_extension(
        taken.session.commands, taken.incarnation, taken.history
    ):
        raise NothingToResume(
            f"{name} finished after epoch {ended.epoch}; "
            f"`edgechaos-tui extend {name} EPOCHS` trains on"
        )


def _misfit(found: Checkpoint, info: Info, history: History) -> str:
    """Why the checkpoint does not belong to this log; empty when it does."""
    if found.session != info.id:
        return "it belongs to another session"
    begins = info.parent is not None and history.last_epoch < 0
    if found.epoch > history.last_epoch + 1 and not begins:
        return f"it is of epoch {found.epoch}, and the log ends at epoch {history.last_epoch}"
    logged = history.epochs.get(found.epoch)
    if logged and not histories.same_metrics(logged, found.event):
        return f"its epoch {found.epoch} is not the log's"
    return ""
