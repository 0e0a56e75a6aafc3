"""All sweeps of a sessions folder as rows, kept up to date."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edgechaos_tui.presentation.text import natural_order
from engine.storage.errors import EdgeChaosError
from engine.storage.sweep.events import Outcome, SweepLogReader
from engine.storage.sweep.plan import Plan, Sweep, list_sweeps
from engine.storage.sweep.state import SweepState, SweepStatus, status_of


@dataclass(frozen=True)
class SweepRow:
    """One sweep; plan and status are None when it cannot be read, and `problem` says why."""

    sweep: Sweep
    plan: Plan | None = None
    status: SweepStatus | None = None
    host: str = ""
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    problem: str = ""


def _newest_first(row: SweepRow) -> tuple[float, str]:
    return -row.plan.created if row.plan else 0.0, natural_order(row.sweep.name)


@dataclass
class _KnownSweep:
    stamp: tuple[int, int]
    plan: Plan
    reader: SweepLogReader
    state: SweepState


class SweepList:
    """Polls the sweeps under `root`; each plan is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._entries: dict[str, _KnownSweep] = {}
        self._rows: Sequence[SweepRow] = ()

    def look(self) -> Sequence[SweepRow]:
        """The sweeps, newest first; the same object as before when nothing has changed.

        Raises SessionError when the folder cannot be read.
        """
        rows = [self._row(sweep) for sweep in list_sweeps(self._root)]
        rows.sort(key=_newest_first)
        if rows != self._rows:
            self._rows = rows
        return self._rows

    def _row(self, sweep: Sweep) -> SweepRow:
        try:
            entry = self._entry(sweep)
            for event in entry.reader.read_all():
                entry.state.apply(event)
        except (EdgeChaosError, OSError) as error:
            self._entries.pop(sweep.name, None)
            return SweepRow(sweep, problem=str(error))
        return SweepRow(
            sweep,
            entry.plan,
            status_of(sweep, entry.plan, entry.state),
            entry.state.host,
            entry.state.outcomes(),
        )

    def _entry(self, sweep: Sweep) -> _KnownSweep:
        file_status = os.stat(sweep.folder / "sweep.json")
        stamp = file_status.st_ino, file_status.st_mtime_ns
        entry = self._entries.get(sweep.name)
        if entry is None or entry.stamp != stamp:
            entry = _KnownSweep(stamp, sweep.plan(), SweepLogReader(sweep.log), SweepState())
            self._entries[sweep.name] = entry
        return entry
