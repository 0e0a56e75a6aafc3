"""The library's screen in a test: the app, and waiting until all sessions are read."""

from pathlib import Path

from textual.pilot import Pilot

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.screens.library.screen import LibraryScreen
from edgechaos_tui.widgets.session_table import SessionTable
from tests.support.screens import until


def library_app(root: Path) -> EdgeChaosApp:
    return EdgeChaosApp(root, quiet=True, diagram=False)


async def library_ready(pilot: Pilot[None]) -> LibraryScreen:
    """The screen, once all sessions are read and on it."""
    await until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))
    screen = pilot.app.screen
    assert isinstance(screen, LibraryScreen)

    def read() -> bool:
        rows = [row for table in screen.query(SessionTable) for row in table.visible_rows]
        return bool(rows) and all(row.status or row.problem for row in rows)

    await until(pilot, read)
    return screen
