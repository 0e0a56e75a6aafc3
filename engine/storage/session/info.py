"""session.json: a session's start, and the name, note and tags that people gave it."""

from pathlib import Path
from typing import Any

import msgspec

from engine.storage.files import file_mode, replace_atomically
from engine.storage.hyperparameters import Hyperparameters
from engine.storage.session.events import RECORDED_FORMAT, SCHEMA_VERSION
from engine.storage.session.recorded import RecordedHyperparameters


class PlannedEdit(msgspec.Struct, kw_only=True, frozen=True):
    """Hyperparameters that a fork is to put in force from `epoch` on, as its parent did."""

    epoch: int
    values: dict[str, int | float]


class UndoneEdit(msgspec.Struct, kw_only=True, frozen=True):
    """The edit that a fork leaves out, in force from `epoch` on. session: the id of its parent, or
    of a later fork of that."""

    session: str
    epoch: int


class Parent(msgspec.Struct, kw_only=True, frozen=True):
    """The origin of a fork: after epoch `epoch` of the session `name`, whose id is `id`.

    dataset_checksum: of the data that both train with; empty where the parent's log lacks it.
    epsilon: of a twin, how much its weights were disturbed, relative to ‖w‖; None for other forks.
    edits: those of the parent that it repeats. undoes: the edit that it leaves out, or None.
    """

    id: str
    name: str
    epoch: int
    dataset_checksum: str = ""
    epsilon: float | None = None
    edits: tuple[PlannedEdit, ...] = ()
    undoes: UndoneEdit | None = None


class Info(msgspec.Struct, kw_only=True):
    """session.json: the session's start, and the name, note and tags that people gave it.

    created: seconds since 1970; parent: None unless the session is a fork. The number of threads
    that the engine chose is in the log (`events.Started`), the engine's only output.
    """

    format: int = SCHEMA_VERSION
    id: str
    name: str
    created: float
    hyperparameters: Hyperparameters
    note: str = ""
    tags: list[str] = []
    pinned: bool = False
    parent: Parent | None = None


class RecordedInfo(Info, kw_only=True):
    """session.json of a session that a user's own loop wrote, or that was imported.

    source: where it was imported from; empty for a loop's own.
    """

    format: int = RECORDED_FORMAT
    hyperparameters: RecordedHyperparameters
    source: str = ""


def info_for(hyperparameters: Hyperparameters, **fields: Any) -> Info:
    """The `Info` of a session with these hyperparameters: an engine's or a recorded one's."""
    if isinstance(hyperparameters, RecordedHyperparameters):
        return RecordedInfo(hyperparameters=hyperparameters, **fields)
    return Info(hyperparameters=hyperparameters, **fields)


def write_info(folder: Path, info: Info) -> None:
    """Replace session.json atomically. Raises OSError."""
    plain = msgspec.to_builtins(info)
    if isinstance(info, RecordedInfo):
        values = info.hyperparameters.plain().items()
        plain["hyperparameters"] = {name: value for name, value in values if value is not None}
    data = msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n"
    replace_atomically(folder / "session.json", data, file_mode(folder))
