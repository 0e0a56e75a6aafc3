"""The coordinator of a sweep, which trains all its runs, a few at a time.

It can be killed at any moment and started again: its next action follows only from the plan, its
own log, the sessions and their locks.
"""

import sys
import time
from collections import deque
from contextlib import suppress
from typing import Final

from engine.storage.commands import AnyCommand, CommandLine, Pause, Resume, Stop
from engine.storage.errors import DiskFull, NewerSchema, SessionError
from engine.storage.line_writer import is_no_room
from engine.storage.session.events import Diverged, Failed, Finished, Stopped
from engine.storage.sweep.events import (
    Outcome,
    RunEnded,
    RunStarted,
    RunStopping,
    SweepFinished,
    SweepPaused,
    SweepResumed,
    SweepStopped,
)
from engine.storage.sweep.plan import Plan, Sweep
from engine.storage.sweep.sessions import make_session
from engine.sweep import resume
from engine.sweep.command_queue import SweepCommandQueue
from engine.sweep.launchers.local import Launcher
from engine.sweep.log_writer import SweepEventRecorder
from engine.sweep.run import SweepRun
from engine.sweep.run_monitor import broken_rule

_POLL: Final = 0.1
"""Seconds between two polls."""
_HALT_SECONDS: Final = 60.0
"""Seconds that a stop of the whole sweep waits for its engines."""

_OUTCOMES: Final[dict[object, Outcome]] = {
    Finished: "finished",
    Diverged: "diverged",
    Failed: "failed",
    Stopped: "stopped",
}


class SweepHalted(BaseException):
    """Ends the sweep now; the message is the reason. Not an `Exception`: nothing swallows it."""


class Interruption:
    """The reason of a signal that asks the coordinator to end; "" until one arrives."""

    reason = ""


