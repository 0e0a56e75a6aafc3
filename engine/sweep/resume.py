"""The runs of a sweep when a coordinator starts: training, ended, and waiting."""

from dataclasses import dataclass, field
from typing import Final

from engine.storage import lock
from engine.storage.errors import EdgeChaosError
from engine.storage.session.events import Failed, Stopped
from engine.storage.session.session import Session
from engine.storage.sweep.plan import Plan, Sweep
from engine.storage.sweep.sessions import find_renamed, find_session
from engine.storage.sweep.state import SweepState
from engine.sweep.run import SweepRun

HALTED: Final = "the sweep was stopped"
"""The reason of a run's `stopped` that came from a stop of the whole sweep: such a run resumes."""


@dataclass
class UnfinishedRuns:
    """The runs that the log does not know to have ended, in the plan's order.

    at_work: an engine trains them; ended: their own log says so, the sweep's does not yet; waiting:
    those begun come first; unusable: runs whose session cannot be used, each with the reason.
    """

    at_work: list[SweepRun] = field(default_factory=list)
    ended: list[SweepRun] = field(default_factory=list)
    waiting: list[SweepRun] = field(default_factory=list)
    unusable: list[tuple[SweepRun, str]] = field(default_factory=list)


def unfinished_runs(sweep: Sweep, plan: Plan, state: SweepState) -> UnfinishedRuns:
    """Every run that has not ended, those that failed, which are tried again, and those whose
    sessions are gone, which are trained again."""
    unfinished = UnfinishedRuns()
    new: list[SweepRun] = []
    missing: list[SweepRun] = []
    done: set[str] = set()
    for planned in plan.runs:
        record = state.runs.get(planned.name)
        run, begun = SweepRun(planned), bool(record and record.started)
        if record and record.ended and record.ended.outcome != "failed":
            if not (sweep.root / planned.name).is_dir():
                done.add(planned.name)
                missing.append(run)
            continue
        try:
            session = find_session(sweep, planned)
            if session is not None:
                _sort(unfinished, run, session)
            else:
                (missing if begun else new).append(run)
        except (EdgeChaosError, OSError) as error:
            unfinished.unusable.append((run, str(error)))
    renamed = find_renamed(sweep, [run.planned for run in missing]) if missing else {}
    for run in missing:
        if run.name not in renamed:
            new.append(run)
        elif run.name not in done:
            _sort(unfinished, run, renamed[run.name])
    unfinished.waiting += new
    return unfinished


def _sort(unfinished: UnfinishedRuns, run: SweepRun, session: Session) -> None:
    run.attach(session)
    # Asked before the log is read, so that all that an engine wrote before its end is read.
    at_work = lock.is_held(session.lock)
    run.monitor.update()
    if at_work:
        unfinished.at_work.append(run)
    elif run.monitor.ended and not _resumes(run):
        unfinished.ended.append(run)
    else:
        unfinished.waiting.append(run)


def _resumes(run: SweepRun) -> bool:
    """Whether the sweep resumes this run although its log says that it ended."""
    end = run.monitor.lifecycle
    if isinstance(end, Stopped):
        return end.reason == HALTED or end.reason.startswith("terminated by")
    return isinstance(end, Failed)
