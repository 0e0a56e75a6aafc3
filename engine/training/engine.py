"""The engine at work on a session: data, device and threads, the course of the run, its end."""

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

_ASIDE: Final = "checkpoint.unusable"
"""Failures whose message is already a sentence for the user."""


class Engine:
    """The work on one session, from taking it up to its end.

    With an `ensemble` it shares data and steps with the other engines of the process.
    Raises OSError when the log cannot be opened.
    """

    def __init__(
        self,
        taken: ResumePoint,
        signals: Signals,
        meter: ProgressMeter,
        ensemble: RunGroup | None = None,
    ) -> None:
        history = taken.history
        late = None
        if taken.checkpoint and taken.checkpoint.epoch > history.last_epoch:
            # Killed between checkpoint and line, or a fork that begins.
            late = taken.checkpoint.event
            history.take(late)
        edits = edits_of_fork(taken)
        if edits:
            history.take(edits)
        self._taken = taken
        self._ensemble = ensemble
        self._signals = signals
        self._meter = meter
        self._hyperparameters = msgspec.structs.replace(
            taken.info.hyperparameters, **history.next_values
        )
        self._clock = Clock(history.t, history.elapsed)
        self._progress = RunProgress(self._hyperparameters, done=max(history.last_epoch, 0))
        inbox = CommandQueue(taken.session.commands, taken.incarnation, history)
        self._recorder = EventRecorder(
            taken.session.log, self._clock, self._progress, partial(check_for_end, signals, inbox)
        )
        for event in (late, edits):
            if event:
                self._recorder.append(event, sync=True)
        self._checkpointer = Checkpointer(taken.session, taken.info.id, self._recorder, self._clock)
        self._control = Control(
            inbox,
            self._recorder,
            self._clock,
            signals,
            self._progress,
            self._checkpointer.save,
            self._keep_before_edit,
        )

    def turns(self) -> Generator[Turn, None, int]:
        """Train to the end, a stop or a failure, which the log then tells; the exit status.

        A batch a turn, so that the engines of several runs can take turns in one process.
        """
        try:
            yield from self._course().turns()
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
        except Exception as error:  # noqa: BLE001 - whatever it is, the log must say so
            text = f"{type(error).__name__}: {error}"
            failed = Failed(**self._place(), text=text, traceback=traceback.format_exc())
            return self._end(1, failed, text)
        finally:
            self._recorder.close()
        return 0

    def _place(self) -> EpochTimes:
        return EpochTimes(**self._recorder.now(), epoch=self._progress.done)

    def _end(self, status: int, end: Stopped | Diverged | Failed, words: str) -> int:
        """Save the last boundary and log `end`, which says `words`.

        A signal meanwhile ends the waiting for room.
        One of them may fail alone; what the log cannot take is said on stderr, in engine.log.
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
                name = self._taken.session.name
                print(f"{name}: cannot write: {error}", file=sys.stderr)
                print(f"{name}: {words}", file=sys.stderr)
        return status

    def _notice(self, text: str) -> None:
        self._recorder.append(Notice(**self._recorder.now(), text=text))

    def _keep_before_edit(self) -> None:
        """Keep the boundary to fork from without the edit; the run goes on where that fails."""
        try:
            self._checkpointer.save_before_edit()
        except OSError as error:
            why = f"the boundary before this edit is not kept to fork from: {error.strerror}"
            self._notice(why)

    def _course(self) -> RunLoop:
        dataset = self._load()
        before = self._taken.history.last_started
        device = machine.device_for(self._hyperparameters.device, before.device if before else None)
        if self._ensemble:
            dataset = self._ensemble.on(device, dataset)
        note = self._set_threads(device, len(dataset.train_labels))
        # Steps of deeper networks are each run's own: only the paper's can be stacked.
        stacked = self._ensemble if self._hyperparameters.model == "paper" else None
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
                incarnation=self._taken.incarnation,
                host=host_name(),
                boot_id=boot_id(),
                pid=os.getpid(),
                versions=machine.versions(),
                device=machine.describe(device, self._ensemble.runs if self._ensemble else 1),
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
        moved = machine.moved(before.device, device) if before else ""
        for text in (note, moved, self._retraining(trainer.epoch)):
            if text:
                self._notice(text)
        return RunLoop(
            self._taken.history,
            trainer,
            self._recorder,
            self._clock,
            self._control,
            self._progress,
            self._meter,
            self._checkpointer,
            monitor,
            parent.edits if (parent := self._taken.info.parent) else (),
        )

    def _load(self) -> Dataset:
        """The data, with a notice when a download begins and when it is there."""
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
            load = self._ensemble.load if self._ensemble else datasets.load
            dataset = load(self._taken.info.hyperparameters, report, self._known_data())
        finally:
            self._signals.eager = False
        if downloading:
            self._notice(f"{name} is downloaded and checked")
        then = self._hyperparameters.data_dir
        if dataset.data_dir != then and self._taken.history.first_started:
            self._hyperparameters = msgspec.structs.replace(
                self._hyperparameters, data_dir=dataset.data_dir
            )
            now = dataset.data_dir or "the cache folder"
            self._notice(f"the data were found in {now}, and were in {then}")
        return dataset

    def _known_data(self) -> KnownData | None:
        """The data that the log, or the parent of a fork that begins, had; None: any will do."""
        first, parent = self._taken.history.first_started, self._taken.info.parent
        checksum = first.dataset_checksum if first else parent.dataset_checksum if parent else ""
        return KnownData(checksum, self._taken.data_dir) if checksum else None

    def _set_threads(self, device: torch.device, train_size: int) -> str:
        """Use the threads asked for, else those the run began with, else measure; a notice."""
        count = self._hyperparameters.threads
        before = self._taken.history.last_started
        note = ""
        if not count and before and before.device.split()[:1] == [device.type]:
            count = before.threads
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
        parent = self._taken.info.parent
        return parent.epsilon if parent else None

    @property
    def _begins(self) -> int:
        """The epoch after which a fork began."""
        parent = self._taken.info.parent
        return parent.epoch if parent else -1

    def _restore(self, trainer: Trainer) -> None:
        """Bring `trainer` to the checkpoint; one of no use is put aside and said so."""
        found = self._taken.checkpoint
        if found:
            tensors = {name: torch.from_numpy(array) for name, array in found.tensors.items()}
            if self._epsilon is None or found.epoch == self._begins:
                tensors = own_state(tensors)
            try:
                trainer.restore(tensors, results_of(found.event))
            except ValueError as error:
                refuse_rootless(self._taken, str(error))
                self._taken.without_checkpoint(str(error))
            else:
                # An edit may come before the next boundary.
                self._checkpointer.keep(found.event, trainer.state, saved=True)
        if self._taken.problem:
            path = self._taken.session.checkpoint
            self._recorder.with_room(lambda: os.replace(path, path.with_name(_ASIDE)))
            self._notice(
                f"the checkpoint cannot be used, so it is put aside: {self._taken.problem}"
            )

    def _retraining(self, epoch: int) -> str:
        last = self._taken.history.last_epoch
        if epoch >= last:
            return ""
        return (
            f"training again from epoch {max(epoch, 0)} to {last}, where the log ends, "
            "to go on from there"
        )

    def _why_diverged(self, epoch: int) -> str:
        h = self._progress.hyperparameters
        return (
            f"the loss is not finite in epoch {epoch}, at lr {h.lr:g}, momentum {h.momentum:g}, "
            f"batch size {h.batch_size}, λ {h.l2:g}"
        )
