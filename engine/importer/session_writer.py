"""The session that an imported run is written to: made, brought up to date, and ended."""

import bisect
import math
import os
import time
from array import array
from typing import Final

import msgspec

from engine.importer.points import Row
from engine.importer.source import RunSource
from engine.recorder.session import OpenSession
from engine.recorder.writer import versions
from engine.runtime.command_queue import CommandQueue
from engine.storage.commands import CommandLine, Stop, answer_fields
from engine.storage.errors import EdgeChaosError
from engine.storage.host import boot_id, host_name
from engine.storage.jsonl import whole_lines
from engine.storage.session import events
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import (
    RECORDED_FORMAT,
    Answer,
    Finished,
    Logged,
    LoggedEvent,
    Notice,
    Rewound,
    Started,
    Stopped,
    Times,
)

_BATCH: Final = 256 * 1024
"""Bytes of lines that are written at once."""
_LATE_ROWS_A_SECOND: Final = 1000.0
_WENT_BACK: Final = "the run went back to"
_NOT_OURS: Final = "this run trains in another program, which is only watched"


class _Written:
    """The rows that the log has, by their places: what readers of it see."""

    def __init__(self) -> None:
        self.places = array("d")
        self.elapsed = array("d")
        self._keys = array("q")

    def __len__(self) -> int:
        return len(self.places)

    def put(self, place: float, elapsed: float, key: int) -> None:
        if self.places and self.places[-1] == place:
            self.cut(len(self.places) - 1)
        self.places.append(place)
        self.elapsed.append(elapsed)
        self._keys.append(key)

    def cut(self, at: int) -> None:
        del self.places[at:], self.elapsed[at:], self._keys[at:]

    def has(self, at: int, place: float, key: int) -> bool:
        return at < len(self.places) and self.places[at] == place and self._keys[at] == key


