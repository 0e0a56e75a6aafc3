"""10,000 sessions in the library of the real app, in a real pseudo-terminal of 120 × 40.

How long a person waits for the list, for the answer to a key in the filter and to one that scrolls.
How long the screen's loop was held, which no terminal can see, is measured inside
(`library_screen`).
"""

import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path
from unittest import mock

from benchmarks import library_screen
from benchmarks.figures import Figure, figure, percentile_95
from benchmarks.line import Line

_ROUNDS, _HOLDS = 5, 3
_IDLE_SECONDS = 10
_QUERY = "lr>=0.01 phase:edge best<0.34"
_DELETE = "\x7f"
_SCROLLS = ("\x1b[6~", "\x1b[F", "\x1b[5~", "\x1b[H", "j", "j", "k")
"""Page down, end, page up, home, and the next and the previous session."""
_ANSWER_SECONDS = 0.3
"""Long after any answer, and before the filter's cursor blinks."""


def measure(root: Path, newest: str) -> list[Figure]:
    """Of the sessions under `root`, of which `newest` stands first and is the last to be made."""
    first = [_listed(root, newest, fresh=True) for _ in range(_ROUNDS)]
    with Line(root) as line:
        # Until all is read, and kept for the next start.
        while not any(_cache(root).rglob("*.msgpack")):
            line.read(1.0)
    later = [_listed(root, newest, fresh=False) for _ in range(_ROUNDS)]
    walls, works = zip(*(_hold(root) for _ in range(_HOLDS)), strict=True)
    return [
        figure("from the start to a list of 10,000 sessions, never read before", first, "s", 1.0),
        figure("from the start to a list of 10,000 sessions", later, "s", 1.0),
        *_keys(root, newest),
        figure("longest hold of the screen's loop, 10,000 sessions", walls, "ms", 50),
        figure("longest hold of the screen's loop, its CPU", works, "ms", 50),
    ]


def _cache(root: Path) -> Path:
    return root.parent / "cache"


def _listed(root: Path, newest: str, *, fresh: bool) -> float:
    if fresh:
        shutil.rmtree(_cache(root), ignore_errors=True)
    with Line(root) as line:
        return line.wait_for(newest) - line.began


def _hold(root: Path) -> tuple[float, float]:
    """As of a first start: with a cache of its own."""
    with (
        tempfile.TemporaryDirectory() as cache,
        mock.patch.dict(os.environ, {"XDG_CACHE_HOME": cache}),
    ):
        return asyncio.run(library_screen.longest_hold(root))


def _keys(root: Path, newest: str) -> list[Figure]:
    with Line(root) as line:
        line.wait_for(newest)
        line.settle(1.0)
        cpu = line.cpu_seconds()
        line.read(_IDLE_SECONDS)
        idle = 100 * (line.cpu_seconds() - cpu) / _IDLE_SECONDS
        line.send("/")
        line.settle()
        cpu = line.cpu_seconds()
        typed = [_answered(line, key) for key in [*_QUERY, *_DELETE * len(_QUERY)] * 2]
        cpu = (line.cpu_seconds() - cpu) / len(typed) * 1e3
        line.send("\r")
        line.settle()
        scrolled = [_answered(line, key) for key in _SCROLLS * 6]
    return [
        figure("from a key in the filter to its answer, 10,000 sessions", typed, "ms"),
        percentile_95("from a key in the filter to its answer", typed, "ms", 100),
        figure("CPU of a key in the filter, 10,000 sessions", [cpu], "ms"),
        percentile_95("from a key that scrolls to its answer, 10,000 sessions", scrolled, "ms", 50),
        figure("CPU of the app, idle in a library of 10,000", [idle], "% of a core", 1),
    ]


def _answered(line: Line, key: str) -> float:
    """Milliseconds from `key` to the last byte that it made."""
    began = line.send(key)
    pieces = line.read(_ANSWER_SECONDS)
    return ((pieces[-1][0] if pieces else time.perf_counter()) - began) * 1e3
