"""Figures that other benchmarks of this folder measure, for the one table."""

import tempfile
import time
from pathlib import Path

from benchmarks import library, library_line, sweep
from benchmarks.figures import Figure, figure, ratios
from edgechaos_tui.presentation.library.library import Library

_SESSIONS, _EPOCHS, _ROUNDS = 10_000, 10, 5


def side_by_side() -> list[Figure]:
    """Two runs at once, of one thread each, against one after the other with two threads."""
    pair = sweep.measure(images=12_000, epochs=1, rounds=3)
    after, beside = (pair["seconds"][way] for way in ("one_after_another", "side_by_side"))
    return [ratios("two runs, one after the other to side by side", after, beside)]


def listing() -> list[Figure]:
    """10,000 sessions: what a look at the folder takes, and what a person waits for."""
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder) / "sessions", Path(folder) / "cache"
        library.make_sessions(root, _SESSIONS, _EPOCHS)
        first = Library(root, cache)
        first.refresh()
        first.save()
        seconds = []
        for _ in range(_ROUNDS):
            begin = time.perf_counter()
            Library(root, cache).refresh()
            seconds.append(time.perf_counter() - begin)
        waits = library_line.measure(root, f"session-{_SESSIONS - 1:05}")
    return [figure("10,000 sessions listed", seconds, "s", 1.0), *waits]
