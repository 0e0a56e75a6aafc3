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
"""Seconds of reading between updates of the view."""
DELETED: Final = "its session was deleted: resuming the sweep trains it again"
_OVER: Final = (Status.FINISHED, Status.DIVERGED, Status.FAILED, Status.STOPPED)

_RULES: Final[dict[RuleName, str]] = {"past_edge": "past edge", "stale": "stale"}
"""The words for the rule that ended a run."""


@dataclass(frozen=True)
class RunRow(LibraryRow):
    """A run, which may not have a session yet. run: its name in the plan.

    word: the outcome by the sweep, when the session's status does not say it; else "".
    """

    run: str = ""
    word: str = ""

    @property
    def has_session(self) -> bool:
        """Whether there is a session to open."""
        return self.status is not None or bool(self.problem)

    def for_grid(self) -> GridRun:
        """The run for a map."""
        return GridRun(
            self.run,
            self.facts if self.status else None,
            over=self.status in _OVER,
            diverged=self.status is Status.DIVERGED,
        )


@dataclass(frozen=True)
class SweepView:
    """The result of one poll. rows: the same object as before when no run has changed."""

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
        """The host of its coordinator; "" before that was started."""
        return self._progress.state.host

    def look(self, visible: Collection[str], now: float) -> Iterator[SweepView]:
        """The views of one poll: several when there is much to read.

        visible: names of sessions to be read first; now: a monotonic time in seconds. Raises
        SessionError, NewerSchema and OSError for what cannot be read.
        """
        sight = self._progress.look(now)
        self._sessions.refresh(visible)
        while self._sessions.read_more(visible, _READ_SECONDS):
            yield SweepView(self._arranged(), sight, True)
        yield SweepView(self._arranged(), sight, False)

    def _arranged(self) -> list[RunRow]:
        """The rows in the plan's order; unchanged ones are the same objects."""
        rows = {row.name: row for row in self._sessions.rows}
        arranged = []
        for planned, previous in zip(self.plan.runs, self._rows, strict=True):
            row = rows.get(self._sessions.names.get(planned.name, ""))
            run_row = _row(self._sweep, planned, row, self._progress.state.runs.get(planned.name))
            problem = self._sessions.problems.get(planned.name)
            if problem:
                run_row = replace(run_row, problem=problem)
            arranged.append(previous if _same(previous, run_row) else run_row)
        if any(row is not previous for row, previous in zip(arranged, self._rows, strict=True)):
            self._rows = arranged
        return self._rows


class _Sessions(Library):
    """The sessions of a sweep's runs. names: the present name of each run's session."""

    def __init__(self, sweep: Sweep, plan: Plan, begun: Mapping[str, RunRecord]) -> None:
        super().__init__(sweep.root)
        self.names: dict[str, str] = {}
        self.problems: dict[str, str] = {}
        self._sweep, self._plan, self._begun = sweep, plan, begun
        self._missing: frozenset[str] = frozenset()

    def find(self) -> dict[str, Session]:
        """The existing sessions of the runs; renamed ones are searched for once."""
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
        if run.name in self.names:
            named = Session(self._sweep.root / self.names[run.name])
            return named if (named.folder / "session.json").exists() else None
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


def _same(row: RunRow, other: RunRow) -> bool:
    """Whether two rows show the same. Facts with nan are equal only as the same object."""
    if row.facts is not other.facts and row.facts != other.facts:
        return False
    return replace(row, changed=0.0, facts=None) == replace(other, changed=0.0, facts=None)
