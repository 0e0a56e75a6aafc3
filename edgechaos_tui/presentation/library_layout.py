"""Which columns of the library a person chose; kept in the platform's configuration folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from edgechaos_tui.presentation.library.columns import COLUMNS, DEFAULT
from engine.storage.files import replace_atomically

_MAX_SIZE: Final = 64 * 1024


class _Layout(msgspec.Struct, frozen=True):
    columns: tuple[str, ...] = DEFAULT


def layout_path() -> Path:
    """Where the choice is kept."""
    return platformdirs.user_config_path("edgechaos-tui") / "library.json"


def load_columns(path: Path) -> tuple[str, ...]:
    """The columns chosen, by name, the session's name among them; the default ones without a
    choice that can be read."""
    try:
        with path.open("rb") as file:
            chosen = msgspec.json.decode(file.read(_MAX_SIZE), type=_Layout).columns
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return DEFAULT
    return _known(chosen)


def save_columns(path: Path, columns: Sequence[str]) -> None:
    """Keep the choice. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    data = msgspec.json.format(msgspec.json.encode(_Layout(_known(columns))), indent=2)
    replace_atomically(path, data + b"\n")


def _known(columns: Sequence[str]) -> tuple[str, ...]:
    """Without what a later version may have; a list without names could not be read."""
    return tuple(name for name in COLUMNS if name in columns or name == "name")
