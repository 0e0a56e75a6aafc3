"""The trash in words and as JSON."""

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
    """What lies in the trash of `root`. Raises SessionError."""
    trashed = list_trash(root)
    if json:
        records = [
            {one.kind: one.name, "folder": str(one.folder), "deleted": one.deleted,
             "bytes": size_of(one)}
            for one in trashed
        ]  # fmt: skip
        print(json_text(records, indent=2))
    elif not trashed:
        print(f"the trash of {clean(str(root))} is empty")
    else:
        rows = [
            [one.name, one.kind, date_and_time(one.deleted), size(size_of(one)), one.folder.name]
            for one in trashed
        ]
        print_table(_COLUMNS, rows, left=(*_COLUMNS[:3], _COLUMNS[4]), cut=("name",))


def restore(root: Path, name: str, new_name: str | None, *, json: bool) -> None:
    """Bring `name` back. Raises SessionError and InvalidName."""
    trashed = find_trashed(root, name)
    place = bring_back(trashed, new_name)
    if json:
        print(json_text({trashed.kind: place.name, "folder": str(place.folder)}))
    else:
        print(clean(f"{place.name} is back"))


def empty(root: Path, *, ask: bool, json: bool) -> None:
    """Delete for good what lies in the trash. Raises SessionError."""
    count = len(list_trash(root))
    if ask and count:
        if not sys.stdin.isatty():
            raise SessionError(f"{count} in the trash: `trash empty --yes` deletes them for good")
        noun = "what lies" if count == 1 else f"the {count} that lie"
        typer.confirm(f"Delete {noun} in the trash for good?", abort=True)
    deleted = empty_trash(root)
    print(json_text({"deleted": deleted}) if json else f"{deleted} deleted for good")
