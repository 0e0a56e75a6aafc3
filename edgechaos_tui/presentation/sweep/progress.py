"""The progress of a sweep: new events, outcomes, and the share of its training done."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgechaos_tui.presentation.run.watch import Watch
from engine.storage.errors import EdgeChaosError
from engine.storage.session.session import Session
from engine.storage.sweep.events import AnySweepEvent, Outcome, SweepLogReader
from engine.storage.sweep.plan import Plan, PlannedRun, Sweep
from engine.storage.sweep.state import SweepState, SweepStatus, status_of


@dataclass(frozen=True)
class SweepSight:
    """The result of one poll.

    events: the coordinator's, since the last look; outcomes: the number of runs by outcome;
    under_way: the number of runs that have an engine, by the log; total: all runs; done: the share
    of all planned epochs that need no more training, from 0 to 1; seconds_left: None while unknown.
    """

    events: Sequence[AnySweepEvent]
    status: SweepStatus
    outcomes: dict[Outcome, int]
    under_way: int
    total: int
    done: float
    seconds_left: float | None


class SweepProgress:
    """Polls `sweep`, and of its sessions only those that train.

    Raises SessionError or NewerSchema when the plan cannot be read.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.plan: Plan = sweep.plan()
        self.state = SweepState()
        self._sweep = sweep
        self._runs = {run.name: run for run in self.plan.runs}
        self._epochs = sum(run.hyperparameters.epochs for run in self.plan.runs)
        self._reader = SweepLogReader(sweep.log)
        self._watches: dict[str, Watch] = {}
        self._ended = 0
        self._first: tuple[float, float] | None = None

    def look(self, now: float) -> SweepSight:
        """Poll the log and the training sessions; `now`: a monotonic time in seconds.

        Raises NewerSchema, and OSError when the log became unreadable.
        """
        # Status first: if it says that the sweep ended, all that was logged is read below.
        status = status_of(self._sweep, self.plan, self.state)
        events = list(self._reader.read_all())
        for event in events:
            self.state.apply(event)
        if events:
            status = status_of(self._sweep, self.plan, self.state)
            self._ended = self._ended_epochs()
        under_way = [
            self._runs[name]
            for name, record in self.state.runs.items()
            if name in self._runs and not record.ended
        ]
        done = (self._ended + sum(map(self._trained, under_way))) / self._epochs
        return SweepSight(
            events=events,
            status=status,
            outcomes=self.state.outcomes(),
            under_way=len(under_way),
            total=len(self._runs),
            done=done,
            seconds_left=self._seconds_left(now, done, status),
        )

    def run_session(self, run: str) -> Session:
        """The session of `run`, unless it was renamed."""
        return Session(self._sweep.root / run)

    def _ended_epochs(self) -> int:
        """The planned epochs of ended runs."""
        for name, record in self.state.runs.items():
            if record.ended:
                self._watches.pop(name, None)
        return sum(
            self._runs[name].hyperparameters.epochs
            for name, record in self.state.runs.items()
            if record.ended and name in self._runs
        )

    def _trained(self, run: PlannedRun) -> float:
        """The epochs done, with the trained fraction of the current one."""
        try:
            watch = self._watches.get(run.name)
            if watch is None:
                watch = self._watches[run.name] = Watch(self.run_session(run.name))
            sight = watch.look()
        except (EdgeChaosError, OSError):
            return 0.0
        training = sight.progress is not None and sight.progress.stage == "training"
        fraction = sight.progress.fraction if sight.progress and training else 0.0
        return min(watch.summary.epochs_done + fraction, float(run.hyperparameters.epochs))

    def _seconds_left(self, now: float, done: float, status: SweepStatus) -> float | None:
        """The time left, at the pace since the first poll or the last pause."""
        if status is not SweepStatus.RUNNING:
            self._first = None
            return None
        if self._first is None:
            self._first = now, done
        began, at = self._first
        return (now - began) / (done - at) * (1 - done) if done > at else None
