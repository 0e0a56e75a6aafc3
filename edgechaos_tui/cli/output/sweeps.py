"""The output of `edgechaos-tui sweeps` and `sweep show`: sweeps as text or as JSON."""

from pathlib import Path
from typing import Any

import msgspec

from edgechaos_tui.cli.output.table import print_table
from edgechaos_tui.presentation.describe import label_of
from edgechaos_tui.presentation.json_text import json_text
from edgechaos_tui.presentation.run.reading import read_summary
from edgechaos_tui.presentation.run.summary import Summary
from edgechaos_tui.presentation.sweep.runs import DELETED
from edgechaos_tui.presentation.sweep.text import at_once_words, outcome_words, sweep_status_words
from edgechaos_tui.presentation.text import clean, number, setting, signed
from engine.storage.errors import EdgeChaosError
from engine.storage.session.session import Session
from engine.storage.sweep.events import SweepFailed
from engine.storage.sweep.plan import PlannedRun, Sweep, jobs_of, list_sweeps
from engine.storage.sweep.sessions import find_renamed
from engine.storage.sweep.state import SweepReading, read_sweep


def print_sweeps(root: Path, *, json: bool) -> None:
    """Print all sweeps under `root`, newest first; an unreadable one with the reason."""
    records = []
    for sweep in list_sweeps(root):
        try:
            records.append(_record(sweep, read_sweep(sweep)))
        except EdgeChaosError as error:
            records.append({"sweep": sweep.name, "error": str(error), "created": 0.0})
    records.sort(key=lambda record: float(record["created"]), reverse=True)
    if json:
        print(json_text(records, indent=2))
    elif not records:
        print(f"no sweeps in {root} yet; `edgechaos-tui sweep --lr 0.01,0.02` starts one")
    else:
        titles = ("name", "status", "runs", "varied", "ended")
        words = ("name", "status", "varied", "ended")
        print_table(titles, map(_overview, records), left=words, cut=words)


def print_sweep(sweep: Sweep, *, json: bool) -> None:
    """Print one sweep with all its runs. Raises SessionError when it cannot be read."""
    reading = read_sweep(sweep)
    sessions = _sessions_of(sweep, reading)
    runs = [_run_record(reading, run, sessions.get(run.name)) for run in reading.plan.runs]
    if json:
        print(json_text(_record(sweep, reading) | {"runs": runs}, indent=2))
        return
    print("\n".join(_head(sweep, reading)))
    varied = reading.plan.varied
    columns = ["name", "status", *map(label_of, varied), "epoch", "best test", "acc", "J²", "d"]
    words = ("name", "status")
    print_table(columns, (_cells(record, varied) for record in runs), left=words, cut=words)
    for record in runs:
        if record["text"]:
            print(clean(f"{record['session']}: {record['text']}"))


def _record(sweep: Sweep, reading: SweepReading) -> dict[str, Any]:
    plan, state = reading.plan, reading.state
    return {
        "sweep": sweep.name,
        "folder": str(sweep.folder),
        "status": str(reading.status),
        "host": state.host or None,
        "created": plan.created,
        "note": plan.note,
        "varied": plan.varied,
        "rule": msgspec.to_builtins(plan.rule),
        "jobs": _jobs(reading),
        "cluster": plan.cluster,
        "count": len(plan.runs),
        "outcomes": state.outcomes(),
    }


def _jobs(reading: SweepReading) -> int:
    """The number of runs at a time, as the coordinator chose it; else as chosen here."""
    return reading.state.started.jobs if reading.state.started else jobs_of(reading.plan.jobs)


def _sessions_of(sweep: Sweep, reading: SweepReading) -> dict[str, Session]:
    """The existing sessions by the names of their runs, renamed sessions included."""
    sessions = {}
    for run in reading.plan.runs:
        session = Session(sweep.root / run.name)
        if session.folder.is_dir():
            sessions[run.name] = session
    lost = [
        run
        for run in reading.plan.runs
        if run.name in reading.state.runs and run.name not in sessions
    ]
    return sessions | (find_renamed(sweep, lost) if lost else {})


def _run_record(reading: SweepReading, run: PlannedRun, session: Session | None) -> dict[str, Any]:
    record = reading.state.runs.get(run.name)
    ended = record.ended if record else None
    status, summary, text = "waiting", None, ended.text if ended else ""
    if session is not None:
        try:
            _, summary, session_status = read_summary(session)
            status = str(session_status)
        except (EdgeChaosError, OSError):
            status = "unreadable"
    if ended:
        status = str(ended.outcome)
        if session is None and ended.outcome != "failed":
            status, text = "deleted", f"it had {ended.outcome}, and {DELETED}"
    return {
        "session": session.name if session else run.name,
        "status": status,
        "hyperparameters": msgspec.to_builtins(run.hyperparameters),
        "rule": ended.rule if ended else None,
        "text": text,
        **_results(summary),
    }


def _results(summary: Summary | None) -> dict[str, Any]:
    last = summary.last if summary else None
    best = summary.test_loss.best if summary else None
    return {
        "epochs_done": summary.epochs_done if summary else 0,
        "best_test_loss": {"epoch": best.epoch, "value": best.value} if best else None,
        "test_accuracy": last.test_accuracy if last else None,
        "j2": summary.j2 if summary else None,
        "edge_distance": last.edge_distance if last else None,
        "crossed_edge_at_epoch": summary.crossed if summary else None,
    }


def _head(sweep: Sweep, reading: SweepReading) -> list[str]:
    total = len(reading.plan.runs)
    lines = [
        f"{sweep.name}: {sweep_status_words(reading.status, clean(reading.state.host))}, "
        f"{reading.state.ended} of {total} runs ended ({outcome_words(reading.state.outcomes())}), "
        f"{at_once_words(_jobs(reading))}{' on Ray' if reading.plan.cluster else ''}"
    ]
    if isinstance(reading.state.lifecycle, SweepFailed):
        lines.append(clean(reading.state.lifecycle.text))
    rule = reading.plan.rule
    if rule.past_edge is not None:
        lines.append(f"a run ends once d > {rule.past_edge:g}")
    if rule.stale_epochs is not None:
        lines.append(f"a run ends after {rule.stale_epochs} epochs without a better test loss")
    if reading.plan.note:
        lines.append(clean(reading.plan.note))
    return [*lines, ""]


def _overview(record: dict[str, Any]) -> list[str]:
    if "error" in record:
        return [record["sweep"], "unreadable: " + record["error"]]
    return [
        record["sweep"],
        record["status"],
        f"{sum(record['outcomes'].values())}/{record['count']}",
        ", ".join(map(label_of, record["varied"])) or "a list",
        outcome_words(record["outcomes"]),
    ]


def _cells(record: dict[str, Any], varied: list[str]) -> list[str]:
    hyperparameters, best = record["hyperparameters"], record["best_test_loss"]
    return [
        record["session"],
        record["status"],
        *[setting(hyperparameters.get(name, "–")) for name in varied],
        f"{record['epochs_done']}/{hyperparameters['epochs']}",
        f"{number(best['value'])} @{best['epoch']}" if best else "–",
        number(record["test_accuracy"]),
        number(record["j2"]),
        signed(record["edge_distance"]),
    ]
