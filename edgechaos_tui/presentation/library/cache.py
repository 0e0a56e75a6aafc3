"""The library's cache: the last rows, so that the next start shows them at once.

All of it can be read again from the sessions, and a damaged cache is ignored. It lies in the
platform's cache folder, never in a session.
"""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from edgechaos_tui.presentation.library.facts import LibraryEntry, RecordedEntry
from engine.storage import user_folders
from engine.storage.errors import HyperparameterError
from engine.storage.files import replace_atomically
from engine.storage.line_codec import UNREADABLE
from engine.storage.session.status import Status

_VERSION: Final = 3
_MAX_SIZE: Final = 256 * 1024**2

Stamp = tuple[int, int, int, int]
"""Size and time of change (ns) of session.json and of the log: equal stamps mean no change."""


class Known(msgspec.Struct, frozen=True, array_like=True):
    """One session as it was when `stamp` was taken."""

    stamp: Stamp
    status: Status
    facts: LibraryEntry | RecordedEntry


class _Content(msgspec.Struct, frozen=True):
    """The sessions, encoded one by one: decoding thousands at once would block the screen."""

    version: int
    root: str
    sessions: dict[str, msgspec.Raw]


_DAMAGED: Final = (HyperparameterError, *UNREADABLE)
_decoder = msgspec.msgpack.Decoder(Known)
_encoder = msgspec.msgpack.Encoder()


def cache_path(root: Path) -> Path:
    """The path of the cache for the sessions under `root`."""
    digest = hashlib.sha256(str(root.absolute()).encode(errors="surrogateescape")).hexdigest()
    return user_folders.cache_folder() / "library" / f"{digest[:16]}.msgpack"


def load(path: Path, root: Path) -> dict[str, msgspec.Raw]:
    """The cached sessions under `root`, encoded for `decode`; empty when the cache at `path` is
    damaged or of another folder."""
    try:
        if path.stat().st_size > _MAX_SIZE:
            return {}
        content = msgspec.msgpack.decode(path.read_bytes(), type=_Content)
    except (OSError, *_DAMAGED):
        return {}
    if content.version != _VERSION or content.root != str(root.absolute()):
        return {}
    return content.sessions


def decode(raw: msgspec.Raw) -> Known | None:
    """One of the sessions that `load` returned; None when it is damaged."""
    try:
        return _decoder.decode(raw)
    except _DAMAGED:
        return None


def save(path: Path, root: Path, sessions: dict[str, Known]) -> None:
    """Replace the content of the cache at `path` by `sessions`; a full disk is ignored."""
    raw = {
        name: msgspec.Raw(_encoder.encode(known))
        for name, known in sessions.items()
        # A name that is not UTF-8 cannot be encoded; the others can.
        if not any("\ud800" <= c <= "\udfff" for c in name)
    }
    content = _Content(_VERSION, str(root.absolute()), raw)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_atomically(path, msgspec.msgpack.encode(content))
    except (OSError, UnicodeEncodeError):
        return
