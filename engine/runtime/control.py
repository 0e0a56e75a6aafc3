"""Requests to a run: pause and stop take effect at once, others at the next epoch."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from engine.runtime.clock import Clock
from engine.runtime.command_queue import CommandQueue
from engine.runtime.log_writer import EventRecorder
from engine.runtime.run_progress import RunProgress
from engine.runtime.signals import EndRequested, Signals
from engine.storage.commands import (
    AnyCommand,
    CommandLine,
    Extend,
    Pause,
    Resume,
    Set,
    Stop,
)
from engine.storage.errors import HyperparameterError
from engine.storage.hyperparameter_edits import check_changes
from engine.storage.hyperparameters import PARAMETERS, affecting
from engine.storage.session.events import ON_REQUEST, Changed, Notice, Paused, Resumed

_STOPPED: Final = "stopped on request"
_AFFECTING: Final = affecting("results")


def check_for_end(signals: Signals, queue: CommandQueue) -> None:
    """Raise EndRequested for a stop and for a signal while the log waits for disk space.

    Nothing can be answered then; ending the run does not wait for space either.
    """
    if not signals.reason and queue.stop_waits():
        signals.reason = _STOPPED
    signals.check()


class Control:
    """Handles the commands of `queue` and answers each of them in the log.

    save: writes the last boundary's checkpoint, before a pause; keep: saves a snapshot of it to
    fork from, before an edit.
    """

    def __init__(
        self,
        queue: CommandQueue,
        recorder: EventRecorder,
        clock: Clock,
        signals: Signals,
        progress: RunProgress,
        save: Callable[[], object] = lambda: None,
        keep: Callable[[], object] = lambda: None,
    ) -> None:
        self._queue = queue
        self._recorder = recorder
        self._answer = recorder.answer
        self._clock = clock
        self._signals = signals
        self._paused = False
        self._pending: list[tuple[CommandLine, Set | Extend]] = []
        self._save = save
        self._keep = keep
        self._progress = progress

    def poll(self) -> bool:
        """Handle new commands; whether the run is paused.

        Raises EndRequested for a stop and for a signal. Fast when there are none: it is called
        after each batch.
        """
        self._signals.check()
        for received in self._queue.read():
            if received.command is None:
                self._answer(received.line, False, received.refusal)
            else:
                self._handle(received.line, received.command)
        if problem := self._queue.take_problem():
            self._recorder.append(Notice(**self._recorder.now(), text=problem))
        return self._paused

    def boundary(self) -> dict[str, int | float]:
        """Put the pending requests in force from this epoch on; the changed values by name."""
        changed: dict[str, int | float] = {}
        pending, self._pending = self._pending, []
        for line, command in pending:
            changed |= self._put_in_force(line, command)
        return changed

    def refuse_pending(self, why: str) -> None:
        """Answer the pending requests, for which no boundary comes any more, with `why`."""
        for line in self._queue.take_stops():
            self._answer(line, True, "stopping")
        pending, self._pending = self._pending, []
        for line, _ in pending:
            self._answer(line, False, why)

    def _handle(self, line: CommandLine, command: AnyCommand) -> None:
        match command:
            case Pause():
                self._pause(line)
            case Resume():
                self._resume(line)
            case Stop():
                self._answer(line, True, "stopping")
                raise EndRequested(command.reason or _STOPPED)
            case Set() | Extend():
                self._queue_edit(line, command)

    def _pause(self, line: CommandLine) -> None:
        if self._paused:
            self._answer(line, True, "already paused")
            return
        self._save()
        self._paused = True
        self._progress.pause_reason = ON_REQUEST
        self._recorder.append(
            Paused(**self._recorder.now(), epoch=self._progress.done, reason=ON_REQUEST)
        )
        self._answer(line, True, "paused")

    def _resume(self, line: CommandLine) -> None:
        if not self._paused:
            self._answer(line, True, "already training")
            return
        self._paused = False
        self._progress.pause_reason = ""
        self._recorder.append(Resumed(**self._recorder.now(), epoch=self._progress.done))
        self._answer(line, True, "resumed")

    def _queue_edit(self, line: CommandLine, command: Set | Extend) -> None:
        """Keep the request for the next boundary, or refuse it at once."""
        try:
            self._values(command)
        except HyperparameterError as error:
            self._answer(line, False, str(error))
        else:
            self._pending.append((line, command))

    def _values(self, command: Set | Extend) -> dict[str, int | float]:
        """The values that `command` requests, checked. Raises HyperparameterError."""
        if isinstance(command, Set):
            return self._checked(command.values)
        if command.epochs < 1:
            raise HyperparameterError(f"epochs: {command.epochs} more: give at least 1")
        return self._checked({"epochs": self._progress.hyperparameters.epochs + command.epochs})

    def _checked(self, values: Mapping[str, int | float]) -> dict[str, int | float]:
        """`values`, each as its hyperparameter has it. Raises HyperparameterError."""
        check_changes(values, self._progress.done, self._progress.hyperparameters)
        return {name: PARAMETERS[name].check_number(value) for name, value in values.items()}

    def _put_in_force(self, line: CommandLine, command: Set | Extend) -> dict[str, int | float]:
        try:
            requested = self._values(command)
        except HyperparameterError as error:
            self._answer(line, False, str(error))
            return {}
        current = self._progress.hyperparameters
        values = {
            name: value for name, value in requested.items() if value != getattr(current, name)
        }
        if not values:
            self._answer(line, True, "already in force")
            return {}
        self.change(values)
        self._answer(line, True, f"in force from epoch {self._progress.under_way}")
        return values

    def repeat(self, values: dict[str, int | float]) -> dict[str, int | float]:
        """Put an edit of the parent in force in its fork; the changed values, {} if refused."""
        try:
            check_changes(values, self._progress.done, self._progress.hyperparameters)
            checked = {n: PARAMETERS[n].check_number(value) for n, value in values.items()}
        except HyperparameterError as error:
            epoch = self._progress.under_way
            text = f"an edit of the parent is not repeated in epoch {epoch}: {error}"
            self._recorder.append(Notice(**self._recorder.now(), text=text))
            return {}
        current = self._progress.hyperparameters
        new = {name: value for name, value in checked.items() if value != getattr(current, name)}
        if new:
            self.change(new)
        return new

    def change(self, values: dict[str, int | float], by: str = "") -> None:
        """Put `values` in force from this epoch on, and log it.

        The boundary before a person's edit is saved before the line. by: as in `events.Changed`.
        """
        if not by and not values.keys().isdisjoint(_AFFECTING):
            self._keep()
        progress, before = self._progress, self._progress.hyperparameters
        progress.hyperparameters = msgspec.structs.replace(before, **values)
        changed = Changed(
            **self._recorder.now(),
            epoch=progress.under_way,
            values=values,
            previous={name: getattr(before, name) for name in values},
            by=by,
        )
        self._recorder.append(changed, sync=True)
