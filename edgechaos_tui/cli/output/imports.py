"""The report of an import: the meaning of each column, and the sessions made."""

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from edgechaos_tui.cli.output import sessions as output
from edgechaos_tui.presentation.json_text import json_text
from edgechaos_tui.presentation.text import clean
from engine.importer.columns import EPOCH, STEP, TIME, parse_columns
from engine.importer.detection import is_own
from engine.importer.importing import Import
from engine.importer.source import RunSource
from engine.importer.watching import Watch
from engine.runtime.signals import Signals
from engine.storage.errors import InvalidInput
from engine.storage.session import importing
from engine.storage.session.recorded_epochs import STANDARD_METRICS
from engine.storage.session.session import Session

_WIDTH: Final = 14
_MOST_NAMES: Final = 24


def import_path(
    root: Path,
    path: Path,
    name: str | None,
    columns: Sequence[str],
    *,
    watch: bool,
    dry_run: bool,
    json: bool,
) -> None:
    """Import `path` into `root` and print the sessions made of it. Raises EdgeChaosError.

    name: of the new session; columns: NAME=COLUMN, as typed.
    """
    column_names = parse_columns(columns)
    if is_own(path):
        if column_names or watch or dry_run:
            option = "--column" if column_names else "--watch" if watch else "--dry-run"
            raise InvalidInput(f"{option} is for runs of other programs; {path} is a session")
        output.print_session(importing.add(root, path, name), json=json)
        return
    report = _PrintedReport(json=json)
    job = Import(root, path, report, name=name, columns=column_names)
    if watch:
        signals = Signals()
        signals.install()
        Watch(job, report, signals).run()
        report.remark("no longer watched; the same command continues")
    elif dry_run:
        job.plan()
    else:
        job.once()
    report.end()


class _PrintedReport:
    """A report as lines of text; with `json`, one JSON list at the end and remarks on stderr."""

    def __init__(self, *, json: bool) -> None:
        self._json = json
        self._records: dict[str, dict[str, Any]] = {}

    def plan(self, sources: list[RunSource]) -> None:
        for source in sources:
            self._records[source.origin] = _record(source)
        if not self._json:
            for source in sources:
                self._print("\n".join(_lines(source)))

    def session(self, session: Session, source: RunSource, *, resumed: bool) -> None:
        record = self._records.setdefault(source.origin, _record(source))
        record |= {"session": session.name, "folder": str(session.folder)}
        if not self._json:
            verb = "continues as" if resumed else "is now"
            self._print(
                f"{source.name} {verb} session {session.name}; "
                f"`edgechaos-tui open {session.name}` shows it"
            )

    def remark(self, sentence: str) -> None:
        self._print(sentence, error=self._json)

    def end(self) -> None:
        """Print the JSON list, if one was asked for."""
        if self._json:
            print(json_text(list(self._records.values()), indent=2))

    def _print(self, text: str, *, error: bool = False) -> None:
        # A watch continues after its terminal is closed.
        with contextlib.suppress(OSError):
            stream = sys.stderr if error else sys.stdout
            print("\n".join(map(clean, text.split("\n"))), file=stream, flush=True)


def _record(source: RunSource) -> dict[str, Any]:
    return {
        "name": source.name,
        "source": source.origin,
        "format": source.format,
        "axis": STEP if source.by_step else EPOCH,
        "last": source.points.last,
        "metrics": source.points.names,
        "unused": dict(source.unused),
        "config": source.config,
    }


def _lines(source: RunSource) -> list[str]:
    """The meaning of each column, as lines."""
    points = source.points
    axis = STEP if source.by_step else EPOCH
    lines = [f"{source.name}: {source.format}, up to {axis} {points.last:,.10g}"]
    for target in (STEP, EPOCH, TIME):
        column = source.columns.column_of(target)
        if column is not None:
            lines.append(_line(target, column if column != "#" else "the number of the line"))
    columns = {target: column for column, target in source.targets().items()}
    free: list[str] = []
    for metric in points.names:
        field = STANDARD_METRICS.get(metric)
        column = columns.get(metric, metric)
        if field is not None or column != metric:
            lines.append(_line((field or metric).replace("_", " "), column))
        else:
            free.append(metric)
    if free:
        more = f" and {len(free) - _MOST_NAMES} more" if len(free) > _MOST_NAMES else ""
        lines.append(_line("as they are", ", ".join(free[:_MOST_NAMES]) + more))
    if source.config:
        lines.append(_line("config", ", ".join(list(source.config)[:_MOST_NAMES])))
    return lines


def _line(target: str, column: str) -> str:
    return f"  {target:<{_WIDTH}} {column}"
