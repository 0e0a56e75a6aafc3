"""What a person chose for every screen; kept in the platform's configuration folder."""

from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from engine.storage.files import replace_atomically

_MAX_SIZE: Final = 64 * 1024


class Settings(msgspec.Struct, frozen=True):
    """calm: few redraws, also where the line is fast."""

    calm: bool = False


def settings_path() -> Path:
    """Where they are kept."""
    return platformdirs.user_config_path("edgechaos-tui") / "settings.json"


def load_settings(path: Path) -> Settings:
    """The settings; the default ones where none can be read."""
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_MAX_SIZE), type=Settings)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Settings()


def save_settings(path: Path, settings: Settings) -> None:
    """Keep them. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_atomically(path, msgspec.json.format(msgspec.json.encode(settings), indent=2) + b"\n")
