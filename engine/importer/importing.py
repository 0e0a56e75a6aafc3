"""Importing runs of other programs: all that there is, once, or what they add while they train."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

import msgspec

from engine.importer.detection import open_place
from engine.importer.session_writer import ImportedSession
from engine.importer.source import ImportRefused, RunSource, RunsPlace
from engine.recorder.session import OpenSession, open_session
from engine.runtime.signals import Signals
from engine.storage import names
from engine.storage.errors import DiskFull, EdgeChaosError, SessionError, SessionLocked
from engine.storage.session.recorded import flat_config
from engine.storage.session.session import (
    RecordedInfo,
    Session,
    list_sessions,
    refuse_reference_name,
    write_info,
)

_POLL_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.1
_RUNS_SECONDS: Final = 5.0
_MOST_LISTED: Final = 12


class Report(Protocol):
    """Who tells a person what is done."""

    def plan(self, sources: list[RunSource]) -> None:
        """What was read of each run, before it is written."""

    def session(self, session: Session, source: RunSource, *, resumed: bool) -> None:
        """The run of `source` is, or will be, in `session`."""

    def remark(self, sentence: str) -> None:
        """Something that a person wants to know of."""


class Import:
    """The runs at `path`, to become sessions under `root`.

    name: of the session, or what the names of several begin with; chosen: columns by what they are.

    Raises ImportRefused for what holds no run.
    """

    def __init__(
        self,
        root: Path,
        path: Path,
        report: Report,
        *,
        name: str | None = None,
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        if name is not None:
            names.check_name(name)
        self._root = root
        self._path = path
        self._report = report
        self._name = name
        self._place: RunsPlace = open_place(path, chosen or {})
        self._chosen = chosen or {}

    def plan(self, *, whole: bool = True) -> list[RunSource]:
        """Read all runs and report them; those without a point are left out.

        Raises ImportRefused and OSError.
        """
        sources = self._place.runs()
        for source in sources:
            source.read(whole=whole)
        ready = [source for source in sources if source.points.names]
        if whole and not ready:
            raise ImportRefused(f"{self._path} holds no scalar{_unused_words(sources)}")
        self._refuse_unknown(ready)
        if ready:
            self._report.plan(ready)
        for source in ready:
            tell(source, self._report)
        return ready

    def once(self) -> None:
        """Import what there is, each run as a finished session. None is left half-made."""
        sources = self.plan()
        for source in sources:
            self._one(source, several=len(sources) > 1)

    def _one(self, source: RunSource, *, several: bool) -> None:
        place = self._new(source, several=several)
        try:
            imported = ImportedSession(place, source)
            try:
                imported.write()
            except BaseException:
                imported.release()
                raise
            imported.finish()
        except BaseException as error:
            shutil.rmtree(place.session.folder, ignore_errors=True)
            if isinstance(error, DiskFull):
                raise SessionError(
                    f"cannot import {source.name}: {error}; nothing of it was kept"
                ) from None
            raise
        self._report.session(place.session, source, resumed=False)

    def watch(self, signals: Signals) -> None:
        """Import what there is, and what is added, until a signal or until the app asks each
        session to stop. Sessions that were imported from here before are taken up again.
        """
        _Watch(self, self._report, signals).run()

    def runs(self) -> list[RunSource]:
        """The runs that are there by now."""
        return self._place.runs()

    def open(self, source: RunSource, *, several: bool) -> tuple[OpenSession, bool]:
        """The session of `source`: the one that was imported from there before, else a new one.

        Raises SessionLocked where somebody watches it already.
        """
        session = self._imported_before(source)
        if session is None:
            return self._new(source, several=several), False
        try:
            return OpenSession(session), True
        except SessionLocked:
            raise SessionLocked(
                f"{source.name} is watched already, as session {session.name}"
            ) from None

    def _imported_before(self, source: RunSource) -> Session | None:
        candidates: list[tuple[float, str]] = []
        for session in list_sessions(self._root):
            try:
                info = session.info()
            except EdgeChaosError:
                continue
            if isinstance(info, RecordedInfo) and info.source == source.origin:
                candidates.append((info.created, session.name))
        return Session(self._root / max(candidates)[1]) if candidates else None

    def _new(self, source: RunSource, *, several: bool) -> OpenSession:
        name = names.resembling(source.name)
        if self._name is not None:
            name = names.resembling(f"{self._name}-{source.name}") if several else self._name
        if self._name is not None and not several and (self._root / self._name).exists():
            raise SessionError(f"there is a session {self._name} already; choose another name")
        refuse_reference_name(self._root / name)
        place = open_session(self._root, name, flat_config(source.config), resume=False)
        assert isinstance(place.info, RecordedInfo)
        place.info = msgspec.structs.replace(place.info, source=source.origin)
        write_info(place.session.folder, place.info)
        return place

    def _refuse_unknown(self, sources: list[RunSource]) -> None:
        if not sources:
            return
        unknown = set(sources[0].columns.unknown(sources[0].targets()))
        for source in sources[1:]:
            unknown &= set(source.columns.unknown(source.targets()))
        if unknown:
            known_columns = ", ".join(list(sources[0].targets())[:24])
            raise ImportRefused(
                f"--column: there is no column {sorted(unknown)[0]} in {self._path.name}; "
                f"it has {known_columns}"
            )


class _Watch:
    """Follows runs that grow."""

    def __init__(self, job: Import, report: Report, signals: Signals) -> None:
        self._job = job
        self._report = report
        self._signals = signals
        self._at_work: dict[str, tuple[RunSource, ImportedSession]] = {}
        self._ended: set[str] = set()
        self._next_look = 0.0

    def run(self) -> None:
        try:
            sources = self._job.plan(whole=False)
            if not sources:
                self._report.remark("there is no value yet; waiting for the first")
            while True:
                for source in sources:
                    self._follow(source, several=len(sources) > 1)
                if self._wait() or (sources and len(self._ended) == len(sources)):
                    return
                sources = self._look(sources)
        finally:
            self._end_all()

    def _look(self, sources: list[RunSource]) -> list[RunSource]:
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _RUNS_SECONDS
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
            tell(source, self._report)
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
            self._at_work[source.origin][1].write(late_too=False)
        except DiskFull as error:
            source.remark(f"{error}: lines wait until there is room")

    def _wait(self) -> bool:
        """Until the next look at the sources; whether all is to end."""
        until = time.monotonic() + _POLL_SECONDS
        while time.monotonic() < until:
            if self._signals.reason:
                return True
            for origin, (_, written) in list(self._at_work.items()):
                written.poll_commands()
                if written.stopped:
                    self._end(origin, "no longer watched, on request")
            time.sleep(_LOOK_SECONDS)
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


def tell(source: RunSource, report: Report) -> None:
    """Report what is new of `source` to be told; it is also kept for the log."""
    remarks, source.remarks = source.remarks, []
    new = {name: why for name, why in source.unused.items() if name not in source.unused_told}
    if new:
        source.unused_told |= set(new)
        remarks.append(f"not used: {_listed(new)}")
    for sentence in remarks:
        report.remark(sentence)
    source.notes += remarks


def _listed(unused: Mapping[str, str]) -> str:
    shown = [f"{name} {why}" for name, why in list(unused.items())[:_MOST_LISTED]]
    more = f", and {len(unused) - _MOST_LISTED} more" if len(unused) > _MOST_LISTED else ""
    return ", ".join(shown) + more


def _unused_words(sources: list[RunSource]) -> str:
    unused = {name: why for source in sources for name, why in source.unused.items()}
    return f": {_listed(unused)}" if unused else ""
