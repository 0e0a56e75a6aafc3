"""The training of one session: data, device, threads, the run loop and its end."""

import os
import sys
import traceback
from collections.abc import Callable, Generator
from functools import partial
from typing import Final

import msgspec
import torch

from engine.data import datasets
from engine.data.datasets import Dataset, KnownData
from engine.runtime.clock import Clock
from engine.runtime.command_queue import CommandQueue
from engine.runtime.control import Control, check_for_end
from engine.runtime.log_writer import EventRecorder
from engine.runtime.machine import MachineMonitor
from engine.runtime.progress_meter import ProgressMeter
from engine.runtime.resume import ResumePoint, edits_of_fork, refuse_rootless
from engine.runtime.run_progress import RunProgress
from engine.runtime.signals import EndRequested, Signals
from engine.storage.errors import EdgeChaosError
from engine.storage.host import boot_id, host_name
from engine.storage.session.events import (
    Diverged,
    EpochTimes,
    Failed,
    Notice,
    Started,
    Stopped,
)
from engine.training import device as machine
from engine.training import threads
from engine.training.checkpointer import Checkpointer
from engine.training.run_group import RunGroup
from engine.training.run_loop import RunLoop, Turn
from engine.training.trainer import NotFinite, Trainer, results_of
from engine.training.twin import TwinTrainer, own_state

_UNUSABLE_CHECKPOINT: Final = "checkpoint.unusable"


