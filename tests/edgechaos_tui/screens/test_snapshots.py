"""Every screen at three sizes, with colours and without, against the pictures that are kept.

A change of the look is a change that somebody looked at: `make snapshots`, then `git diff`.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.presentation.run.replay_clock import Start
from edgechaos_tui.screens.base import painter
from edgechaos_tui.terminal.pace import Pace
from edgechaos_tui.workers import log_feed
from engine.storage.session import folder
from engine.storage.session.session import reference_sessions
from tests.support.recorded_runs import (
    MACHINE,
    record,
    record_deep,
    record_fork,
    record_held,
    record_with_machine,
)
from tests.support.screens import at_rest, until
from tests.support.snapshots import check, picture
from tests.support.sweep_samples import write_sweep

_FOLDER = Path(__file__).parent / "snapshots"
_SIZES = ((80, 24), (120, 40), (200, 60))
_COMPARED = (
    "reference-fig2", "reference-fig6-l2-5e-5", "reference-fig6-l2-9e-5", "reference-fig6-l2-5e-4",
    "reference-fig4-batch-8", "reference-fig4-batch-16", "reference-fig4-batch-64",
    "reference-fig4-batch-128",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _the_same_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(Pace, "wait", lambda *_: 0.0)


def _run(root: Path) -> EdgeChaosApp:
    return EdgeChaosApp(root, session="reference-fig2", diagram=False)


def _deep(root: Path) -> EdgeChaosApp:
    record_deep(root, "deep")
    return EdgeChaosApp(root, session="deep", diagram=False)


def _machine(root: Path) -> EdgeChaosApp:
    record_with_machine(root, "used", MACHINE)
    return EdgeChaosApp(root, session="used", diagram=False)


def _replay(root: Path) -> EdgeChaosApp:
    record(root, "edited")
    begin = Start(at=30, paused=True)
    return EdgeChaosApp(root, session="edited", replay=begin, diagram=False)


def _held(root: Path) -> EdgeChaosApp:
    record_held(root, "held")
    return EdgeChaosApp(root, session="held", diagram=False)


def _effect(root: Path) -> EdgeChaosApp:
    run = record(root, "edited")
    without = record_fork(run, "edited-without-e20", apart=0.012)
    twin = record_fork(run, "edited-twin-e19", epsilon=1e-6, apart=0.002)
    return EdgeChaosApp(root, comparison=[run, without, twin], diagram=False)


def _compare(count: int) -> Callable[[Path], EdgeChaosApp]:
    def made(root: Path) -> EdgeChaosApp:
        by_name = {session.name: session for session in reference_sessions()}
        sessions = [by_name[name] for name in _COMPARED[:count]]
        return EdgeChaosApp(root, comparison=sessions, diagram=False)

    return made


def _sweep(root: Path) -> EdgeChaosApp:
    sweep = write_sweep(root, "grid", {"lr": (0.01, 0.02, 0.04), "batch_size": (8, 16)})
    return EdgeChaosApp(root, sweep=sweep, diagram=False)


def _library(root: Path) -> EdgeChaosApp:
    for name, epochs in (("a-first", 60), ("brave", 25), ("last", 60)):
        record(root, name, epochs=epochs)
    return EdgeChaosApp(root, diagram=False)


_SCREENS: dict[str, tuple[Callable[[Path], EdgeChaosApp], str, tuple[str, ...]]] = {
    "run": (_run, "finished", ()),
    "run-smoothed": (_run, "finished", ("w", "w", "3")),
    "deep": (_deep, "with depth", ("6",)),
    "profile": (_deep, "with depth", ("6", "d")),
    "machine": (_machine, "finished", ("m",)),
    "replay": (_replay, "30/60", ()),
    "held": (_held, "held at 1", ()),
    "effect": (_effect, "edit at epoch 20", ()),
    "twin": (_effect, "edit at epoch 20", ("4",)),
    "overlay-2": (_compare(2), "collapse of", ()),
    "overlay-3": (_compare(3), "collapse of", ()),
    "overlay-8": (_compare(8), "collapse of", ()),
    "split-2": (_compare(2), "collapse of", ("o",)),
    "split-3": (_compare(3), "collapse of", ("o",)),
    "split-8": (_compare(8), "collapse of", ("o",)),
    "sweep": (_sweep, "grid", ()),
    "library": (_library, "60/60", ()),
}
"""By name: the app, words that say it is ready, keys."""


@pytest.mark.parametrize("colour", [True, False], ids=["colour", "no-colour"])
@pytest.mark.parametrize("name", _SCREENS)
async def test_a_screen_looks_as_it_did(
    name: str, colour: bool, sessions_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    root = sessions_root
    if name == "library":
        # There are more of them from one version to the next.
        monkeypatch.setattr(folder, "REFERENCES", sessions_root / "no references")
        # Its header shows the folder, which is as long as pytest makes it.
        monkeypatch.chdir(sessions_root.parent)
        root = Path(sessions_root.name)
    check(_FOLDER / f"{name}{'' if colour else '-no-colour'}.txt", await _pictures(name, root))


async def test_a_comparison_looks_the_same_however_slowly_its_records_are_read(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The screen opens before the second of many batches; what it draws then must leave no trace.
    monkeypatch.setattr(painter, "_PATIENCE_SECONDS", 0.001)
    monkeypatch.setattr(log_feed, "_BATCH", 2000)
    check(_FOLDER / "overlay-8.txt", await _pictures("overlay-8", sessions_root))


async def _pictures(name: str, root: Path) -> str:
    """The screen called `name` at each size."""
    make, ready, keys = _SCREENS[name]
    pictures = []
    async with make(root).run_test(size=_SIZES[-1]) as pilot:
        await until(pilot, ready)
        await pilot.press(*keys)
        for width, height in _SIZES:
            await pilot.resize_terminal(width, height)
            await at_rest(pilot)
            pictures.append(f"{width}x{height}\n{picture(pilot)}")
    return "\n".join(pictures)