class ImportedSession:
    """Writes the points of `source` into a session that it has locked.

    It may have been written before: then only what the log lacks is appended, and what has changed
    supersedes what was there. stopped: whether somebody asked in the app for the end.

    Raises OSError; DiskFull where lines wait for room.
    """

    def __init__(self, place: OpenSession, source: RunSource) -> None:
        self.session, self.stopped = place.session, False
        self._place, self._source = place, source
        self._t, self._elapsed = place.history.t, place.history.elapsed
        self._written = _Written()
        self._next_late = 0.0
        self._told: set[str] = set()
        resumed = place.history.first_started is not None
        if resumed:
            self._read_log()
        self._log = LogWriter(place.session.log)
        self._queue = CommandQueue(place.session.commands, place.incarnation, place.history)
        self._start(resumed)

    def write(self, *, late_too: bool = True) -> None:
        """Bring the log up to date. Values of places long past take the rows after them with them:
        without `late_too` they wait, the longer the more rows those are."""
        notes, self._source.notes = self._source.notes, []
        for text in notes:
            self.note(text)
        points = self._source.points
        first = points.changed_from
        if first == math.inf:
            return
        if not self._source.by_step:
            first = math.floor(first)
        late = len(self._written) - bisect.bisect_left(self._written.places, first)
        if late > 1 and not points.went_back and not late_too:
            now = time.monotonic()
            if now < self._next_late:
                self._append_rows(self._written.places[-1])
                return
            self._next_late = now + late / _LATE_ROWS_A_SECOND
        self._append_rows(first, _WENT_BACK if points.went_back else "values came late to")
        points.settle()

    def note(self, text: str) -> None:
        """Log a sentence that a person wants to know of, once."""
        if text not in self._told:
            self._told.add(text)
            self._append(Notice(**self._now(), text=text[:1000]))

    def poll_commands(self) -> None:
        """Answer what the app asks for. Cheap when there is nothing."""
        for received in self._queue.read():
            if isinstance(received.command, Stop):
                self._answer(received.line, True, "stopping")
                self.stopped = True
            else:
                self._answer(received.line, False, received.refusal or _NOT_OURS)
        if problem := self._queue.take_problem():
            self.note(problem)

    def finish(self) -> None:
        """All that there is was read."""
        self._end(Finished(**self._now(), epoch=self._epoch()))

    def stop(self, reason: str) -> None:
        """Nobody watches the source any more; it may still grow."""
        self._end(Stopped(**self._now(), epoch=self._epoch(), reason=reason))

    def release(self) -> None:
        """Close the log and give the lock back."""
        self._log.close()
        self._place.lock.release()

    def _end(self, event: Finished | Stopped) -> None:
        try:
            self._append(event, sync=True)
        finally:
            self.release()

    def _start(self, resumed: bool) -> None:
        source = self._source
        config = self._place.info.hyperparameters.plain().get("config")
        if not resumed:
            first = next(source.points.rows(), None)
            self._t = first.wall if first is not None and first.wall == first.wall else time.time()
        self._append(
            Started(
                **self._now(),
                incarnation=self._place.incarnation,
                schema=RECORDED_FORMAT,
                host=host_name(),
                boot_id=boot_id(),
                pid=os.getpid(),
                versions=versions(),
                device="",
                threads=0,
                dataset=self._place.info.hyperparameters.dataset,
                dataset_checksum="",
                train_size=max(self._place.info.hyperparameters.train_size, 0),
                test_size=0,
                hyperparameters=config if isinstance(config, dict) else {},
                from_epoch=self._epoch() if resumed else 0,
            ),
            sync=True,
        )
        if not resumed:
            self.note(f"imported from {source.origin} ({source.format})")

    def _append_rows(self, first: float, why: str = "") -> None:
        """The rows from place `first` on, but for those that the log has already."""
        written = self._written
        at = bisect.bisect_left(written.places, first)
        lines: list[bytes] = []
        size = 0
        for row in self._source.points.rows(first):
            key = _key(row)
            if written.has(at, row.place, key):
                at += 1
                continue
            if at < len(written):
                lines += self._supersede(at, row.place, why)
            line = self._line(row)
            written.put(row.place, self._elapsed, key)
            at = len(written)
            lines.append(line)
            size += len(line)
            if size > _BATCH:
                self._log.append_line(b"".join(lines))
                lines, size = [], 0
        if at < len(written):
            lines += self._supersede(at, written.places[at], why)
        if lines:
            self._log.append_line(b"".join(lines), sync=True)

    def _supersede(self, at: int, place: float, why: str) -> list[bytes]:
        """Let readers drop the rows from index `at` on; the last one's place may be told again."""
        written = self._written
        place = min(place, written.places[at])
        again = at == len(written) - 1 and place == written.places[at]
        written.cut(at)
        self._elapsed = written.elapsed[-1] if at else 0.0
        if again and why != _WENT_BACK:
            return []
        before = math.ceil(place) - 1
        return [events.encode(Rewound(**self._now(), epoch=before, reason=f"{why} {place:.10g}"))]

    def _line(self, row: Row) -> bytes:
        if row.wall > self._t:
            self._t = row.wall
        if row.elapsed > self._elapsed:
            self._elapsed = row.elapsed
        by_step = self._source.by_step
        event = Logged(
            t=self._t,
            elapsed=self._elapsed,
            metrics=row.metrics,
            step=int(row.place) if by_step else None,
            epoch=row.epoch if by_step else row.place,
        )
        if all(value is not None and math.isfinite(value) for value in row.metrics.values()):
            return msgspec.json.encode(event) + b"\n"
        return events.encode(event)

    def _read_log(self) -> None:
        """What the log has, by the places of its rows."""
        for line in whole_lines(self.session.log):
            try:
                event = events.decode(line)
            except EdgeChaosError:
                continue
            if isinstance(event, Logged):
                place = event.epoch if event.step is None else event.step
                if place is not None:
                    self._drop_from(place)
                    key = _key(Row(place, 0.0, 0.0, event.epoch, event.metrics))
                    self._written.put(place, event.elapsed, key)
            elif isinstance(event, Rewound):
                self._drop_from(event.epoch + 0.5)
            elif isinstance(event, Notice):
                self._told.add(event.text)
        if len(self._written):
            self._elapsed = self._written.elapsed[-1]

    def _drop_from(self, place: float) -> None:
        self._written.cut(bisect.bisect_left(self._written.places, place))

    def _epoch(self) -> int:
        points = self._source.points
        told = points.last_epoch if self._source.by_step else points.last
        return max(int(told), 0) if math.isfinite(told) else 0

    def _now(self) -> Times:
        return Times(t=self._t, elapsed=self._elapsed)

    def _append(self, event: LoggedEvent, *, sync: bool = False) -> None:
        self._log.append(event, sync=sync)

    def _answer(self, line: CommandLine, applied: bool, text: str) -> None:
        self._append(Answer(**self._now(), **answer_fields(line, applied, text)))


def _key(row: Row) -> int:
    """What tells whether two rows of one place say the same, within this process."""
    metrics = row.metrics
    if any(value != value for value in metrics.values()):
        return hash((row.epoch, repr(sorted(metrics.items()))))
    return hash((row.epoch, frozenset(metrics.items())))
