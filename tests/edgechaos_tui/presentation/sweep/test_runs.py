"""The rows of a sweep's runs over real files."""

import shutil
from pathlib import Path

from edgechaos_tui.presentation.sweep.runs import RunRow, SweepRuns, SweepView
from engine.storage.session import edit
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from engine.storage.sweep.events import RunEnded, RunStarted, SweepLogWriter
from engine.storage.sweep.state import SweepStatus
from tests.support.library_samples import write_session
from tests.support.sweep_samples import write_run, write_sweep


def _look(runs: SweepRuns) -> SweepView:
    return list(runs.look((), 0.0))[-1]


def _names(view: SweepView) -> list[tuple[str, Status | None]]:
    return [(row.name, row.status) for row in view.rows]


def test_runs_stand_in_the_plans_order_also_before_they_have_sessions(sessions_root: Path) -> None:
    sweep = write_sweep(sessions_root, "s", {"lr": (0.1, 0.2, 0.4)}, ended=1)
    runs = SweepRuns(sweep)
    before = _look(runs)
    assert _names(before) == [("s-001", Status.FINISHED), ("s-002", None), ("s-003", None)]
    assert [row.has_session for row in before.rows] == [True, False, False]
    assert before.sight.outcomes == {"finished": 1}
    assert _look(runs).rows is before.rows
    write_run(sweep, sweep.plan().runs[1])
    after = _look(runs)
    assert after.rows[1].status is Status.FINISHED
    assert after.rows[0] is before.rows[0]
    assert after.rows[2] is before.rows[2]


def test_a_renamed_session_is_found_again(sessions_root: Path) -> None:
    sweep = write_sweep(sessions_root, "s", {"lr": (0.1, 0.2)})
    runs = SweepRuns(sweep)
    _look(runs)
    edit.rename(Session(sessions_root / "s-001"), "best")
    rows = _look(runs).rows
    assert [(row.run, row.name) for row in rows] == [("s-001", "best"), ("s-002", "s-002")]
    assert rows[0].status is Status.FINISHED


def test_anothers_session_of_the_same_name_is_not_taken_for_the_run(sessions_root: Path) -> None:
    sweep = write_sweep(sessions_root, "s", {"lr": (0.1, 0.2)}, ended=0)
    write_session(sessions_root, "s-002")
    row = _look(SweepRuns(sweep)).rows[1]
    assert "another session is called s-002" in row.problem
    assert row.status is None


def test_the_rule_that_ended_a_run_and_a_run_that_never_began_are_told(
    sessions_root: Path,
) -> None:
    sweep = write_sweep(sessions_root, "s", {"lr": (0.1, 0.2)}, ended=0)
    writer = SweepLogWriter(sweep.log)
    writer.append(RunStarted(t=1.0, run="s-001", epoch=0))
    writer.append(RunEnded(t=2.0, run="s-001", outcome="failed", epoch=0, text="it was deleted"))
    writer.close()
    row = _look(SweepRuns(sweep)).rows[0]
    assert (row.word, row.problem) == ("failed", "it was deleted")
    assert isinstance(row, RunRow)
    assert row.for_grid().facts is None


def test_a_finished_run_whose_session_was_deleted_says_so(sessions_root: Path) -> None:
    sweep = write_sweep(sessions_root, "s", {"lr": (0.1, 0.2)})
    shutil.rmtree(sessions_root / "s-001")
    row = _look(SweepRuns(sweep)).rows[0]
    assert row.word == "deleted"
    assert "its session was deleted" in row.problem


def test_a_sweep_without_a_coordinator_is_not_running(sessions_root: Path) -> None:
    sweep = write_sweep(sessions_root, "s", {"lr": (0.1, 0.2)})
    assert _look(SweepRuns(sweep)).sight.status is SweepStatus.FINISHED
