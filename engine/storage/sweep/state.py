"""The state of a sweep, folded from its log, and its status."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from engine.storage.errors import SessionError
from engine.storage.liveness import status_now
from engine.storage.sweep.events import (
    AnySweepEvent,
    Outcome,
    RunEnded,
    RunStarted,
    RunStopping,
    SweepAnswer,
    SweepFailed,
    SweepFinished,
    SweepLogReader,
    SweepPaused,
    SweepResumed,
    SweepStarted,
    SweepStopped,
)
from engine.storage.sweep.plan import Plan, Sweep


class SweepStatus(StrEnum):
    """One word for a sweep's state; `ELSEWHERE`: begun on another machine and not ended."""

    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    ELSEWHERE = "elsewhere"

    @property
    def active(self) -> bool:
        """Whether a coordinator is at work and answers commands."""
        return self in (SweepStatus.STARTING, SweepStatus.RUNNING, SweepStatus.PAUSED)


_ENDS: Final[dict[object, SweepStatus]] = {
    SweepFinished: SweepStatus.FINISHED,
    SweepStopped: SweepStatus.STOPPED,
    SweepFailed: SweepStatus.FAILED,
}


@dataclass
class RunRecord:
    """The record of one run in the sweep's log; ended: None until the run has ended."""

    started: bool = False
    stopping: RunStopping | None = None
    ended: RunEnded | None = None


@dataclass
class SweepState:
    """The state of a sweep after the last event applied.

    runs: by name, those that were begun; lifecycle: the last event that decides the status;
    paused: the runs that a pause of the sweep has paused; answered, answered_lines: ids of answered
    commands, and the bytes at which their lines end.
    """

    started: SweepStarted | None = None
    lifecycle: AnySweepEvent | None = None
    runs: dict[str, RunRecord] = field(default_factory=dict)
    paused: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    answered_lines: set[int] = field(default_factory=set)
    t: float = 0.0

    @property
    def host(self) -> str:
        """The host on which the coordinator was last started; "" before that."""
        return self.started.host if self.started else ""

    def apply(self, event: AnySweepEvent) -> None:
        """Apply the next event of the log."""
        self.t = max(self.t, event.t)
        match event:
            case RunStarted():
                self.runs[event.run] = RunRecord(started=True)
            case RunStopping():
                self._record(event.run).stopping = event
            case RunEnded():
                self._record(event.run).ended = event
            case SweepAnswer():
                self.answered.add(event.id)
                self.answered_lines.add(event.offset)
            case _:
                self._apply_lifecycle(event)

    def outcomes(self) -> dict[Outcome, int]:
        """The number of runs that ended in each way."""
        counts: dict[Outcome, int] = {}
        for record in self.runs.values():
            if record.ended:
                outcome = record.ended.outcome
                counts[outcome] = counts.get(outcome, 0) + 1
        return counts

    @property
    def ended(self) -> int:
        """The number of runs that have ended."""
        return sum(self.outcomes().values())

    def _apply_lifecycle(self, event: AnySweepEvent) -> None:
        self.lifecycle = event
        if isinstance(event, SweepStarted):
            self.started = event
        elif isinstance(event, SweepPaused):
            self.paused = event.runs
        elif isinstance(event, SweepResumed):
            self.paused = []

    def _record(self, run: str) -> RunRecord:
        return self.runs.setdefault(run, RunRecord())


def read_state(sweep: Sweep) -> SweepState:
    """The state from the log as it is now. Raises NewerSchema, and OSError."""
    state = SweepState()
    for event in SweepLogReader(sweep.log).read_all():
        state.apply(event)
    return state


def status_of(sweep: Sweep, plan: Plan, state: SweepState) -> SweepStatus:
    """The status of `sweep`, whose log has been read into `state`."""
    paused = isinstance(state.lifecycle, SweepPaused)
    return status_now(
        sweep,
        SweepStatus.PAUSED if paused else SweepStatus.RUNNING,
        _ENDS.get(type(state.lifecycle)),
        state.started,
        created=plan.created,
    )


@dataclass(frozen=True)
class SweepReading:
    """A sweep read from disk: its plan, the state from its log, and its status."""

    plan: Plan
    state: SweepState
    status: SweepStatus


def read_sweep(sweep: Sweep) -> SweepReading:
    """Read sweep.json and the log. Raises SessionError or NewerSchema."""
    plan = sweep.plan()
    try:
        state = read_state(sweep)
    except OSError as error:
        raise SessionError(f"{sweep.name}: cannot read {sweep.log}: {error.strerror}") from None
    return SweepReading(plan, state, status_of(sweep, plan, state))
