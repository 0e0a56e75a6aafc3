"""The runs of one sweep as rows in the plan's order, kept up to date.

All of it runs in one background thread, as the library does.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from edgechaos_tui.presentation.library.facts import LibraryEntry
from edgechaos_tui.presentation.library.library import Library, LibraryRow
from edgechaos_tui.presentation.sweep.grid import GridRun
from edgechaos_tui.presentation.sweep.progress import SweepProgress, SweepSight
from engine.storage.errors import SessionError
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from engine.storage.sweep.events import RuleName
from engine.storage.sweep.plan import Plan, PlannedRun, Sweep
from engine.storage.sweep.sessions import find_renamed, find_session
from engine.storage.sweep.state import RunRecord

_READ_SECONDS: Final = 0.3
"""How long to read before what was read is shown."""
DELETED: Final = "its session was deleted: a resume of the whole sweep trains it again"
_OVER: Final = (Status.FINISHED, Status.DIVERGED, Status.FAILED, Status.STOPPED)

_RULES: Final[dict[RuleName, str]] = {"past_edge": "past edge", "stale": "stale"}
"""Which rule of the sweep ended a run, in a word."""


@dataclass(frozen=True)
class RunRow(LibraryRow):
    """A run, which may not have a session yet; `run` is its name in the plan.

    word: what the sweep says beyond the status of the session, "" for nothing.
    """

    run: str = ""
    word: str = ""

    @property
    def made(self) -> bool:
        """Whether there is a session to open."""
        return self.status is not None or bool(self.problem)

    def for_grid(self) -> GridRun:
        """The run as a map uses it."""
        return GridRun(
            self.run,
            self.facts if self.status else None,
            over=self.status in _OVER,
            diverged=self.status is Status.DIVERGED,
        )


@dataclass(frozen=True)
class SweepView:
    """The result of one poll. rows: the same object as before if no run changed."""

    rows: Sequence[RunRow]
    sight: SweepSight
    reading: bool


class SweepRuns:
    """Polls `sweep` and its sessions.

    Raises SessionError or NewerSchema when the plan cannot be read.
    """

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._progress = SweepProgress(sweep)
        self._sessions = _Sessions(sweep, self.plan, self._progress.state.runs)
        self._rows: list[RunRow] = [_planned(sweep, run) for run in self.plan.runs]

    @property
    def plan(self) -> Plan:
        """The sweep's plan."""
        return self._progress.plan

    @property
    def host(self) -> str:
        """Where its coordinator was started; "" before it was."""
        started = self._progress.state.started
        return started.host if started else ""

    def look(self, visible: Collection[str], now: float) -> Iterator[SweepView]:
        """What there is now: more than one view where there is much to read.

        visible: names of sessions to be read first; now: seconds, from any beginning. Raises
        SessionError, NewerSchema and OSError for what cannot be read.
        """
        sight = self._progress.look(now)
        self._sessions.refresh(visible)
        while self._sessions.read_more(visible, _READ_SECONDS):
            yield SweepView(self._arranged(), sight, True)
        yield SweepView(self._arranged(), sight, False)

    def _arranged(self) -> list[RunRow]:
        """The rows by the plan; those that are as they were are the same objects."""
        rows = {row.name: row for row in self._sessions.rows}
        arranged = []
        for planned, before in zip(self.plan.runs, self._rows, strict=True):
            row = rows.get(self._sessions.names.get(planned.name, ""))
            run_row = _row(self._sweep, planned, row, self._progress.state.runs.get(planned.name))
            problem = self._sessions.problems.get(planned.name)
            if problem:
                run_row = replace(run_row, problem=problem)
            arranged.append(before if _same(before, run_row) else run_row)
        if any(one is not other for one, other in zip(arranged, self._rows, strict=True)):
            self._rows = arranged
        return self._rows


class _Sessions(Library):
    """The sessions of a sweep's runs; names: by the run's name, what its session is called now."""

    def __init__(self, sweep: Sweep, plan: Plan, begun: Mapping[str, RunRecord]) -> None:
        super().__init__(sweep.root)
        self.names: dict[str, str] = {}
        self.problems: dict[str, str] = {}
        self._sweep, self._plan, self._begun = sweep, plan, begun
        self._missing: frozenset[str] = frozenset()

    def find(self) -> dict[str, Session]:
        """The sessions that there are; those under other names are sought once."""
        sessions: dict[str, Session] = {}
        missing: dict[str, PlannedRun] = {}
        for run in self._plan.runs:
            session = self._find_one(run)
            if session is not None:
                sessions[run.name] = session
            elif run.name in self._begun and run.name not in self.problems:
                missing[run.name] = run
        if missing.keys() != self._missing:
            renamed = find_renamed(self._sweep, missing.values())
            self._missing = frozenset(missing) - renamed.keys()
            sessions |= renamed
        self.names = {run: session.name for run, session in sessions.items()}
        return {session.name: session for session in sessions.values()}

    def _find_one(self, run: PlannedRun) -> Session | None:
        known = Session(self._sweep.root / self.names.get(run.name, run.name))
        if run.name in self.names:
            return known if (known.folder / "session.json").exists() else None
        try:
            session = find_session(self._sweep, run)
        except SessionError as error:
            self.problems[run.name] = str(error)
            return None
        self.problems.pop(run.name, None)
        return session


def _planned(sweep: Sweep, run: PlannedRun) -> RunRow:
    """A run without a session."""
    facts = LibraryEntry(created=0.0, hyperparameters=run.hyperparameters)
    return RunRow(Session(sweep.root / run.name), 0.0, facts=facts, run=run.name)


def _row(
    sweep: Sweep, planned: PlannedRun, row: LibraryRow | None, record: RunRecord | None
) -> RunRow:
    ended = record.ended if record else None
    if row is None:
        run_row = _planned(sweep, planned)
        if ended is None:
            return run_row
        if ended.outcome == "failed" and ended.text:
            return replace(run_row, problem=ended.text, word="failed")
        return replace(run_row, problem=f"it had {ended.outcome}, and {DELETED}", word="deleted")
    word = ""
    if ended is not None and ended.rule is not None and row.status is Status.STOPPED:
        word = _RULES[ended.rule]
    return RunRow(
        row.session, row.changed, row.status, row.facts, row.problem, run=planned.name, word=word
    )


def _same(one: RunRow, other: RunRow) -> bool:
    """Whether they show the same; facts that are the same object may hold what is no number."""
    if one.facts is not other.facts and one.facts != other.facts:
        return False
    return replace(one, changed=0.0, facts=None) == replace(other, changed=0.0, facts=None)
