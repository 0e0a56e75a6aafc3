"""The output of `edgechaos-tui sessions` and `show`: sessions as text or as JSON."""

import textwrap
from pathlib import Path
from typing import Any

import msgspec

from edgechaos_tui.cli.output.table import print_table
from edgechaos_tui.presentation.describe import RECORDED_WORDS, status_words
from edgechaos_tui.presentation.json_text import json_text
from edgechaos_tui.presentation.run import reading
from edgechaos_tui.presentation.run.reading import Reading
from edgechaos_tui.presentation.run.sentences.machine import machine_of, use_of, use_words
from edgechaos_tui.presentation.run.summary import Best, Summary
from edgechaos_tui.presentation.text import clean, natural_order, number, setting, signed
from engine.storage.errors import EdgeChaosError
from engine.storage.hyperparameters import PARAMETERS, Parameter, Value
from engine.storage.metrics import METRICS
from engine.storage.session.events import Diverged, Epoch, Failed
from engine.storage.session.info import Info, RecordedInfo
from engine.storage.session.recorded import RecordedHyperparameters
from engine.storage.session.recorded_epochs import RecordedEpoch, plain_epoch
from engine.storage.session.session import Session, with_references
from engine.theory.phase import depth_phase, phase

_COLUMNS = ("name", "status", "lr", "α", "B", "λ", "epoch", "best test", "acc", "J²", "d", "phase")
_LEFT = ("name", "status", "phase")


def print_sessions(root: Path, *, json: bool) -> None:
    """Print all sessions under `root`, newest first, then the reference sessions by name.

    A session that cannot be read is listed with the reason.
    """
    records = []
    for session in with_references(root):
        try:
            records.append(_record(session, reading.read(session)))
        except EdgeChaosError as error:
            problem = {"session": session.name, "error": str(error), "created": 0.0}
            records.append(problem | {"reference": session.is_reference})
    records.sort(key=_order)
    if json:
        print(json_text(records, indent=2))
        return
    if all(record["reference"] for record in records):
        print(f"no sessions in {root} yet; `edgechaos-tui new` or `edgechaos-tui run` starts one")
    if records:
        print_table(_COLUMNS, map(_cells, records), left=_LEFT, cut=("name", "status"))
        for record in records:
            if sentence := _problem_line(record):
                print(clean(sentence))


def _problem_line(record: dict[str, Any]) -> str:
    """The problem in reading a session, in a sentence, for which the table has no room."""
    name, problem = record["session"], record.get("error") or record.get("problem") or ""
    return problem if not problem or problem.startswith(name) else f"{name}: {problem}"


def _order(record: dict[str, Any]) -> tuple[bool, float, str]:
    if record["reference"]:
        return True, 0.0, natural_order(record["session"])
    return False, -float(record["created"]), ""


def print_session(session: Session, *, json: bool, plot: bool = False) -> None:
    """Print one session in full. Raises SessionError when it cannot be read."""
    # Imported here, because it imports numpy, which a list of sessions does not need.
    from edgechaos_tui.presentation.run.analysis.law_report import law_record

    session_reading, state = reading.read_with_state(session)
    law = law_record(state)
    if json:
        print(json_text(_record(session, session_reading) | {"law": law}, indent=2))
        return
    print("\n".join(_lines(session, session_reading, law)))
    if plot:
        from edgechaos_tui.cli.output.plots import print_plots

        print_plots(state)


def _record(session: Session, session_reading: Reading) -> dict[str, Any]:
    info, summary = session_reading.info, session_reading.summary
    last = summary.last
    distance = last.edge_distance if last else None
    return {
        "session": session.name,
        "folder": str(session.folder),
        "status": str(session_reading.status),
        "reference": session.is_reference,
        "created": info.created,
        "parent": msgspec.to_builtins(info.parent),
        "hyperparameters": summary.hyperparameters.plain(),
        "epochs_done": summary.epochs_done,
        "best_test_loss": _best(summary.test_loss.best),
        "best_test_accuracy": _best(summary.test_accuracy.best),
        "last_epoch": {"type": "epoch"} | plain_epoch(last) if last else None,
        "j2": summary.j2,
        "edge_distance": distance,
        "phase": summary.phase,
        "crossed_edge_at_epoch": summary.crossed,
        "note": info.note,
        "tags": info.tags,
        "problem": session_reading.problem,
    }


def _best(best: Best | None) -> dict[str, float] | None:
    return {"epoch": best.epoch, "value": best.value} if best else None


def _cells(record: dict[str, Any]) -> list[str]:
    if "error" in record:
        return [record["session"], "unreadable"]
    hyperparameters = record["hyperparameters"]
    best = record["best_test_loss"]
    last = record["last_epoch"] or {}
    return [
        record["session"],
        "reference" if record["reference"] else record["status"],
        *[_setting(hyperparameters[name]) for name in ("lr", "momentum", "batch_size", "l2")],
        _of_planned(record["epochs_done"], hyperparameters["epochs"]),
        f"{number(best['value'])} @{best['epoch']}" if best else "–",
        number(last.get("test_accuracy")),
        number(record["j2"]),
        signed(record["edge_distance"]),
        record["phase"] or "–",
    ]


