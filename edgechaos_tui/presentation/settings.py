"""Settings of the user, stored in the platform's configuration folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from engine.storage import user_folders
from engine.storage.files import replace_atomically
from engine.storage.line_codec import UNREADABLE

_MAX_SIZE: Final = 64 * 1024


class Settings(msgspec.Struct, frozen=True):
    """The settings for every screen. calm: few redraws, also on a fast line."""

    calm: bool = False


class _LibraryLayout(msgspec.Struct, frozen=True):
    columns: tuple[str, ...] = ()


_Choice = TypeVar("_Choice", Settings, _LibraryLayout)


def settings_path() -> Path:
    """The file of the settings for every screen."""
    return user_folders.config_folder() / "settings.json"


def layout_path() -> Path:
    """The file of the library's columns."""
    return user_folders.config_folder() / "library.json"


def load_settings(path: Path) -> Settings:
    """The settings stored at `path`; the defaults when none can be read."""
    return _load(path, Settings())


def save_settings(path: Path, settings: Settings) -> None:
    """Store the settings. Raises OSError."""
    _save(path, settings)


def load_columns(path: Path) -> tuple[str, ...]:
    """The names of the library's columns that the user chose; () when none can be read."""
    return _load(path, _LibraryLayout()).columns


def save_columns(path: Path, columns: Sequence[str]) -> None:
    """Store the names of the library's columns. Raises OSError."""
    _save(path, _LibraryLayout(tuple(columns)))


def _load(path: Path, default: _Choice) -> _Choice:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_MAX_SIZE), type=type(default))
    except (OSError, *UNREADABLE):
        return default


def _save(path: Path, choice: msgspec.Struct) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_atomically(path, msgspec.json.format(msgspec.json.encode(choice), indent=2) + b"\n")
