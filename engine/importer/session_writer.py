"""The writer of an imported run's session: it begins, updates and ends the session."""

import bisect
import math
import time
from typing import Final

import msgspec

from engine.importer.points import Row
from engine.importer.source import RunSource
from engine.importer.written_rows import WrittenRows, row_key
from engine.recorder.session import OpenSession
from engine.runtime.command_queue import CommandQueue
from engine.storage.commands import CommandLine, Stop, answer_fields
from engine.storage.errors import EdgeChaosError
from engine.storage.line_reader import whole_lines
from engine.storage.session import events
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import (
    Answer,
    Finished,
    Logged,
    LoggedEvent,
    Notice,
    Rewound,
    Stopped,
    Times,
)

_BATCH: Final = 256 * 1024
"""Bytes of lines that are written at once."""
_LATE_ROWS_PER_SECOND: Final = 1000.0
"""The rate at which rows are written again for values that came late."""
_WENT_BACK: Final = "the run went back to"
_ONLY_WATCHED: Final = "this run trains in another program and is only watched here"


class ImportedSession:
    """Writes the points of `source` into a locked session.

    If the session was imported before, only rows that the log lacks are appended, and changed rows
    supersede the old ones. stopped: whether the app has asked to stop.

    Raises OSError; DiskFull where lines wait for room.
    """

    def __init__(self, place: OpenSession, source: RunSource) -> None:
        self.session, self.stopped = place.session, False
        self._place, self._source = place, source
        self._t, self._elapsed = place.history.t, place.history.elapsed
        self._written = WrittenRows()
        self._next_late = 0.0
        self._noted: set[str] = set()
        resumed = place.history.first_started is not None
        if resumed:
            self._read_log()
        self._log = LogWriter(place.session.log)
        self._queue = CommandQueue(place.session.commands, place.incarnation, place.history)
        self._start(resumed)

    def write(self, *, late_values: bool = True) -> None:
        """Bring the log up to date. A value of an earlier place writes all later rows again:
        without `late_values` it waits, longer the more rows there are."""
        notes, self._source.notes = self._source.notes, []
        for text in notes:
            self.note(text)
        points = self._source.points
        changed_from = points.changed_from
        if changed_from == math.inf:
            return
        if not self._source.by_step:
            changed_from = math.floor(changed_from)
        late_rows = len(self._written) - bisect.bisect_left(self._written.places, changed_from)
        if late_rows > 1 and not points.went_back and not late_values:
            now = time.monotonic()
            if now < self._next_late:
                self._append_rows(self._written.places[-1])
                return
            self._next_late = now + late_rows / _LATE_ROWS_PER_SECOND
        self._append_rows(changed_from, _WENT_BACK if points.went_back else "values came late to")
        points.settle()

    def note(self, text: str) -> None:
        """Log a sentence for a person, once."""
        if text not in self._noted:
            self._noted.add(text)
            self._append(Notice(**self._now(), text=text[:1000]))

    def poll_commands(self) -> None:
        """Answer the commands of the app. Cheap when there are none."""
        for received in self._queue.read():
            if isinstance(received.command, Stop):
                self._answer(received.line, True, "stopping")
                self.stopped = True
            else:
                self._answer(received.line, False, received.refusal or _ONLY_WATCHED)
        if problem := self._queue.take_problem():
            self.note(problem)

    def finish(self) -> None:
        """Log that the import finished."""
        self._end(Finished(**self._now(), epoch=self._epoch()))

    def stop(self, reason: str) -> None:
        """Log that the source, which may still grow, is no longer watched."""
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
        if not resumed:
            first_row = next(source.points.rows(), None)
            is_known = first_row is not None and not math.isnan(first_row.wall)
            self._t = first_row.wall if first_row is not None and is_known else time.time()
        from_epoch = self._epoch() if resumed else 0
        self._append(self._place.started(self._now(), from_epoch=from_epoch), sync=True)
        if not resumed:
            self.note(f"imported from {source.origin} ({source.format})")

    def _append_rows(self, first: float, why: str = "") -> None:
        """Append the rows from place `first` on that the log lacks."""
        written = self._written
        at = bisect.bisect_left(written.places, first)
        lines: list[bytes] = []
        size = 0
        for row in self._source.points.rows(first):
            key = row_key(row)
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
        """Lines that let readers drop the rows from index `at` on; none for a repeated row."""
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
        """Read the rows that the log has."""
        for line in whole_lines(self.session.log):
            try:
                event = events.decode(line)
            except EdgeChaosError:
                continue
            if isinstance(event, Logged):
                place = event.epoch if event.step is None else event.step
                if place is not None:
                    self._drop_from(place)
                    key = row_key(Row(place, 0.0, 0.0, event.epoch, event.metrics))
                    self._written.put(place, event.elapsed, key)
            elif isinstance(event, Rewound):
                self._drop_from(event.epoch + 0.5)
            elif isinstance(event, Notice):
                self._noted.add(event.text)
        if len(self._written):
            self._elapsed = self._written.elapsed[-1]

    def _drop_from(self, place: float) -> None:
        self._written.cut(bisect.bisect_left(self._written.places, place))

    def _epoch(self) -> int:
        points = self._source.points
        epoch = points.last_epoch if self._source.by_step else points.last
        return max(int(epoch), 0) if math.isfinite(epoch) else 0

    def _now(self) -> Times:
        return Times(t=self._t, elapsed=self._elapsed)

    def _append(self, event: LoggedEvent, *, sync: bool = False) -> None:
        self._log.append(event, sync=sync)

    def _answer(self, line: CommandLine, applied: bool, text: str) -> None:
        self._append(Answer(**self._now(), **answer_fields(line, applied, text)))