class Engine:
    """Trains one session from its resume point to its end.

    With a `run_group` it shares data and steps with the other engines of the process.
    Raises OSError when the log cannot be opened.
    """

    def __init__(
        self,
        point: ResumePoint,
        signals: Signals,
        meter: ProgressMeter,
        run_group: RunGroup | None = None,
    ) -> None:
        history = point.history
        late = None
        if point.checkpoint and point.checkpoint.epoch > history.last_epoch:
            # Killed between checkpoint and line, or a fork that begins.
            late = point.checkpoint.event
            history.add(late)
        edits = edits_of_fork(point)
        if edits:
            history.add(edits)
        self._point = point
        self._run_group = run_group
        self._signals = signals
        self._meter = meter
        self._hyperparameters = msgspec.structs.replace(
            point.info.hyperparameters, **history.next_values
        )
        self._clock = Clock(history.t, history.elapsed)
        self._progress = RunProgress(self._hyperparameters, done=max(history.last_epoch, 0))
        queue = CommandQueue(point.session.commands, point.incarnation, history)
        self._recorder = EventRecorder(
            point.session.log, self._clock, self._progress, partial(check_for_end, signals, queue)
        )
        for event in (late, edits):
            if event:
                self._recorder.append(event, sync=True)
        self._checkpointer = Checkpointer(point.session, point.info.id, self._recorder, self._clock)
        self._control = Control(
            queue,
            self._recorder,
            self._clock,
            signals,
            self._progress,
            self._checkpointer.save,
            self._keep_before_edit,
        )

    def turns(self) -> Generator[Turn, None, int]:
        """Train to the end, a stop or a failure, and log which; return the exit status.

        A turn is one batch, so that the engines of several runs can alternate in one process.
        """
        try:
            yield from self._run_loop().turns()
        except EndRequested as ending:
            reason = str(ending)
            return self._end(0, Stopped(**self._place(), reason=reason), reason)
        except NotFinite as error:
            self._progress.done = error.epoch
            text = self._why_diverged(error.epoch)
            return self._end(0, Diverged(**self._place(), text=text), text)
        except EdgeChaosError as error:
            text = str(error)
            return self._end(1, Failed(**self._place(), text=text), text)
        except Exception as error:  # noqa: BLE001 - the log must tell of any error
            text = f"{type(error).__name__}: {error}"
            failed = Failed(**self._place(), text=text, traceback=traceback.format_exc())
            return self._end(1, failed, text)
        finally:
            self._recorder.close()
        return 0

    def _place(self) -> EpochTimes:
        return EpochTimes(**self._recorder.now(), epoch=self._progress.done)

    def _end(self, status: int, end: Stopped | Diverged | Failed, message: str) -> int:
        """Save the last boundary and log `end`; return the exit status.

        A signal ends the wait for disk space. Each step may fail alone; `message` goes to stderr,
        which is engine.log, when the log cannot be written.
        """
        self._recorder.patient = not self._signals.reason
        steps: tuple[Callable[[], object], ...] = (
            lambda: self._control.refuse_pending("the run ended before the next epoch"),
            self._checkpointer.save,
            lambda: self._recorder.append(
                msgspec.structs.replace(end, **self._recorder.now()), sync=True
            ),
        )
        for step in steps:
            try:
                step()
            except EndRequested:
                status = 1
            except OSError as error:
                status = 1
                name = self._point.session.name
                print(f"{name}: cannot write: {error}", file=sys.stderr)
                print(f"{name}: {message}", file=sys.stderr)
        return status

    def _notice(self, text: str) -> None:
        self._recorder.append(Notice(**self._recorder.now(), text=text))

    def _keep_before_edit(self) -> None:
        """Save a snapshot to fork from without the edit; if that fails, log a notice."""
        try:
            self._checkpointer.save_before_edit()
        except OSError as error:
            why = f"the epoch before this edit cannot be saved to fork from: {error.strerror}"
            self._notice(why)

    def _run_loop(self) -> RunLoop:
        dataset = self._load()
        last_started = self._point.history.last_started
        device = machine.device_for(
            self._hyperparameters.device, last_started.device if last_started else None
        )
        if self._run_group:
            dataset = self._run_group.on(device, dataset)
        note = self._set_threads(device, len(dataset.train_labels))
        # Steps of deeper networks are each run's own: only the paper's can be stacked.
        stacked = self._run_group if self._hyperparameters.model == "paper" else None
        put_off = stacked.put_off if stacked else None
        epsilon = self._epsilon
        trainer = (
            Trainer(self._hyperparameters, dataset, device, put_off=put_off)
            if epsilon is None
            else TwinTrainer(self._hyperparameters, dataset, device, epsilon)
        )
        self._restore(trainer)
        monitor = MachineMonitor()
        self._recorder.append(
            Started(
                **self._recorder.now(),
                incarnation=self._point.incarnation,
                host=host_name(),
                boot_id=boot_id(),
                pid=os.getpid(),
                versions=machine.versions(),
                device=machine.describe(device, self._run_group.runs if self._run_group else 1),
                threads=torch.get_num_threads(),
                dataset=dataset.name,
                dataset_checksum=dataset.checksum,
                train_size=len(dataset.train_labels),
                test_size=len(dataset.test_labels),
                hyperparameters=msgspec.to_builtins(self._hyperparameters),
                from_epoch=self._progress.done,
                machine=monitor.machine,
            ),
            sync=True,
        )
        moved = machine.moved(last_started.device, device) if last_started else ""
        for text in (note, moved, self._retraining(trainer.epoch)):
            if text:
                self._notice(text)
        return RunLoop(
            self._point.history,
            trainer,
            self._recorder,
            self._clock,
            self._control,
            self._progress,
            self._meter,
            self._checkpointer,
            monitor,
            parent.edits if (parent := self._point.info.parent) else (),
        )

    def _load(self) -> Dataset:
        """Load the data, with a notice when a download begins and when it ends."""
        downloading = False

        def report(stage: str, done: int, total: int) -> None:
            nonlocal downloading
            if stage == "downloading" and not downloading:
                downloading = True
                size = f" ({total / 1e6:.0f} MB)" if total else ""
                self._notice(f"downloading {name}{size}")
            self._meter.show(stage, self._progress.done, done, total)
            self._control.poll()

        name = self._hyperparameters.dataset
        self._signals.check()
        self._signals.eager = True
        try:
            load = self._run_group.load if self._run_group else datasets.load
            dataset = load(self._point.info.hyperparameters, report, self._known_data())
        finally:
            self._signals.eager = False
        if downloading:
            self._notice(f"{name} is downloaded and checked")
        previous_dir = self._hyperparameters.data_dir
        if dataset.data_dir != previous_dir and self._point.history.first_started:
            self._hyperparameters = msgspec.structs.replace(
                self._hyperparameters, data_dir=dataset.data_dir
            )
            data_dir = dataset.data_dir or "the cache folder"
            self._notice(
                f"the data set is now read from {data_dir}; before, it was in {previous_dir}"
            )
        return dataset

    def _known_data(self) -> KnownData | None:
        """The data set of earlier epochs, of this log or of a new fork's parent; None for none."""
        first, parent = self._point.history.first_started, self._point.info.parent
        checksum = first.dataset_checksum if first else parent.dataset_checksum if parent else ""
        return KnownData(checksum, self._point.data_dir) if checksum else None

    def _set_threads(self, device: torch.device, train_size: int) -> str:
        """Use the requested threads, else the last start's, else measure; return a notice."""
        count = self._hyperparameters.threads
        last_started = self._point.history.last_started
        note = ""
        if not count and last_started and last_started.device.split()[:1] == [device.type]:
            count = last_started.threads
        elif not count and device.type != "cpu":
            count = 1
        elif not count:
            self._meter.show("measuring threads", self._progress.done, 0, 1)
            rates = threads.measure(self._hyperparameters, train_size)
            count = threads.choose(rates)
            note = threads.describe(count, rates)
        torch.set_num_threads(count)
        return note

    @property
    def _epsilon(self) -> float | None:
        """ε of a twin; None for any other run."""
        parent = self._point.info.parent
        return parent.epsilon if parent else None

    @property
    def _begins(self) -> int:
        """The epoch after which a fork began."""
        parent = self._point.info.parent
        return parent.epoch if parent else -1

    def _restore(self, trainer: Trainer) -> None:
        """Restore `trainer` from the checkpoint; rename an unusable one, with a notice."""
        checkpoint = self._point.checkpoint
        if checkpoint:
            tensors = {name: torch.from_numpy(array) for name, array in checkpoint.tensors.items()}
            if self._epsilon is None or checkpoint.epoch == self._begins:
                tensors = own_state(tensors)
            try:
                trainer.restore(tensors, results_of(checkpoint.event))
            except ValueError as error:
                refuse_rootless(self._point, str(error))
                self._point.without_checkpoint(str(error))
            else:
                # An edit may come before the next boundary.
                self._checkpointer.keep(checkpoint.event, trainer.state, saved=True)
        if self._point.problem:
            path = self._point.session.checkpoint
            self._recorder.with_room(lambda: os.replace(path, path.with_name(_UNUSABLE_CHECKPOINT)))
            self._notice(f"the checkpoint cannot be used and is renamed: {self._point.problem}")

    def _retraining(self, epoch: int) -> str:
        last = self._point.history.last_epoch
        if epoch >= last:
            return ""
        return (
            f"training again from epoch {max(epoch, 0)} to {last}, where the log ends, "
            "to continue from there"
        )

    def _why_diverged(self, epoch: int) -> str:
        h = self._progress.hyperparameters
        return (
            f"the loss is not finite in epoch {epoch}, at lr {h.lr:g}, momentum {h.momentum:g}, "
            f"batch size {h.batch_size}, λ {h.l2:g}"
        )
