"""Tables and figures of `edgechaos-tui compare`."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from edgechaos_tui.presentation.compare.comparison import (
    Axis,
    Member,
    axes_of,
    axis_with_places,
    check_sessions,
    collapse_of,
    lacks_axis,
    read_members,
)
from edgechaos_tui.presentation.compare.effect import EditEffect, edit_effects, effect_words
from edgechaos_tui.presentation.compare.results import (
    RESULT_NAMES,
    differing,
    groups,
    results_of_all,
    spreads,
)
from edgechaos_tui.presentation.compare.table import ComparisonTable, collapse_words, table_of
from edgechaos_tui.presentation.json_text import json_text
from edgechaos_tui.presentation.text import clean
from engine.storage.hyperparameters import PARAMETERS
from engine.storage.session.recovery import info_to_show
from engine.storage.session.session import Session

__all__ = ["check", "draw", "read_members", "rendered"]

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "²": "$^2$", "α": r"$\alpha$", "η": r"$\eta$", "λ": r"$\lambda$", "τ": r"$\tau$",
    "₀": "$_0$", "–": "--", "−": "$-$", "±": r"$\pm$", "→": r"$\to$", "∞": r"$\infty$",
    "·": r"$\cdot$", "√": r"$\surd$", "…": r"\ldots{}",
}  # fmt: skip


def check(sessions: Sequence[Session]) -> None:
    """Raise SessionError unless these can be compared. Their logs are not read."""
    check_sessions(sessions)
    for session in sessions:
        info_to_show(session)


def rendered(
    members: Sequence[Member], x: str, form: str, *, reference: int | None, every: bool
) -> str:
    """The comparison over the axis `x` in `form`: text, json, csv, markdown or latex.

    reference, every: as in `table_of`.
    """
    if form == "json":
        return _as_json(members, axis_with_places(members, cast("Axis", x)), reference)
    if form == "csv":
        return _as_csv(members)
    table = table_of(members, reference=reference, every=every)
    notes = (*table.notes, *effect_words(members), collapse_words(members))
    table = replace(table, notes=notes)
    forms: dict[str, Callable[[ComparisonTable], str]] = {
        "text": _as_text, "markdown": _as_markdown, "latex": _as_latex
    }  # fmt: skip
    return forms[form](table)


def draw(members: Sequence[Member], x: str, output: Path) -> None:
    """Draw the curves of all runs over the axis `x` into the file `output`.

    Raises SessionError without matplotlib, or when the file cannot be written.
    """
    from edgechaos_tui.export.figures import comparison

    comparison.draw(members, axis_with_places(members, cast("Axis", x)), output)


def _as_text(table: ComparisonTable) -> str:
    cells = [["", *table.names]]
    cells += [
        [row.label, *(c + ("*" if i in row.best else "") for i, c in enumerate(row.cells))]
        for row in table.rows
    ]
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    marked = ["* best"] if any(row.best for row in table.rows) else []
    return "\n".join([*lines, "", *marked, *table.notes])


def _as_markdown(table: ComparisonTable) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    rows = [
        [row.label.strip(), *(f"**{c}**" if i in row.best else c for i, c in enumerate(row.cells))]
        for row in table.rows
    ]
    rule = "|---" * (len(table.names) + 1) + "|"
    notes = [part for note in table.notes for part in ("", note)]
    return "\n".join([line(["", *table.names]), rule, *map(line, rows), *notes])


def _as_latex(table: ComparisonTable) -> str:
    """A tabular environment that needs no package."""

    def line(cells: Sequence[str]) -> str:
        return " & ".join(cells) + r" \\"

    rows = [
        [_escaped(row.label.strip())]
        + [
            rf"\textbf{{{_escaped(c)}}}" if i in row.best else _escaped(c)
            for i, c in enumerate(row.cells)
        ]
        for row in table.rows
    ]
    head = line(["", *map(_escaped, table.names)])
    notes = [f"% {note}" for note in table.notes]
    return "\n".join([
        rf"\begin{{tabular}}{{l{'r' * len(table.names)}}}", r"\hline", head, r"\hline",
        *map(line, rows), r"\hline", r"\end{tabular}", *notes,
    ])  # fmt: skip


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


def _as_csv(members: Sequence[Member]) -> str:
    """One row per session: the hyperparameters in force and all results; empty cell: none."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["session", *PARAMETERS, *RESULT_NAMES])
    for member, results in zip(members, results_of_all(members), strict=True):
        hyperparameters = member.state.summary.hyperparameters
        values = results.as_dict().values()
        cells = [member.name, *(hyperparameters.known(n) for n in PARAMETERS), *values]
        writer.writerow([clean(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue().rstrip("\n")


def _as_json(members: Sequence[Member], axis: Axis, reference: int | None) -> str:
    results = results_of_all(members)
    record = {
        "axis": axis,
        "differs": differing(members),
        "reference": None if reference is None else members[reference].name,
        "sessions": [
            {
                "session": member.name,
                "hyperparameters_at_start": member.start.plain(),
                "hyperparameters": member.state.summary.hyperparameters.plain(),
                "results": run_results.as_dict(),
            }
            for member, run_results in zip(members, results, strict=True)
        ],
        "seeds": [
            {
                "sessions": [members[i].name for i in positions],
                "results": {
                    name: {"mean": s.mean, "standard_deviation": s.deviation, "runs": s.count}
                    for name, s in spreads([results[i] for i in positions]).items()
                },
            }
            for positions in groups(members)
        ],
        "edits": [_as_record(effect, members) for effect in edit_effects(members)],
        "collapse_of_j2": {name: _collapse(members, name) for name in axes_of(members)},
    }
    return json_text(record, indent=2)


def _as_record(effect: EditEffect, members: Sequence[Member]) -> dict[str, Any]:
    """The effect of an edit; differences by metric: the run's minus that of the run without it."""
    return {
        "epoch": effect.epoch,
        "edit": effect.words,
        "session": members[effect.run].name,
        "without": members[effect.without].name,
        "twin": None if effect.twin is None else members[effect.twin].name,
        "first_epoch": effect.first,
        "last_epoch": effect.last,
        "differences": {
            d.metric: {"value": d.value, "chance": d.chance} for d in effect.differences
        },
        "edge_epoch": effect.crossed,
        "edge_epoch_without": effect.crossed_without,
    }


def _collapse(members: Sequence[Member], axis: Axis) -> dict[str, Any] | None:
    collapse = collapse_of(members, axis)
    if collapse is None or any(lacks_axis(member, axis) for member in members):
        return None
    return {"spread": collapse.spread, "low": collapse.low, "high": collapse.high}
