"""`make pictures`: the pictures in docs/, made from the app itself.

Three show recorded runs that come with the program; that of the machine shows a run of a minute,
which is trained for it. A phase diagram that is not in the cache is computed first.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from textual.pilot import Pilot

from edgechaos_tui.app import EdgeChaosApp
from engine.storage.session.session import reference_sessions

_DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
_COMPARED: Final = (
    "reference-fig2", "reference-fig6-l2-5e-5", "reference-fig6-l2-9e-5", "reference-fig6-l2-5e-4",
)  # fmt: skip
_MACHINE_RUN: Final = (
    "run", "--session", "machine", "--dataset", "synthetic", "--train-size", "12000",
    "--epochs", "30", "--indicators-every", "0",
)  # fmt: skip
_READING_SECONDS: Final = 2.0
_PATIENCE_SECONDS: Final = 1800.0


@dataclass(frozen=True)
class DocsPicture:
    """A picture in docs/. open: makes the app on a sessions folder; ready: words that the screen
    then shows; keys: pressed after that."""

    open: Callable[[Path], EdgeChaosApp]
    ready: str
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (120, 40)


def _compare(root: Path) -> EdgeChaosApp:
    by_name = {session.name: session for session in reference_sessions()}
    return EdgeChaosApp(root, comparison=[by_name[name] for name in _COMPARED], diagram=False)


def _train_and_open(root: Path) -> EdgeChaosApp:
    command = [sys.executable, "-m", "edgechaos_tui", *_MACHINE_RUN, "--sessions", str(root)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return EdgeChaosApp(root, session="machine", diagram=False)


PICTURES: Final = {
    "library": DocsPicture(EdgeChaosApp, "recorded runs", ("o",), (120, 30)),
    "screenshot": DocsPicture(
        lambda root: EdgeChaosApp(root, session="reference-fig2"), "finished"
    ),
    "compare": DocsPicture(_compare, "collapse of", ("w", "w")),
    "machine": DocsPicture(_train_and_open, "finished", ("m",), (120, 30)),
}


async def _write(name: str, root: Path) -> None:
    picture = PICTURES[name]
    app = picture.open(root)
    async with app.run_test(size=picture.size) as pilot:
        await _until(pilot, lambda text: picture.ready in text)
        await pilot.press(*picture.keys)
        await pilot.pause(_READING_SECONDS)
        await _until(pilot, lambda text: "diagram" not in text)
        svg = app.export_screenshot(title="edgechaos-tui")
    (_DOCS / f"{name}.svg").write_text(svg, encoding="utf-8")


async def _until(pilot: Pilot[None], is_ready: Callable[[str], bool]) -> None:
    """Wait until `is_ready` of the screen's text."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not is_ready(pilot.app.export_screenshot().replace("&#160;", " ")):
        if time.monotonic() > end:
            raise SystemExit("the screen did not get ready")
        await pilot.pause(0.1)


def main() -> None:
    """Write all pictures, or those named on the command line."""
    for name in sys.argv[1:] or PICTURES:
        # The library shows the name of its folder.
        with TemporaryDirectory() as folder, chdir(folder):
            asyncio.run(_write(name, Path("sessions")))
        print(f"wrote docs/{name}.svg")


if __name__ == "__main__":
    main()
