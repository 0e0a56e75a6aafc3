"""The state of a sweep when a coordinator takes it: runs done, under way, and waiting."""

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
"""The reason of a run's end that came from a stop of the whole: it is taken up on resume."""


@dataclass
class UnfinishedRuns:
    """The runs that the log does not know to have ended, in the plan's order.

    at_work: an engine is on them; over: ended, and the sweep's log does not say so yet; waiting:
    begun ones first; lost: those without a session of use, and why.
    """

    at_work: list[SweepRun] = field(default_factory=list)
    over: list[SweepRun] = field(default_factory=list)
    waiting: list[SweepRun] = field(default_factory=list)
    lost: list[tuple[SweepRun, str]] = field(default_factory=list)


def look(sweep: Sweep, plan: Plan, state: SweepState) -> UnfinishedRuns:
    """Look at every run that has not ended, at those that failed, which get another try, and at
    those whose sessions are gone, which are trained again."""
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
            unfinished.lost.append((run, str(error)))
    renamed = find_renamed(sweep, [run.planned for run in missing]) if missing else {}
    for run in missing:
        if run.name not in renamed:
            new.append(run)
        elif run.name not in done:
            _sort(unfinished, run, renamed[run.name])
    unfinished.waiting += new
    return unfinished


def _sort(unfinished: UnfinishedRuns, run: SweepRun, session: Session) -> None:
    run.take(session)
    # Asked before reading: what an engine wrote before it ended is then read for certain.
    at_work = lock.is_held(session.lock)
    run.watch.look()
    if at_work:
        unfinished.at_work.append(run)
    elif run.watch.ended and not _goes_on(run):
        unfinished.over.append(run)
    else:
        unfinished.waiting.append(run)


def _goes_on(run: SweepRun) -> bool:
    """Whether the end that its log tells was no end for the sweep."""
    end = run.watch.lifecycle
    if isinstance(end, Stopped):
        return end.reason == HALTED or end.reason.startswith("terminated by")
    return isinstance(end, Failed)