class Coordinator:
    """Trains the runs of `plan`, `jobs` at a time; others train while a person pauses one."""

    def __init__(
        self,
        sweep: Sweep,
        plan: Plan,
        log: SweepEventRecorder,
        queue: SweepCommandQueue,
        launcher: Launcher,
        jobs: int,
        interruption: Interruption,
    ) -> None:
        self._sweep = sweep
        self._rule = plan.rule
        self._share = plan.share
        self._together = plan.together
        self._log = log
        self._queue = queue
        self._launcher = launcher
        self._jobs = jobs
        self._interruption = interruption
        self._active: list[SweepRun] = []
        self._waiting: deque[SweepRun] = deque()
        self._restore(plan)

    def run(self) -> None:
        """Train every run to its end, or until the sweep is stopped."""
        try:
            while self._active or self._waiting:
                self._handle_commands()
                self._poll_runs()
                if not self._paused:
                    self._start_waiting()
                self._log.catch_up()
                time.sleep(_POLL)
        except SweepHalted as halt:
            self._halt(str(halt))
        else:
            self._log.add(SweepFinished(t=self._log.now()))

    @property
    def _paused(self) -> bool:
        return isinstance(self._log.state.lifecycle, SweepPaused)

    def _restore(self, plan: Plan) -> None:
        unfinished = resume.unfinished_runs(self._sweep, plan, self._log.state)
        for run, why in unfinished.unusable:
            self._end(run, "failed", why)
        for run in unfinished.ended:
            self._close(run)
        self._active = unfinished.at_work
        self._waiting = deque(unfinished.waiting)
        for run in unfinished.at_work:
            self._log.add(RunStarted(t=self._log.now(), run=run.name, epoch=run.monitor.epoch))
        if self._log.state.paused:
            self._resume()

    def _handle_commands(self) -> None:
        if self._interruption.reason:
            raise SweepHalted(self._interruption.reason)
        for received in self._queue.read():
            if received.command is None:
                self._log.answer(received.line, False, received.refusal)
            else:
                self._handle(received.line, received.command)
        if problem := self._queue.take_problem():
            # A command file of another account gets no answer in the log.
            print(problem, file=sys.stderr, flush=True)

    def _handle(self, line: CommandLine, command: AnyCommand) -> None:
        match command:
            case Pause() if self._paused:
                self._log.answer(line, True, "already paused")
            case Pause():
                self._pause()
                self._log.answer(line, True, "paused")
            case Resume() if not self._paused:
                self._log.answer(line, True, "already running")
            case Resume():
                self._resume()
                self._log.answer(line, True, "resumed")
            case Stop():
                self._log.answer(line, True, "stopping")
                raise SweepHalted(command.reason or "on request")

    def _pause(self) -> None:
        runs = [run for run in self._active if not run.monitor.paused]
        # Logged first: after a kill in between, all paused runs are resumed, perhaps one more.
        self._log.add(SweepPaused(t=self._log.now(), runs=[run.name for run in runs]))
        for run in runs:
            run.send(Pause(**run.address()))

    def _resume(self) -> None:
        names = set(self._log.state.paused)
        for run in self._active:
            if run.name in names:
                run.resume()
        self._log.add(SweepResumed(t=self._log.now()))

    def _poll_runs(self) -> None:
        for run in list(self._active):
            try:
                self._poll_run(run)
            except (NewerSchema, OSError) as error:
                self._active.remove(run)
                self._end(run, "failed", f"its log cannot be followed: {error}")

    def _poll_run(self, run: SweepRun) -> None:
        # Asked before the log is read, so that all that an engine wrote before its end is read.
        at_work = run.at_work()
        run.monitor.update()
        if at_work:
            self._apply_rule(run)
            return
        self._active.remove(run)
        if run.monitor.ended:
            self._close(run)
        elif why := run.failure():
            self._end(run, "failed", why)
        else:
            self._waiting.appendleft(run)

    def _apply_rule(self, run: SweepRun) -> None:
        if run.stop_sent or run.monitor.ended:
            return
        broken = broken_rule(self._rule, run.monitor)
        if broken is None:
            return
        rule, text = broken
        record = self._log.state.runs.get(run.name)
        if not (record and record.stopping):
            self._log.add(
                RunStopping(
                    t=self._log.now(), run=run.name, rule=rule, epoch=run.monitor.epoch, text=text
                )
            )
        run.stop_sent = run.send(Stop(**run.address(), reason=text))

    def _start_waiting(self) -> None:
        places = self._jobs - sum(not run.frees_its_place for run in self._active)
        if places < min(self._together, len(self._waiting)):
            return  # Runs that share steps start together.
        self._start_some(places)
        with suppress(OSError):  # The runs then count as ended without an event.
            self._launcher.flush()

    def _start_some(self, places: int) -> None:
        while self._waiting and places > 0:
            run = self._waiting.popleft()
            try:
                self._start(run)
            except DiskFull:
                # Waiting loses nothing; engines at work wait for room as well.
                self._waiting.appendleft(run)
                return
            except SessionError as error:
                self._end(run, "failed", str(error))
            else:
                places -= 1

    def _start(self, run: SweepRun) -> None:
        """Make the session if there is none, and start an engine.

        Raises DiskFull, and SessionError when the session or the engine cannot be made.
        """
        if not run.has_session:
            run.attach(make_session(self._sweep, run.planned, share=self._share))
        try:
            run.start(self._launcher)
        except OSError as error:
            if is_no_room(error):
                raise DiskFull(*error.args) from error
            if not run.session.folder.exists():
                raise SessionError("its session was deleted") from None
            raise SessionError(f"cannot start the engine: {error}") from None
        self._active.append(run)
        self._log.add(RunStarted(t=self._log.now(), run=run.name, epoch=run.monitor.epoch))

    def _close(self, run: SweepRun) -> None:
        """Log the end that the run's own log tells."""
        end = run.monitor.lifecycle
        text = ""
        if isinstance(end, Failed | Diverged):
            text = end.text
        elif isinstance(end, Stopped):
            text = end.reason
        self._end(run, _OUTCOMES[type(end)], text)

    def _end(self, run: SweepRun, outcome: Outcome, text: str) -> None:
        record = self._log.state.runs.get(run.name)
        stopping = record.stopping if record and outcome == "stopped" else None
        self._log.add(
            RunEnded(
                t=self._log.now(),
                run=run.name,
                outcome=outcome,
                epoch=run.monitor.epoch if run.has_session else 0,
                text=text,
                rule=stopping.rule if stopping else None,
            )
        )

    def _halt(self, reason: str) -> None:
        """Stop the engines, wait for them, and log that the sweep stopped."""
        for run in self._active:
            run.send(Stop(**run.address(), reason=resume.HALTED))
        deadline = time.monotonic() + _HALT_SECONDS
        while self._active and time.monotonic() < deadline:
            for run in [run for run in self._active if not run.at_work()]:
                self._active.remove(run)
                run.monitor.update()
                if run.monitor.ended and not isinstance(run.monitor.lifecycle, Stopped):
                    self._close(run)
            time.sleep(_POLL)
        self._log.add(SweepStopped(t=self._log.now(), reason=reason))
