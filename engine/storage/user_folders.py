"""The user's folders on this platform, also for an account without a home.

Nothing here touches the disk. platformdirs is imported late, since most starts of the app do not
need it.
"""

import os
import tempfile
from pathlib import Path
from typing import Final, Literal

from engine.storage.errors import SessionError

_APP: Final = "edgechaos-tui"


def expanded(path: str | os.PathLike[str]) -> Path:
    """`path` with the home for a leading `~`; unchanged where there is no such home."""
    return Path(os.path.expanduser(path))


def data_folder() -> Path:
    """The folder for data. Raises SessionError for an account without a home."""
    folder = _platform_folder("data")
    if folder is None:
        raise SessionError(
            "this account has no home folder, so there is no folder for sessions: set HOME, or "
            "name a folder with --sessions DIR or EDGECHAOS_SESSIONS"
        )
    return folder


def cache_folder() -> Path:
    """The folder for files that can be made again."""
    return _platform_folder("cache") or _temporary_folder("cache")


def config_folder() -> Path:
    """The folder for settings."""
    return _platform_folder("config") or _temporary_folder("config")


def log_folder() -> Path:
    """The folder for logs of failures."""
    return _platform_folder("log") or _temporary_folder("log")


def downloads_folder() -> Path:
    """The default folder for pictures: the account's downloads, else the current folder, else that
    of temporary files."""
    import platformdirs

    try:
        folder = platformdirs.user_downloads_path()
        return folder if folder.is_dir() else Path.cwd()
    except (RuntimeError, OSError):
        return Path(tempfile.gettempdir())


def _platform_folder(kind: Literal["data", "cache", "config", "log"]) -> Path | None:
    """None for an account without a home: newer platformdirs raise, older ones name `~/…`."""
    import platformdirs

    find = {
        "data": platformdirs.user_data_path,
        "cache": platformdirs.user_cache_path,
        "config": platformdirs.user_config_path,
        "log": platformdirs.user_log_path,
    }[kind]
    try:
        folder = find(_APP, appauthor=False)
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None


def _temporary_folder(kind: str) -> Path:
    return Path(tempfile.gettempdir()) / f"{_APP}-{os.getuid()}" / kind
