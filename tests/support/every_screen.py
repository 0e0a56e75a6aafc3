"""Every screen and every dialog, each by the keys that open it from the app's start."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual.pilot import Pilot
from textual.screen import Screen

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.presentation.run.replay_clock import Start
from engine.storage.host import host_name
from engine.storage.session import edit
from tests.support.comparisons import append
from tests.support.event_samples import started_event
from tests.support.library_samples import write_checkpoint, write_session
from tests.support.recorded_runs import MACHINE, record, record_with_machine
from tests.support.screens import until
from tests.support.sweep_samples import write_sweep


@dataclass(frozen=True)
class Place:
    """open: makes the app on a sessions folder; ready: words that say it is there; keys: what
    leads from there to the place; shows: words, or the name of the screen's class."""

    open: Callable[[Path], EdgeChaosApp]
    ready: str
    keys: tuple[str, ...] = ()
    shows: str = ""


def _welcome(root: Path) -> EdgeChaosApp:
    return EdgeChaosApp(root, quiet=True, diagram=False)


def _library(root: Path) -> EdgeChaosApp:
    for number in range(6):
        write_checkpoint(write_session(root, f"run-{number}", 5), 5)
    return _welcome(root)


def _with_trash(root: Path) -> EdgeChaosApp:
    app = _library(root)
    edit.trash(write_session(root, "deleted", 3))
    return app


def _run(root: Path) -> EdgeChaosApp:
    session = record(root, "edited", epochs=40)
    append(session, started_event(host=host_name()))
    write_checkpoint(session, 40)
    return EdgeChaosApp(root, session="edited", quiet=True, diagram=False)


def _machine(root: Path) -> EdgeChaosApp:
    record_with_machine(root, "used", MACHINE)
    return EdgeChaosApp(root, session="used", quiet=True, diagram=False)


def _replay(root: Path) -> EdgeChaosApp:
    record(root, "edited")
    start = Start(at=30, paused=True)
    return EdgeChaosApp(root, session="edited", replay=start, quiet=True, diagram=False)


def _compare(root: Path) -> EdgeChaosApp:
    sessions = [record(root, name) for name in ("one", "two", "three")]
    return EdgeChaosApp(root, comparison=sessions, quiet=True, diagram=False)


def _sweep(root: Path) -> EdgeChaosApp:
    sweep = write_sweep(root, "grid", {"lr": (0.01, 0.02, 0.04), "batch_size": (8, 16)}, ended=4)
    return EdgeChaosApp(root, sweep=sweep, quiet=True, diagram=False)


_LIBRARY = (_library, "run-5")
_RUN = (_run, "interrupted")
_COMPARE = (_compare, "collapse of")
_SWEEP = (_sweep, "grid")

PLACES = {
    "welcome": Place(_welcome, "Fashion-MNIST"),
    "library": Place(*_LIBRARY),
    "filter": Place(*_LIBRARY, ("slash", "r")),
    "groups": Place(*_LIBRARY, ("g", "down", "enter")),
    "sort": Place(*_LIBRARY, ("s",), "Choose"),
    "group": Place(*_LIBRARY, ("g",), "Choose"),
    "columns": Place(*_LIBRARY, ("C",), "ChooseColumns"),
    "export": Place(*_LIBRARY, ("E",), "Choose"),
    "path": Place(*_LIBRARY, ("E", "enter"), "AskText"),
    "delete": Place(*_LIBRARY, ("x",), "Confirm"),
    "trash": Place(_with_trash, "run-5", ("T",), "TrashDialog"),
    "empty": Place(_with_trash, "run-5", ("T", "X"), "Confirm"),
    "quit": Place(*_LIBRARY, ("escape",), "Confirm"),
    "rename": Place(*_LIBRARY, ("R",), "AskText"),
    "note": Place(*_LIBRARY, ("N",), "AskText"),
    "help": Place(*_LIBRARY, ("question_mark",), "HelpScreen"),
    "palette": Place(*_LIBRARY, ("ctrl+p",), "CommandPalette"),
    "new run": Place(*_LIBRARY, ("n",), "NewRunScreen"),
    "fork": Place(*_LIBRARY, ("f",), "NewRunScreen"),
    "new sweep": Place(*_LIBRARY, ("W",), "NewSweepScreen"),
    "run": Place(*_RUN),
    **{f"chart {n}": Place(*_RUN, (n,)) for n in "12345"},
    "zoomed plane": Place(*_RUN, ("z", "4")),
    "cursor": Place(*_RUN, ("c", "left_parenthesis", "l", "w")),
    "logarithmic": Place(*_RUN, ("1", "l", "l")),
    "panel": Place(*_RUN, ("e",)),
    "events": Place(*_RUN, ("v",)),
    "machine": Place(_machine, "finished", ("m",)),
    "output": Place(*_RUN, ("o",)),
    "extend": Place(*_RUN, ("plus",), "AskNumber"),
    "help of a run": Place(*_RUN, ("question_mark",), "HelpScreen"),
    "replay": Place(_replay, "30/60"),
    "compare": Place(*_COMPARE),
    "split": Place(*_COMPARE, ("o",)),
    "table": Place(*_COMPARE, ("t",)),
    "export of a comparison": Place(*_COMPARE, ("E",), "Choose"),
    "sweep": Place(*_SWEEP),
    "map": Place(*_SWEEP, ("2",)),
    "sweeps": Place(*_SWEEP, ("q", "w"), "SweepsScreen"),
}  # fmt: skip


_OPENS_LATER = ("T", "X")
"""Keys whose dialog waits for a thread."""


async def open_place(pilot: Pilot[None], place: Place) -> None:
    """Lead the app that `place` made to it."""
    await until(pilot, place.ready)
    for key in place.keys:
        beneath = pilot.app.screen
        await pilot.press(key)
        if key in _OPENS_LATER:
            await until(pilot, partial(_lies_over, pilot, beneath))
    if place.shows:
        await until(pilot, lambda: type(pilot.app.screen).__name__ == place.shows)


def _lies_over(pilot: Pilot[None], beneath: Screen[object]) -> bool:
    return pilot.app.screen is not beneath
