"""The alternation of several runs in one process."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.training.engine import Engine
from engine.training.run_group import RunGroup
from engine.training.run_loop import Turn

_POLL: Final = 0.05
"""Seconds between two looks at the commands while every run is paused."""


def drive(
    engines: dict[Path, Engine],
    ended: Callable[[Path, int], None],
    run_group: RunGroup | None = None,
) -> None:
    """Give every engine a turn, in rounds, until all have ended; call `ended(folder, status)` then.

    The steps that the runs have deferred to `run_group` are taken together after each round.
    """
    under_way = {folder: engine.turns() for folder, engine in engines.items()}
    while under_way:
        stepped = False
        for folder, turns in list(under_way.items()):
            try:
                stepped = next(turns) is Turn.STEPPED or stepped
            except StopIteration as end:
                del under_way[folder]
                ended(folder, end.value)
        if run_group:
            run_group.step()
        if under_way and not stepped:
            time.sleep(_POLL)
