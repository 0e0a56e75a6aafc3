"""The export of sessions as CSV, JSON lines, Parquet or zip, or by the writers beside it."""

import csv
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from edgechaos_tui.export.atomic_files import is_stdout, whole_file, whole_folder
from edgechaos_tui.export.columns import COLUMNS, WHOLE, layer_cells
from edgechaos_tui.presentation.json_text import json_text
from engine.storage.errors import NewerSchema, SessionError
from engine.storage.line_codec import UNREADABLE
from engine.storage.line_reader import whole_lines
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Epoch, Rewound
from engine.storage.session.recorded_epochs import RecordedEpoch, plain_epoch
from engine.storage.session.session import Session

_EXTRAS = {
    "parquet": ("pyarrow", "parquet"),
    "tensorboard": ("tensorboard", "tensorboard"),
    **dict.fromkeys(("svg", "png", "pdf"), ("matplotlib", "figures")),
}


def export(sessions: Sequence[Session], form: str, output: Path) -> list[Path]:
    """Write the sessions to `output` in `form`, one of FORMATS; returns the paths written.

    Raises SessionError for a session that cannot be read, a format whose package is missing, or a
    path that cannot be written; then nothing half-written is left.
    """
    _require(form)
    _check(sessions)
    if form == "tensorboard":
        from edgechaos_tui.export.tensorboard import write_runs

        with whole_folder(output) as folder:
            write_runs([(s.name, read_epochs(s)) for s in sessions], folder)
        return [output]
    if form in _TABLES:
        with whole_file(output) as temporary:
            _TABLES[form](sessions, temporary)
        return [output]
    write = _write_zip if form == "zip" else partial(_draw, form)
    if len(sessions) == 1:
        write(sessions[0], output)
        return [output]
    with whole_folder(output) as folder:
        for session in sessions:
            write(session, folder / f"{session.name}.{form}")
    return [output / f"{session.name}.{form}" for session in sessions]


def report(written: Sequence[Path], *, json: bool) -> None:
    """Print the paths written, on stderr if one of them is stdout."""
    stream = sys.stderr if any(map(is_stdout, written)) else sys.stdout
    if json:
        print(json_text({"written": [str(path) for path in written]}), file=stream)
    else:
        for path in written:
            print(f"wrote {path}", file=stream)


def read_epochs(session: Session) -> list[Epoch]:
    """The epochs of the session in order; of one that was trained again, the last result."""
    rows: list[Epoch] = []
    for event in LogReader(session.log).read_all():
        if isinstance(event, Epoch):
            if not rows or event.epoch > rows[-1].epoch:
                rows.append(event)
        elif isinstance(event, Rewound):
            while rows and rows[-1].epoch > event.epoch:
                rows.pop()
    return rows


def _require(form: str) -> None:
    package, extra = _EXTRAS.get(form, ("", ""))
    if package and find_spec(package) is None:
        raise SessionError(
            f"{form} needs {package}: install it with pip install 'edgechaos-tui[{extra}]'"
        )


def _check(sessions: Sequence[Session]) -> None:
    names = [session.name for session in sessions]
    for session in sessions:
        if names.count(session.name) > 1:
            raise SessionError(f"{session.name} is named twice; name each session once")
        session.info()
        try:
            for _ in LogReader(session.log).read_all():
                pass
        except NewerSchema as error:
            raise SessionError(f"{session.name}: {error}") from None
        except OSError as error:
            raise SessionError(f"{session.name}: cannot be read: {error.strerror}") from None


class _ExportTable:
    """One row per epoch. columns: (unit, meaning) by name, with metrics of recorded sessions."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        self._epochs = [(session.name, read_epochs(session)) for session in sessions]
        self.columns = dict(COLUMNS)
        for _, epochs in self._epochs:
            for event in epochs:
                for name in event.metrics if isinstance(event, RecordedEpoch) else ():
                    self.columns.setdefault(name, ("", "as logged"))
                for name in layer_cells(event):
                    self.columns.setdefault(name, ("", "of one layer, as in docs/format.md"))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        for name, epochs in self._epochs:
            for event in epochs:
                free = event.metrics if isinstance(event, RecordedEpoch) else {}
                cells = {"session": name, **free, **layer_cells(event), **plain_epoch(event)}
                yield tuple(cells.get(column) for column in self.columns)


def _csv(sessions: Sequence[Session], output: Path) -> None:
    """Numbers in full precision; empty: not measured; nan, inf, -inf: measured, not finite."""
    table = _ExportTable(sessions)
    with output.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(table.rows())


def _jsonl(sessions: Sequence[Session], output: Path) -> None:
    """Every complete line of the logs, with the session's name after its type."""
    with output.open("wb") as file:
        for session in sessions:
            for line in whole_lines(session.log):
                try:
                    event = msgspec.json.decode(line, type=dict[str, Any])
                except UNREADABLE:
                    continue
                named = {"type": event.pop("type", ""), "session": session.name, **event}
                file.write(msgspec.json.encode(named) + b"\n")


def _parquet(sessions: Sequence[Session], output: Path) -> None:
    """Null: not measured; nan and infinities are values. The columns' metadata have their units."""
    import pyarrow as pa
    from pyarrow import parquet

    table = _ExportTable(sessions)
    fields = [
        pa.field(name, _arrow_type(pa, name), metadata={"unit": unit, "meaning": meaning})
        for name, (unit, meaning) in table.columns.items()
    ]
    columns = list(zip(*table.rows(), strict=True)) or [()] * len(fields)
    arrays = [
        pa.array(column, type=field.type, from_pandas=False)
        for column, field in zip(columns, fields, strict=True)
    ]
    parquet.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), output)


def _arrow_type(pa: Any, name: str) -> Any:
    if name == "session":
        return pa.string()
    return pa.int64() if name in WHOLE else pa.float64()


def _write_zip(session: Session, output: Path) -> None:
    with whole_file(output) as temporary:
        _zip(session, temporary)


def _zip(session: Session, output: Path) -> None:
    """session.json and the log, without weights, lock and commands."""
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        # Without the files' times, so that equal sessions give equal archives.
        for name, lines in (
            ("session.json", _info(session)),
            ("events.jsonl", whole_lines(session.log)),
        ):
            entry = zipfile.ZipInfo(f"{session.name}/{name}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as file:
                for line in lines:
                    file.write(line)


def _info(session: Session) -> Iterator[bytes]:
    yield (session.folder / "session.json").read_bytes()


def _draw(form: str, session: Session, output: Path) -> None:
    from edgechaos_tui.export.figures.session import draw
    from edgechaos_tui.presentation.run.state import read_state

    draw(session.name, read_state(session), output, form)


_TABLES: dict[str, Callable[[Sequence[Session], Path], None]] = {
    "csv": _csv, "jsonl": _jsonl, "parquet": _parquet
}  # fmt: skip
