"""trackio's SQLite file: a project with its runs, each line of metrics as JSON."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from engine.importer.columns import EPOCH, STEP, TIME, Columns, seconds_of
from engine.importer.json_lines import json_number
from engine.importer.source import ImportRefused, RunSource, RunsPlace

_BUSY_SECONDS: Final = 5.0
_NEEDED: Final = frozenset({"id", "timestamp", "run_name", "step", "metrics"})
_BATCH: Final = 10_000


class TrackioDatabase(RunsPlace):
    """The runs of one project, which are only read, even while trackio writes."""

    def __init__(self, path: Path, chosen: Mapping[str, str]) -> None:
        self._path = path
        self._chosen = chosen
        self._runs: dict[str, TrackioRun] = {}

    def runs(self) -> list[RunSource]:
        with opened(self._path) as database:
            key = self._key(database)
            rows = database.execute(
                f"SELECT {key}, MAX(run_name) FROM metrics GROUP BY {key} ORDER BY MIN(id)"
            ).fetchall()
        for run, name in rows:
            if run not in self._runs:
                columns = Columns(self._chosen)
                self._runs[run] = TrackioRun(self._path, key, str(run), str(name), columns)
        return list(self._runs.values())

    def _key(self, database: sqlite3.Connection) -> str:
        """The column that tells runs apart: files of older versions have only their names."""
        columns = {row[1] for row in database.execute("PRAGMA table_info(metrics)")}
        if columns >= _NEEDED:
            return "run_id" if "run_id" in columns else "run_name"
        tables = [
            str(name)
            for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            )
        ]
        raise ImportRefused(
            f"{self._path.name} is a database, but not trackio's: it lacks the table metrics with "
            f"run_name, step and metrics; it has {', '.join(tables[:12]) or 'no table'}"
        )


class TrackioRun(RunSource):
    """One run of the project."""

    format = "trackio"

    def __init__(self, path: Path, key: str, run: str, name: str, columns: Columns) -> None:
        super().__init__(f"{path.stem}-{name}", f"{path.absolute()}#{run}", columns)
        self._path = path
        self._key = key
        self._run = run
        self._last_id = 0
        self._keys: dict[str, str] = {}

    def targets(self) -> dict[str, str]:
        return self._keys

    def read(self, *, whole: bool) -> None:
        with opened(self._path) as database:
            if not self._last_id:
                self.config = self._read_config(database)
            while rows := database.execute(
                f"SELECT id, timestamp, step, metrics FROM metrics WHERE {self._key} = ? "
                "AND id > ? ORDER BY id LIMIT ?",
                (self._run, self._last_id, _BATCH),
            ).fetchall():
                for number, timestamp, step, metrics in rows:
                    self._last_id = number
                    self._add_line(step, seconds_of(timestamp or ""), metrics)

    def _read_config(self, database: sqlite3.Connection) -> dict[str, Any]:
        try:
            row = database.execute(
                f"SELECT config FROM configs WHERE {self._key} = ?", (self._run,)
            ).fetchone()
            config = json.loads(row[0]) if row else {}
        except (sqlite3.OperationalError, ValueError, TypeError, RecursionError):
            # Older files have no table of configs.
            return {}
        values = config if isinstance(config, dict) else {}
        return {key: value for key, value in values.items() if not key.startswith("_")}

    def _add_line(self, step: Any, wall: float, text: Any) -> None:
        try:
            metrics = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            metrics = None
        if not isinstance(metrics, dict) or not isinstance(step, int):
            self.remark(f"{self.name}: lines that cannot be read are left out")
            return
        for key, value in _flat(metrics):
            number = json_number(value)
            target = self._target(key)
            if number is None:
                if value is not None:
                    self.unused.setdefault(key, f"is not a number: {_kind(value)}")
            elif target == EPOCH:
                self.points.add_epoch(step, number)
            elif target:
                self.points.add(target, step, number, wall)

    def _target(self, key: str) -> str:
        target = self._keys.get(key)
        if target is None:
            self.columns.learn([key])
            target = self.columns.target(key)
            # Step and time are columns beside the metrics.
            target = self._keys[key] = key if target in (STEP, TIME) else target
        return target


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and "_type" not in value and prefix.count("/") < 8:
            yield from _flat(value, f"{prefix}{key}/")
        else:
            yield f"{prefix}{key}", value


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("_type", "an object"))[:40]
    return repr(str(value)[:24])


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database at `path`, to be read only.

    Raises ImportRefused for one that is locked or cannot be read.
    """
    try:
        where = f"file:{quote(str(path.absolute()))}?mode=ro"
        with closing(sqlite3.connect(where, uri=True, timeout=_BUSY_SECONDS)) as database:
            yield database
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise ImportRefused(
                f"{path.name} is locked by another program: try again after it has written"
            ) from None
        raise ImportRefused(f"{path.name} cannot be read: {error}") from None
    except sqlite3.DatabaseError as error:
        raise ImportRefused(
            f"{path.name} is not a readable database ({error}): it is damaged or encrypted"
        ) from None
