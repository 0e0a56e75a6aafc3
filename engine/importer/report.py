"""The report of an import: the protocol of its receiver, and the sentences on what is not used."""

from collections.abc import Mapping
from typing import Final, Protocol

from engine.importer.source import RunSource
from engine.storage.session.session import Session

_MAX_LISTED: Final = 12


class Report(Protocol):
    """Receives the progress of an import and shows it to a person."""

    def plan(self, sources: list[RunSource]) -> None:
        """The runs that were read, before they are written."""

    def session(self, session: Session, source: RunSource, *, resumed: bool) -> None:
        """`session` holds the run of `source`; resumed: it was imported before."""

    def remark(self, sentence: str) -> None:
        """A sentence that a person should know."""


def report_remarks(source: RunSource, report: Report) -> None:
    """Report the new remarks of `source`, and keep them for the log."""
    remarks, source.remarks = source.remarks, []
    new = {name: why for name, why in source.unused.items() if name not in source.unused_reported}
    if new:
        source.unused_reported |= set(new)
        remarks.append(f"not used: {_listed(new)}")
    for sentence in remarks:
        report.remark(sentence)
    source.notes += remarks


def _listed(unused: Mapping[str, str]) -> str:
    shown = [f"{name} {why}" for name, why in list(unused.items())[:_MAX_LISTED]]
    more = f", and {len(unused) - _MAX_LISTED} more" if len(unused) > _MAX_LISTED else ""
    return ", ".join(shown) + more


def unused_columns(sources: list[RunSource]) -> str:
    """`: NAME REASON, …` for the columns that cannot be used; "" without any."""
    unused = {name: why for source in sources for name, why in source.unused.items()}
    return f": {_listed(unused)}" if unused else ""
