"""No size of the window ends a screen, a dialog or the palette; `make test-fuzz` tries the most."""

import os
import random
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.every_screen import PLACES, open_place

# Where text wraps, and where a chart divides what room there is.
FEW = ("library", "sort", "path", "help", "palette", "zoomed plane", "compare", "map")
SIZES = [(9, 24), (5, 12), (4, 3), (1, 1), (300, 100)]
NARROW = [(width, height) for height in (24, 7, 3, 1) for width in range(12, 0, -1)]
FLAT = [(width, height) for width in (100, 40) for height in range(8, 0, -1)]
EACH = 1 if "EDGECHAOS_FUZZ" in os.environ else 6
"""One size of so many is tried."""


def _storm(count: int) -> list[tuple[int, int]]:
    wind = random.Random(17)
    return [(wind.randint(1, 300), wind.randint(1, 100)) for _ in range(count)]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CACHE", "CONFIG", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))


@pytest.mark.parametrize("name", FEW)
async def test_a_narrow_window_does_not_end_it(name: str, sessions_root: Path) -> None:
    await _resized(name, sessions_root, SIZES)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
async def test_a_storm_of_sizes_does_not_end_it(name: str, sessions_root: Path) -> None:
    await _resized(name, sessions_root, [*NARROW, *FLAT, *_storm(40)][::EACH])


async def _resized(name: str, root: Path, sizes: list[tuple[int, int]]) -> None:
    place = PLACES[name]
    async with place.open(root).run_test(size=(100, 30), notifications=True) as pilot:
        await open_place(pilot, place)
        shown = type(pilot.app.screen)
        pilot.app.notify("a toast lies over it", timeout=1000)
        for size in sizes:
            await _resize(pilot, *size)
            assert type(pilot.app.screen) is shown, size


async def _resize(pilot: Pilot[None], width: int, height: int) -> None:
    await pilot.resize_terminal(width, height)
    await pilot.pause()
    assert pilot.app.size == (width, height)
    assert pilot.app.screen._compositor.render_strips()
