"""The library's screen at scale, through the real app: keystrokes in the filter, and scrolling.

What is measured is the time from a key to the screen that answers it, and the longest stretch of
work during which no other key could have been answered. Both also in CPU time of the screen's
thread, which does not depend on what else the machine does.
"""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from textual.pilot import Pilot

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.screens.library.screen import LibraryScreen
from edgechaos_tui.widgets.session_table import SessionTable

_QUERIES = ("lr>=0.01 phase:edge best<0.34", "tag:fig4 session-0")
_SCROLLS = ("pagedown", "end", "pageup", "home", "down", "down", "down")
_BEAT = 0.002


async def measure(root: Path) -> None:
    """Print the figures for the sessions under `root`."""
    begin = time.perf_counter()
    app = EdgeChaosApp(root, quiet=True, diagram=False)
    async with app.run_test(size=(120, 40)) as pilot:
        table = await _listed(pilot)
        print(f"  listed {time.perf_counter() - begin:.2f} s after the app began")
        async with _watched() as stalls:
            await _until(lambda: "reading" not in _header(pilot))
        print(f"  while the rest is read: {_held(stalls)}")
        await pilot.press("slash")
        for query in _QUERIES:
            await _strokes(pilot, f"filter {query!r}", list(query), lambda: None)
            await _strokes(pilot, "  and deleted again", ["backspace"] * len(query), lambda: None)
        await pilot.press("enter")
        await _strokes(pilot, "scroll", [*_SCROLLS * 10], lambda: table.current)


async def longest_hold(root: Path) -> tuple[float, float]:
    """The longest stretch of a start, of filtering and of scrolling during which no key could have
    been answered; and the longest in CPU time of the screen's thread, both in ms."""
    app = EdgeChaosApp(root, quiet=True, diagram=False)
    async with app.run_test(size=(120, 40)) as pilot, _watched() as stalls:
        await _listed(pilot)
        await pilot.press("slash", *_QUERIES[0], *["backspace"] * len(_QUERIES[0]), "enter")
        await pilot.press(*_SCROLLS)
        await _until(lambda: "reading" not in _header(pilot))
        await pilot.press("slash", *_QUERIES[1], "enter", *_SCROLLS)
    return max(wall for wall, _ in stalls), max(cpu for _, cpu in stalls)


async def _listed(pilot: Pilot[None]) -> SessionTable:
    screen = pilot.app.screen
    assert isinstance(screen, LibraryScreen)
    await _until(lambda: screen.query(SessionTable))
    table = screen.query_one(SessionTable)
    await _until(lambda: table.current is not None)
    await pilot.pause()
    return table


async def _strokes(
    pilot: Pilot[None], title: str, keys: list[str], look: Callable[[], object]
) -> None:
    """Press `keys` one after another, each when the screen has answered the one before."""
    taken, worked = [], []
    async with _watched() as stalls:
        for key in keys:
            begin, work = time.perf_counter(), time.thread_time()
            await pilot.press(key)
            look()
            taken.append((time.perf_counter() - begin) * 1e3)
            worked.append((time.thread_time() - work) * 1e3)
    print(f"  {title}: a key {_spread(taken)} ms, CPU {_spread(worked)} ms; {_held(stalls)}")


@contextlib.asynccontextmanager
async def _watched() -> AsyncIterator[list[tuple[float, float]]]:
    """For how long (ms, and ms of CPU) the event loop was held, again and again."""
    delays = [(0.0, 0.0)]

    async def beat() -> None:
        while True:
            begin, work = time.perf_counter(), time.thread_time()
            await asyncio.sleep(_BEAT)
            took = (time.perf_counter() - begin - _BEAT) * 1e3
            delays.append((took, (time.thread_time() - work) * 1e3))

    task = asyncio.create_task(beat())
    try:
        yield delays
    finally:
        task.cancel()


def _spread(values: list[float]) -> str:
    """The median, and where nine of ten values lie."""
    ends = statistics.quantiles(values, n=20)
    return f"{statistics.median(values):.0f} ({ends[0]:.0f}–{ends[-1]:.0f})"


def _held(stalls: list[tuple[float, float]]) -> str:
    wall, cpu = (max(column) for column in zip(*stalls, strict=True))
    return f"the loop was held at most {wall:.0f} ms, {cpu:.0f} ms of them CPU"


async def _until(true: Callable[[], object]) -> None:
    while not true():
        await asyncio.sleep(0.005)


def _header(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#library-header").visual)
