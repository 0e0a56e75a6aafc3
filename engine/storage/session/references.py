"""Reference sessions: runs recorded on real data that ship with the product and are only read."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PREFIX: Final = "reference-"
FOLDER: Final = Path(__file__).parents[2].joinpath("reference_sessions").resolve()
"""Where they lie: in a checkout this is `sessions/`, whose other folders are people's own."""


def holds(folder: Path) -> bool:
    """Whether `folder` is a reference session's, or would be one if it were made."""
    return folder.name.startswith(PREFIX) and folder.parent.resolve() == FOLDER


def folders() -> Iterator[Path]:
    """The folders of all reference sessions, by name; none where they were not installed."""
    try:
        names = sorted(name for name in os.listdir(FOLDER) if name.startswith(PREFIX))
    except OSError:
        names = []
    yield from (FOLDER / name for name in names)
