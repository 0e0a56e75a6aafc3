"""The watch of an import: runs that grow, followed until they are stopped."""

import time
from typing import Final

from engine.importer.importing import Import
from engine.importer.report import Report, report_remarks
from engine.importer.session_writer import ImportedSession
from engine.importer.source import RunSource
from engine.runtime.signals import Signals
from engine.storage.errors import DiskFull, EdgeChaosError

_POLL_SECONDS: Final = 1.0
"""Seconds between two reads of the sources."""
_COMMAND_SECONDS: Final = 0.1
"""Seconds between two polls of the commands."""
_RUNS_SECONDS: Final = 5.0
"""Seconds between two searches for new runs."""


class Watch:
    """Imports the runs of `job`, and what is added to them, until a signal or the app stops it.

    Sessions imported from the same runs before are resumed.
    """

    def __init__(self, job: Import, report: Report, signals: Signals) -> None:
        self._job = job
        self._report = report
        self._signals = signals
        self._at_work: dict[str, tuple[RunSource, ImportedSession]] = {}
        self._ended: set[str] = set()
        self._next_search = 0.0

    def run(self) -> None:
        """Follow the runs to the end of the watch. Raises ImportRefused and OSError."""
        try:
            sources = self._job.plan(whole=False)
            if not sources:
                self._report.remark("no value yet; waiting for the first")
            while True:
                for source in sources:
                    self._follow(source, several=len(sources) > 1)
                if self._wait() or (sources and len(self._ended) == len(sources)):
                    return
                sources = self._read_sources(sources)
        finally:
            self._end_all()

    def _read_sources(self, sources: list[RunSource]) -> list[RunSource]:
        if time.monotonic() >= self._next_search:
            self._next_search = time.monotonic() + _RUNS_SECONDS
            try:
                sources = self._job.runs()
            except (EdgeChaosError, OSError) as error:
                self._report.remark(str(error))
        for source in sources:
            source.live = True
            if source.origin in self._ended:
                continue
            try:
                source.read(whole=False)
            except (EdgeChaosError, OSError) as error:
                source.remark(str(error))
            report_remarks(source, self._report)
        return sources

    def _follow(self, source: RunSource, *, several: bool) -> None:
        if source.origin in self._ended:
            return
        if source.origin not in self._at_work:
            if not source.points.names:
                return
            place, resumed = self._job.open(source, several=several)
            self._at_work[source.origin] = source, ImportedSession(place, source)
            self._report.session(place.session, source, resumed=resumed)
        try:
            self._at_work[source.origin][1].write(late_values=False)
        except DiskFull as error:
            source.remark(f"{error}: lines wait until there is room")

    def _wait(self) -> bool:
        """Poll commands until the next read of the sources; True when the watch is to end."""
        until = time.monotonic() + _POLL_SECONDS
        while time.monotonic() < until:
            if self._signals.reason:
                return True
            for origin, (_, imported) in list(self._at_work.items()):
                imported.poll_commands()
                if imported.stopped:
                    self._end(origin, "no longer watched, on request")
            time.sleep(_COMMAND_SECONDS)
        return False

    def _end(self, origin: str, reason: str) -> None:
        _, imported = self._at_work.pop(origin)
        self._ended.add(origin)
        try:
            imported.write()
            imported.stop(reason)
        except DiskFull:
            imported.release()

    def _end_all(self) -> None:
        reason = self._signals.reason.replace("terminated by SIGINT", "Ctrl-C")
        for origin in list(self._at_work):
            self._end(origin, f"no longer watched: {reason}" if reason else "no longer watched")
