"""The coordinator: sees to it that every run of a sweep ends, a few at a time.

It can be killed at any moment and started again: what it does next follows from the plan, its own
log, the sessions and their locks alone.
"""

import sys
import time
from collections import deque
from contextlib import suppress
from typing import Final

from engine.storage.commands import AnyCommand, CommandLine, Pause, Resume, Stop
from engine.storage.errors import DiskFull, NewerSchema, SessionError
from engine.storage.jsonl import is_no_room
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
from engine.sweep.log_writer import SweepJournal
from engine.sweep.run import SweepRun
from engine.sweep.run_monitor import broken_rule

_POLL: Final = 0.1
"""Seconds between two looks."""
_HALT_SECONDS: Final = 60.0
"""How long a stop of the whole waits for its engines."""

_OUTCOMES: Final[dict[object, Outcome]] = {
    Finished: "finished",
    Diverged: "diverged",
    Failed: "failed",
    Stopped: "stopped",
}


class SweepHalted(BaseException):
    """End the sweep now; the message is the reason. No Exception: nothing may swallow it."""


class Interruption:
    """The signal that asks the coordinator to end; "" until it comes."""

    reason = ""


class Coordinator:
    """Runs `plan`, `jobs` runs at a time; runs that a person paused give their place to others."""

    def __init__(
        self,
        sweep: Sweep,
        plan: Plan,
        journal: SweepJournal,
        orders: SweepCommandQueue,
        starter: Launcher,
        jobs: int,
        interruption: Interruption,
    ) -> None:
        self._sweep = sweep
        self._rule = plan.rule
        self._share = plan.share
        self._together = plan.together
        self._journal = journal
        self._orders = orders
        self._starter = starter
        self._jobs = jobs
        self._interruption = interruption
        self._active: list[SweepRun] = []
        self._waiting: deque[SweepRun] = deque()
        self._take_up(plan)

    def run(self) -> None:
        """Train every run to its end, or until the whole is stopped."""
        try:
            while self._active or self._waiting:
                self._obey()
                self._look()
                if not self._paused:
                    self._fill()
                self._journal.catch_up()
                time.sleep(_POLL)
        except SweepHalted as halt:
            self._halt(str(halt))
        else:
            self._journal.add(SweepFinished(t=self._journal.now()))

    @property
    def _paused(self) -> bool:
        return isinstance(self._journal.state.lifecycle, SweepPaused)

    def _take_up(self, plan: Plan) -> None:
        unfinished = resume.look(self._sweep, plan, self._journal.state)
        for run, why in unfinished.lost:
            self._end(run, "failed", why)
        for run in unfinished.over:
            self._close(run)
        self._active = unfinished.at_work
        self._waiting = deque(unfinished.waiting)
        for run in unfinished.at_work:
            self._journal.add(
                RunStarted(t=self._journal.now(), run=run.name, epoch=run.watch.epoch)
            )
        if self._journal.state.paused:
            self._resume()

    def _obey(self) -> None:
        if self._interruption.reason:
            raise SweepHalted(self._interruption.reason)
        for received in self._orders.read():
            if received.command is None:
                self._journal.answer(received.line, False, received.refusal)
            else:
                self._obey_one(received.line, received.command)
        if problem := self._orders.take_problem():
            # Of a file of another account there is nobody to be answered.
            print(problem, file=sys.stderr, flush=True)

    def _obey_one(self, line: CommandLine, order: AnyCommand) -> None:
        match order:
            case Pause() if self._paused:
                self._journal.answer(line, True, "already paused")
            case Pause():
                self._pause()
                self._journal.answer(line, True, "paused")
            case Resume() if not self._paused:
                self._journal.answer(line, True, "already running")
            case Resume():
                self._resume()
                self._journal.answer(line, True, "resumed")
            case Stop():
                self._journal.answer(line, True, "stopping")
                raise SweepHalted(order.reason or "on request")

    def _pause(self) -> None:
        runs = [run for run in self._active if not run.watch.paused]
        # Logged first: after a kill in between, a run too many is resumed, and none too few.
        self._journal.add(SweepPaused(t=self._journal.now(), runs=[run.name for run in runs]))
        for run in runs:
            run.send(Pause(**run.address()))

    def _resume(self) -> None:
        names = set(self._journal.state.paused)
        for run in self._active:
            if run.name in names:
                run.resume()
        self._journal.add(SweepResumed(t=self._journal.now()))

    def _look(self) -> None:
        for run in list(self._active):
            try:
                self._look_at(run)
            except (NewerSchema, OSError) as error:
                self._active.remove(run)
                self._end(run, "failed", f"its log cannot be followed: {error}")

    def _look_at(self, run: SweepRun) -> None:
        # Asked before reading: what an engine wrote before it ended is then read for certain.
        at_work = run.at_work()
        run.watch.look()
        if at_work:
            self._apply_rule(run)
            return
        self._active.remove(run)
        if run.watch.ended:
            self._close(run)
        elif why := run.why_hopeless():
            self._end(run, "failed", why)
        else:
            self._waiting.appendleft(run)

    def _apply_rule(self, run: SweepRun) -> None:
        if run.stop_sent or run.watch.ended:
            return
        broken = broken_rule(self._rule, run.watch)
        if broken is None:
            return
        rule, text = broken
        record = self._journal.state.runs.get(run.name)
        if not (record and record.stopping):
            self._journal.add(
                RunStopping(
                    t=self._journal.now(), run=run.name, rule=rule, epoch=run.watch.epoch, text=text
                )
            )
        run.stop_sent = run.send(Stop(**run.address(), reason=text))

    def _fill(self) -> None:
        places = self._jobs - sum(not run.gives_place for run in self._active)
        if places < min(self._together, len(self._waiting)):
            return  # Runs that step together begin together.
        self._begin_some(places)
        with suppress(OSError):  # Their runs then count as ended without a word.
            self._starter.flush()

    def _begin_some(self, places: int) -> None:
        while self._waiting and places > 0:
            run = self._waiting.popleft()
            try:
                self._begin(run)
            except DiskFull:
                # Nothing is lost by waiting; engines at work wait for room as well.
                self._waiting.appendleft(run)
                return
            except SessionError as error:
                self._end(run, "failed", str(error))
            else:
                places -= 1

    def _begin(self, run: SweepRun) -> None:
        """Make the session where there is none, and start an engine.

        Raises DiskFull, and SessionError when it cannot be.
        """
        if not run.made:
            run.take(make_session(self._sweep, run.planned, share=self._share))
        try:
            run.start(self._starter)
        except OSError as error:
            if is_no_room(error):
                raise DiskFull(*error.args) from error
            if not run.session.folder.exists():
                raise SessionError("its session was deleted") from None
            raise SessionError(f"cannot start the engine: {error}") from None
        self._active.append(run)
        self._journal.add(RunStarted(t=self._journal.now(), run=run.name, epoch=run.watch.epoch))

    def _close(self, run: SweepRun) -> None:
        """The run's log says that it ended."""
        end = run.watch.lifecycle
        text = ""
        if isinstance(end, Failed | Diverged):
            text = end.text
        elif isinstance(end, Stopped):
            text = end.reason
        self._end(run, _OUTCOMES[type(end)], text)

    def _end(self, run: SweepRun, outcome: Outcome, text: str) -> None:
        record = self._journal.state.runs.get(run.name)
        stopping = record.stopping if record and outcome == "stopped" else None
        self._journal.add(
            RunEnded(
                t=self._journal.now(),
                run=run.name,
                outcome=outcome,
                epoch=run.watch.epoch if run.made else 0,
                text=text,
                rule=stopping.rule if stopping else None,
            )
        )

    def _halt(self, reason: str) -> None:
        """Stop the engines, wait for them, and say so."""
        for run in self._active:
            run.send(Stop(**run.address(), reason=resume.HALTED))
        deadline = time.monotonic() + _HALT_SECONDS
        while self._active and time.monotonic() < deadline:
            for run in [run for run in self._active if not run.at_work()]:
                self._active.remove(run)
                run.watch.look()
                if run.watch.ended and not isinstance(run.watch.lifecycle, Stopped):
                    self._close(run)
            time.sleep(_POLL)
        self._journal.add(SweepStopped(t=self._journal.now(), reason=reason))
