"""Random bytes into every screen: nothing ends the app, and what is no key does no act.

The slow test sends 1,000 inputs, `make test-fuzz` 10,000. Nothing here starts a process or writes
outside its own folders.
"""

import contextlib
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual._xterm_parser import XTermParser
from textual.pilot import Pilot

from edgechaos_tui.control import launcher
from edgechaos_tui.screens.dialogs import export
from edgechaos_tui.terminal.input_driver import TerminalDriver
from edgechaos_tui.terminal.input_filter import InputFilter
from engine.storage.errors import SessionError
from tests.support.every_screen import PLACES, open_place
from tests.support.terminal_noise import Piece, anything, no_key

Draw = Callable[[random.Random], Iterator[Piece]]
INPUTS = int(os.environ.get("EDGECHAOS_FUZZ", "1000"))
FEW = ("library", "delete", "path", "panel")


class Line:
    """Bytes that come to the app of `pilot` through the filter and the parser of its driver."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self._pilot = pilot
        self._filter, self._parser = InputFilter(), XTermParser()
        self._now = 0.0

    async def send(self, pieces: Iterator[Piece]) -> None:
        for data, pause in pieces:
            self._deliver(self._filter.feed(data, self._now))
            # As often as the driver looks at the clock.
            for _ in range(round(pause / 0.05) + 1):
                self._now += 0.05
                self._deliver(self._filter.tick(self._now))
        await self._pilot.pause()

    def _deliver(self, found: Any) -> None:
        driver: Any = self._pilot.app._driver
        for piece in found:
            if driver is not None:
                TerminalDriver._deliver(driver, piece, self._parser)


@pytest.fixture
def acts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have been started or written; nothing is."""
    for name in ("CACHE", "CONFIG", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    for folder in ("home", "here"):
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    done: list[str] = []

    def refuse(*arguments: object, **_: object) -> str:
        done.append(str(arguments))
        raise SessionError("nothing is started here")

    monkeypatch.setattr(launcher, "_start", refuse)
    monkeypatch.setattr(launcher, "start_diagram", refuse)
    monkeypatch.setattr(export, "_write", lambda *found: done.append(str(found[-1])))
    return done


async def _fuzz(name: str, root: Path, draw: Draw, count: int, seed: int) -> None:
    """Send `count` inputs to a place, which is opened again where they led out of the app."""
    rng, sent, opened = random.Random(f"{name} {seed}"), 0, 0
    while sent < count:
        opened += 1
        app = PLACES[name].open(root / str(opened))
        async with app.run_test(size=(100, 30)) as pilot:
            await open_place(pilot, PLACES[name])
            before = _content(root)
            line = Line(pilot)
            while sent < count and app.is_running and not app._exit:
                sent += 1
                await line.send(draw(rng))
            with contextlib.suppress(Exception):
                await pilot.pause(0.05)
            assert app._exception is None
            if draw is no_key:
                assert not app._exit
                assert _content(root) == before


def _content(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("name", FEW)
async def test_what_is_no_key_does_no_act(name: str, sessions_root: Path, acts: list[str]) -> None:
    await _fuzz(name, sessions_root, no_key, 25, seed=1)
    assert acts == []


@pytest.mark.parametrize("name", FEW)
async def test_no_bytes_end_the_app(name: str, sessions_root: Path, acts: list[str]) -> None:
    await _fuzz(name, sessions_root, anything, 15, seed=2)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
async def test_thousands_of_inputs(name: str, sessions_root: Path, acts: list[str]) -> None:
    count = INPUTS // (2 * len(PLACES)) + 1
    await _fuzz(name, sessions_root / "a", no_key, count, seed=3)
    assert acts == []
    await _fuzz(name, sessions_root / "b", anything, count, seed=4)
