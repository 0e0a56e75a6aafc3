"""The loop over the epochs of a run, from its checkpoint to its last epoch."""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

import msgspec

from engine.runtime.clock import Clock
from engine.runtime.control import Control
from engine.runtime.history import History, same_metrics, values_of
from engine.runtime.holding import HOLDING, adjustment
from engine.runtime.log_writer import EventRecorder
from engine.runtime.machine import MachineMonitor
from engine.runtime.progress_meter import ProgressMeter
from engine.runtime.run_progress import RunProgress
from engine.storage.hyperparameters import CHANGEABLE
from engine.storage.session.events import Epoch, Finished, Notice, Rewound
from engine.storage.session.info import PlannedEdit
from engine.training.checkpointer import Checkpointer
from engine.training.trainer import Trainer


class Turn(Enum):
    """The result of a turn of a run."""

    STEPPED = "a batch, or a block of evaluation"
    WAITED = "nothing: it is paused"


class RunLoop:
    """Trains, logs and saves until the run is over.

    Epochs that the log already has are trained again with the values recorded for them and
    compared; only new epochs are appended. planned: edits that a fork repeats.
    """

    def __init__(
        self,
        history: History,
        trainer: Trainer,
        recorder: EventRecorder,
        clock: Clock,
        control: Control,
        progress: RunProgress,
        meter: ProgressMeter,
        checkpointer: Checkpointer,
        monitor: MachineMonitor,
        planned: Sequence[PlannedEdit] = (),
    ) -> None:
        self._planned = {edit.epoch: edit.values for edit in planned}
        self._history = history
        self._monitor = monitor
        self._checkpointer = checkpointer
        self._trainer = trainer
        self._recorder = recorder
        self._clock = clock
        self._control = control
        self._progress = progress
        self._meter = meter

    def turns(self) -> Iterator[Turn]:
        """Train to the last epoch, one batch a turn, and log the end.

        Raises EndRequested, NotFinite and OSError; the checkpointer can still save then.
        """
        yield from self._enter_next_epoch()
        while self._trainer.epoch < self._trainer.hyperparameters.epochs:
            yield from self._train_epoch()
            yield from self._enter_next_epoch()
        self._checkpointer.save()
        self._recorder.append(
            Finished(**self._recorder.now(), epoch=self._trainer.epoch), sync=True
        )

    def _handle_commands(self) -> Iterator[Turn]:
        """Handle new commands; while the run is paused, wait one turn at a time."""
        if not self._control.poll():
            return
        with self._clock.halted():
            while self._control.poll():
                yield Turn.WAITED
        self._meter.restart()
        self._monitor.restart()

    def _train_epoch(self) -> Iterator[Turn]:
        epoch = self._trainer.epoch + 1
        self._clock.work(counting=epoch > self._history.last_epoch)
        begin = self._clock.busy()
        for step in self._trainer.steps():
            self._monitor.look()
            self._meter.machine = self._monitor.latest
            self._meter.show(step.stage, epoch, step.done, step.total)
            yield Turn.STEPPED
            yield from self._handle_commands()
        self._at_boundary(self._clock.busy() - begin)

    def _at_boundary(self, seconds: float) -> None:
        """Write the checkpoint before the epoch's line, so that a crash loses no epoch."""
        epoch = self._trainer.epoch
        event = self._event(seconds)
        logged = self._history.epochs.get(epoch)
        is_new = epoch > self._history.last_epoch
        if logged and not same_metrics(logged, event):
            self._rewind(epoch)
            is_new = True
        boundary_event = event if is_new or logged is None else logged
        self._checkpointer.keep(boundary_event, self._trainer.state)
        # Before the checkpoint: a run that resumes from it does not pass here again.
        self._checkpointer.save_snapshot(anew=is_new)
        self._checkpointer.save_when_due()
        if is_new:
            self._recorder.append(event, sync=True)
            self._progress.done = epoch

    def _event(self, seconds: float) -> Epoch:
        assert self._trainer.results is not None
        values: dict[str, Any] = {
            name: getattr(self._trainer.hyperparameters, name) for name in CHANGEABLE
        }
        return Epoch(
            t=self._clock.t(),
            elapsed=self._clock.elapsed(),
            seconds=seconds,
            **vars(self._trainer.results),
            **values | self._monitor.summary(),
        )

    def _rewind(self, epoch: int) -> None:
        event = Rewound(
            **self._recorder.now(),
            epoch=epoch - 1,
            reason=f"training again gives other results from epoch {epoch} on",
        )
        self._recorder.append(event)
        self._history.add(event)
        self._clock.work(counting=True)

    def _enter_next_epoch(self) -> Iterator[Turn]:
        """Put in force the values logged for the next epoch, or those requested for it."""
        history, trainer = self._history, self._trainer
        epoch = trainer.epoch + 1
        self._progress.under_way = epoch
        yield from self._handle_commands()
        values: dict[str, int | float] = {}
        logged: dict[str, int | float] = {}
        if epoch <= history.last_epoch:
            if epoch in history.epochs:
                values = values_of(history.epochs[epoch])
        else:
            if trainer.epoch == history.last_epoch:
                values |= history.values
            logged = history.changes.pop(epoch, {})
            values |= logged
        self._use(values)
        if epoch > history.last_epoch:
            self._repeat(epoch, logged)
            self._use(self._control.boundary())
            self._hold_j2()

    def _repeat(self, epoch: int, logged: dict[str, int | float]) -> None:
        """Repeat the parent's edit of `epoch`, but for what of it was logged before a crash."""
        planned = self._planned.get(epoch, {})
        values = {name: value for name, value in planned.items() if name not in logged}
        if values and epoch <= self._trainer.hyperparameters.epochs:
            self._use(self._control.repeat(values))

    def _hold_j2(self) -> None:
        """Set λ for the next epoch where J² is held."""
        trainer = self._trainer
        if trainer.results is None or trainer.epoch >= trainer.hyperparameters.epochs:
            return
        change = adjustment(trainer.hyperparameters, trainer.results)
        if change.values:
            self._control.change(change.values, by=HOLDING)
            self._use(change.values)
        if change.reason:
            self._recorder.append(Notice(**self._recorder.now(), text=change.reason))

    def _use(self, values: dict[str, int | float]) -> None:
        self._trainer.set(values)
        self._progress.hyperparameters = msgspec.structs.replace(self._trainer.hyperparameters)
