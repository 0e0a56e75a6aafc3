"""The output of `edgechaos-tui trash`, as text or as JSON."""

import sys
from pathlib import Path

import typer

from edgechaos_tui.cli.output.table import print_table
from edgechaos_tui.presentation.json_text import json_text
from edgechaos_tui.presentation.text import clean, date_and_time, size
from engine.storage.errors import SessionError
from engine.storage.trash import bring_back, empty_trash, find_trashed, list_trash, size_of

_COLUMNS = ("name", "what", "deleted", "size", "in the trash as")


def print_trash(root: Path, *, json: bool) -> None:
    """Print the content of the trash of `root`. Raises SessionError."""
    trashed = list_trash(root)
    if json:
        records = [
            {entry.kind: entry.name, "folder": str(entry.folder), "deleted": entry.deleted,
             "bytes": size_of(entry)}
            for entry in trashed
        ]  # fmt: skip
        print(json_text(records, indent=2))
    elif not trashed:
        print(f"the trash of {clean(str(root))} is empty")
    else:
        rows = [
            [
                entry.name,
                entry.kind,
                date_and_time(entry.deleted),
                size(size_of(entry)),
                entry.folder.name,
            ]
            for entry in trashed
        ]
        print_table(_COLUMNS, rows, left=(*_COLUMNS[:3], _COLUMNS[4]), cut=("name",))


def restore(root: Path, name: str, new_name: str | None, *, json: bool) -> None:
    """Restore `name` under `new_name`, or its own name. Raises SessionError and InvalidName."""
    trashed = find_trashed(root, name)
    place = bring_back(trashed, new_name)
    if json:
        print(json_text({trashed.kind: place.name, "folder": str(place.folder)}))
    else:
        print(clean(f"{place.name} is restored"))


def empty(root: Path, *, ask: bool, json: bool) -> None:
    """Permanently delete the content of the trash, after a question. Raises SessionError."""
    count = len(list_trash(root))
    if ask and count:
        if not sys.stdin.isatty():
            raise SessionError(f"{count} in the trash; `trash empty --yes` deletes permanently")
        noun = "entry" if count == 1 else "entries"
        typer.confirm(f"Permanently delete {count} {noun} in the trash?", abort=True)
    deleted = empty_trash(root)
    print(json_text({"deleted": deleted}) if json else f"{deleted} permanently deleted")
