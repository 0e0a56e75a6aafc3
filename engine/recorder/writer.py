"""The writer of a recorded run: its log, its progress, and the answers to commands."""

import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.recorder.control import RecordedControl
from engine.recorder.session import OpenSession
from engine.recorder.tuning import TunedOptimizer
from engine.recorder.watching import Measurement, Watched
from engine.runtime.clock import Clock
from engine.runtime.command_queue import CommandQueue
from engine.runtime.log_writer import EventRecorder
from engine.runtime.machine import MachineMonitor
from engine.runtime.progress_meter import ProgressMeter
from engine.runtime.run_progress import RunProgress
from engine.runtime.signals import Signals
from engine.storage.errors import DiskFull
from engine.storage.session.events import (
    Changed,
    Failed,
    Finished,
    Logged,
    Notice,
    Rewound,
    Stopped,
)
from engine.storage.session.progress import ProgressWriter
from engine.storage.session.recorded import RecordedHyperparameters

_POLL: Final = 0.1
"""Seconds between two polls of the commands."""


class SessionWriter:
    """Writes one recorded run. Methods raise OSError, and DiskFull where a line waits for room."""

    def __init__(self, place: OpenSession) -> None:
        history, self._place = place.history, place
        hyperparameters = place.info.hyperparameters
        assert isinstance(hyperparameters, RecordedHyperparameters)
        self._clock = Clock(history.t, history.elapsed)
        self._progress = RunProgress(hyperparameters, done=max(history.last_epoch, 0))
        self._log = EventRecorder(place.session.log, self._clock, self._progress, _do_nothing)
        self._log.patient = False
        queue = CommandQueue(place.session.commands, place.incarnation, history)
        self._control = RecordedControl(queue, self._log, self._clock, Signals(), self._progress)
        self._meter = ProgressMeter(ProgressWriter(place.session.progress))
        self._monitor = MachineMonitor()
        self._watched: Watched | None = None
        self._remarked = ""
        self._next_poll = 0.0
        self._last_place = history.last_epoch
        self._log.append(
            place.started(
                self._log.now(), from_epoch=self._progress.done, machine=self._monitor.machine
            ),
            sync=True,
        )
        self._clock.work(counting=True)

    @property
    def epoch(self) -> int:
        """Whole epochs done."""
        return self._progress.done

    @property
    def planned_epochs(self) -> int:
        """The epochs that the loop goes through, extensions included."""
        return self._progress.hyperparameters.epochs

    @property
    def console(self) -> Path:
        """The file that keeps the program's output."""
        return self._place.session.console

    def now(self) -> float:
        """Seconds since 1970 by the log's clock."""
        return self._clock.t()

    def plan(self, epochs: int) -> None:
        """Note that the loop goes through `epochs`, which may be extended."""
        self._control.planned = True
        self._change({"epochs": epochs})

    def tune(self, optimizer: TunedOptimizer) -> None:
        """Let the app set the values of `optimizer`."""
        self._control.optimizer = optimizer
        self._change(optimizer.values())

    def _change(self, values: Mapping[str, int | float]) -> None:
        """Log the `values` that differ from the hyperparameters in force, as `changed`."""
        current = self._progress.hyperparameters
        new = {name: value for name, value in values.items() if value != getattr(current, name)}
        if new:
            previous = {name: getattr(current, name) for name in new if current.uses(name)}
            self._progress.hyperparameters = _with(current, **new)
            self._log.append(
                Changed(
                    **self._log.now(), epoch=self._progress.done + 1, values=new, previous=previous
                )
            )

    def watch(self, watched: Watched) -> None:
        """Measure `watched` when lines are logged, and once before the first of them."""
        self._watched = watched
        if self._last_place < 0:
            watched.before = watched.measure()

    def describe_loader(self, loader: object) -> None:
        """Take sizes that the config does not give from `loader`."""
        hyperparameters = self._progress.hyperparameters
        sizes = {
            "batch_size": getattr(loader, "batch_size", None),
            "train_size": _length(getattr(loader, "dataset", None)),
        }
        self._change(
            {
                name: value
                for name, value in sizes.items()
                if hyperparameters.known(name) is None and isinstance(value, int) and value > 0
            }
        )

    def begin_epoch(self, epoch: int) -> None:
        """Note that training of `epoch`, counted from 1, begins."""
        self._progress.under_way = epoch
        self._meter.show("training", epoch, 0, 0)

    def progress(self, epoch: int, done: int, total: int) -> None:
        """Note that `done` of `total` batches of `epoch` are done."""
        self._meter.show("training", epoch, done, total)

    def log(
        self, metrics: Mapping[str, float | None], step: int | None, epoch: float | None
    ) -> None:
        """Append one line; an earlier place than the last drops the lines that it supersedes."""
        place = step if step is not None else None if epoch is None else int(epoch)
        if place is not None and place < self._last_place:
            self.rewind(place - 1, f"the loop went back to {place}")
        watched = self._watched
        if watched is not None and watched.before is not None:
            start, watched.before = watched.before, None
            self._append({}, step and 0, epoch and 0.0, start)
        measures = watched is not None and watched.due(step, epoch)
        # A value that the loop itself logs under one of these names takes precedence.
        metrics = {**self._monitor.summary(), **metrics}
        self._append(metrics, step, epoch, watched.measure() if watched and measures else None)
        if place is not None:
            self._last_place = place
        if epoch is not None:
            self._progress.done = int(epoch)

    def _append(
        self,
        metrics: Mapping[str, float | None],
        step: int | None,
        epoch: float | None,
        measurement: Measurement | None,
    ) -> None:
        optimizer = self._control.optimizer
        self._log.append(
            Logged(
                **self._log.now(),
                metrics={**(measurement.metrics if measurement else {}), **metrics},
                step=step,
                epoch=epoch,
                settings={} if optimizer is None else optimizer.values(),
                layers=measurement.layers if measurement else None,
            )
        )
        if measurement and measurement.remark != self._remarked:
            self._remarked = measurement.remark
            self._log.append(Notice(**self._log.now(), text=measurement.remark[:1000]))

    def rewind(self, place: int, reason: str) -> None:
        """Drop the lines logged after step or epoch `place`."""
        self._log.append(Rewound(**self._log.now(), epoch=place, reason=reason))
        self._last_place = place
        self._progress.done = min(self._progress.done, max(place, 0))

    def poll(self) -> None:
        """Handle the commands that came, and wait while the run is paused.

        Raises EndRequested for a stop. Cheap between two polls.
        """
        now = time.monotonic()
        if now < self._next_poll:
            return
        self._next_poll = now + _POLL
        self._monitor.look()
        self._meter.machine = self._monitor.latest
        paused = self._poll_once()
        if paused:
            with self._clock.halted():
                while self._poll_once():
                    time.sleep(_POLL)
            self._meter.restart()
            self._monitor.restart()

    def _poll_once(self) -> bool:
        paused = self._control.poll()
        optimizer = self._control.optimizer
        for name, value in self._control.boundary().items():
            if optimizer is not None and name in optimizer.values():
                optimizer.set(name, float(value))
        return paused

    def finish(self) -> None:
        """Log that the loop finished."""
        self._end(Finished(**self._log.now(), epoch=self._progress.done))

    def stop(self, reason: str) -> None:
        """Log that the loop ended early, on request."""
        self._end(Stopped(**self._log.now(), epoch=self._progress.done, reason=reason))

    def fail(self, error: BaseException) -> None:
        """Log that an error ended the loop."""
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        lines = "".join(traceback.format_exception(error))
        self._end(
            Failed(
                **self._log.now(),
                epoch=self._progress.done,
                text=text[:2000],
                traceback=lines[-100_000:],
            )
        )

    def release(self) -> None:
        """Close the files and give the lock back."""
        self._log.close()
        self._place.lock.release()

    def _end(self, event: Finished | Stopped | Failed) -> None:
        try:
            self._control.refuse_pending("the run has ended")
            self._log.append(event, sync=True)
        except DiskFull:
            return  # On a full disk the end cannot be logged; the released lock shows it.
        finally:
            self.release()


def _with(hyperparameters: object, **values: float) -> RecordedHyperparameters:
    assert isinstance(hyperparameters, RecordedHyperparameters)
    return msgspec.structs.replace(hyperparameters, **values)


def _length(dataset: Any) -> int | None:
    try:
        return len(dataset)
    except (TypeError, NotImplementedError):
        return None


def _do_nothing() -> None:
    """Nothing: a recorder does not wait for room, so nothing is polled meanwhile."""
