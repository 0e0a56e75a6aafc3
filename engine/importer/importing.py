"""The import of other programs' runs into sessions: all runs at a path, or one source of them."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from engine.importer.detection import open_place
from engine.importer.report import Report, report_remarks, unused_columns
from engine.importer.session_writer import ImportedSession
from engine.importer.source import ImportRefused, RunSource, RunsPlace
from engine.recorder.session import OpenSession, open_session
from engine.storage import names
from engine.storage.errors import DiskFull, EdgeChaosError, SessionError, SessionLocked
from engine.storage.session.info import RecordedInfo, write_info
from engine.storage.session.recorded import flat_config
from engine.storage.session.session import Session, list_sessions, refuse_reference_name


class Import:
    """The runs at `path`, to become sessions under `root`.

    name: of the session, or the beginning of the names of several; columns: columns by target.

    Raises ImportRefused for a path without runs.
    """

    def __init__(
        self,
        root: Path,
        path: Path,
        report: Report,
        *,
        name: str | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        if name is not None:
            names.check_name(name)
        self._root = root
        self._path = path
        self._report = report
        self._name = name
        self._place: RunsPlace = open_place(path, columns or {})

    def plan(self, *, whole: bool = True) -> list[RunSource]:
        """Read all runs and report them; runs without a value are left out.

        Raises ImportRefused and OSError.
        """
        sources = self._place.runs()
        for source in sources:
            source.read(whole=whole)
        ready = [source for source in sources if source.points.names]
        if whole and not ready:
            raise ImportRefused(f"{self._path} holds no scalar{unused_columns(sources)}")
        self._refuse_unknown(ready)
        if ready:
            self._report.plan(ready)
        for source in ready:
            report_remarks(source, self._report)
        return ready

    def once(self) -> None:
        """Import each run as a finished session. A failed import leaves no session behind."""
        sources = self.plan()
        for source in sources:
            self._import(source, several=len(sources) > 1)

    def _import(self, source: RunSource, *, several: bool) -> None:
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
                    f"cannot import {source.name}: {error}; no part of it was kept"
                ) from None
            raise
        self._report.session(place.session, source, resumed=False)

    def runs(self) -> list[RunSource]:
        """The runs that exist by now."""
        return self._place.runs()

    def open(self, source: RunSource, *, several: bool) -> tuple[OpenSession, bool]:
        """The session of `source`, and whether it was imported before; else a new one.

        Raises SessionLocked where another process watches it.
        """
        session = self._imported_before(source)
        if session is None:
            return self._new(source, several=several), False
        try:
            return OpenSession(session), True
        except SessionLocked:
            raise SessionLocked(
                f"{source.name} is already watched, as session {session.name}"
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