def _setting(value: Value | None) -> str:
    return "–" if value is None else setting(value)


def _of_planned(done: int, planned: int | None) -> str:
    return f"{done}/{planned}" if planned else str(done)


def _lines(session: Session, session_reading: Reading, law: dict[str, Any]) -> list[str]:
    info, summary = session_reading.info, session_reading.summary

    hyperparameters = summary.hyperparameters
    plan = (
        f" of {hyperparameters.epochs}"
        if hyperparameters.epochs and summary.unit == "epoch"
        else ""
    )
    epochs = f"{summary.unit} {summary.epochs_done}{plan}"
    kind = "reference session, " if session.is_reference else ""
    status = status_words(session_reading.status, summary.host)
    lines = [f"{session.name}: {kind}{status}, {epochs}", ""]
    if info.parent is not None:
        lines.append(
            f"  {'fork of':<18} {clean(info.parent.name)}, after epoch {info.parent.epoch}"
        )
    if isinstance(hyperparameters, RecordedHyperparameters):
        lines += [f"  {_where_from(info)}", ""]
        lines += [
            f"  {clean(key):<18} {clean(setting(v))}" for key, v in hyperparameters.config.items()
        ]
    else:
        for name, parameter in PARAMETERS.items():
            value = getattr(hyperparameters, name)
            if value != "":
                lines.append(f"  {parameter.label:<18} {_spoken(parameter, value)}")
    lines += ["", *_results(summary), *_machine_lines(summary)]
    if summary.last is not None:
        lines += _law_lines(law)
    if isinstance(summary.lifecycle, Failed | Diverged):
        lines += ["", clean(summary.lifecycle.text)]
    if session_reading.problem:
        lines += ["", clean(session_reading.problem)]
    if info.note:
        lines += ["", clean(info.note)]
    return lines


def _where_from(info: Info) -> str:
    """The origin of a recorded session."""
    source = info.source if isinstance(info, RecordedInfo) else ""
    return f"imported from {clean(source)}" if source else RECORDED_WORDS


def _law_lines(law: dict[str, Any]) -> list[str]:
    lines = []
    if law["slope"] is not None:
        first, last = law["slope_epochs"]
        slope = (
            f"{number(law['slope'])} an epoch, over epochs {first}–{last} (c {number(law['c'])})"
        )
        lines.append(f"  {'slope A of J²':<18} {slope}")
    lines += [
        f"  {clean('of ' + layer['name']):<18} {number(layer['slope'])} an epoch"
        + ("" if layer["c"] is None else f" (c {number(layer['c'])})")
        for layer in law["layers"]
    ]
    return [*lines, "", *textwrap.wrap(law["advice"], 78)]


def _spoken(parameter: Parameter, value: Value) -> str:
    if value == 0 and parameter.zero:
        return parameter.zero
    # Other units are part of the label.
    unit = parameter.unit if parameter.unit in ("per step", "threads") else ""
    return f"{clean(setting(value))} {unit}".rstrip()


def _results(summary: Summary) -> list[str]:
    last, loss, accuracy = summary.last, summary.test_loss.best, summary.test_accuracy.best
    if last is None:
        return ["  no epoch yet"]
    lines = [f"  {'J²':<18} {number(summary.j2)}"] if summary.j2 is not None else []
    if last.edge_distance is not None:
        phase_by_j = phase(last.edge_distance)
        distance = signed(last.edge_distance) + (f" ({phase_by_j})" if phase_by_j else "")
        lines.append(f"  {'d = J/J_edge − 1':<18} {distance}")
    for name in ("lambda_depth", "lambda_angle"):
        value, error = getattr(last, name), getattr(last, f"{name}_error")
        if value is not None and error is not None:
            phase_by_depth = depth_phase(value, error) or "phase unknown"
            words = f"{signed(value, 3)} ± {error:.3f} ({phase_by_depth})"
            lines.append(f"  {METRICS[name].title:<18} {words}")
    if summary.crossed is not None:
        lines.append(f"  {'reached the edge':<18} epoch {summary.crossed}")
    unit = summary.unit
    if loss:
        lines.append(f"  {'best test loss':<18} {number(loss.value)} at {unit} {loss.epoch}")
    if accuracy:
        lines.append(
            f"  {'best test accuracy':<18} {number(accuracy.value)} at {unit} {accuracy.epoch}"
        )
    return [*lines, *_other_metrics(last)]


def _machine_lines(summary: Summary) -> list[str]:
    """The use of the machine in the last epoch, as lines."""
    if summary.last is None:
        return []
    words = use_words(use_of(summary.last), machine_of(summary.started))
    return [f"  {name:<18} {text}" for name, text in words.items()]


def _other_metrics(last: Epoch) -> list[str]:
    """The last values of a recorded run's own metrics, and its train loss."""
    if not isinstance(last, RecordedEpoch):
        return []
    named = {"train loss": last.train_loss, **last.metrics}
    return [f"  {clean(n):<18} {number(value)}" for n, value in named.items() if value is not None]
