"""Opening the app on a terminal; where there is none, one sentence instead."""

import os
import sys
import termios
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from engine.record.session import SessionError, sessions_folder

if TYPE_CHECKING:
    from edgechaos_tui.core.playback import Start

_LOOK_SECONDS = 2.0


def main_without_arguments() -> int:
    """The library of the default sessions folder; the exit status."""
    try:
        open_app(sessions_folder())
    except SessionError as error:
        print(f"edgechaos-tui: {error}", file=sys.stderr)
        return 1
    return 0


def require_terminal() -> None:
    """Raise SessionError where the app cannot be shown. Textual paints on stderr."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise SessionError(
            "the app needs a terminal, and this is none; `edgechaos-tui run` trains without one"
        )


def _end_with_the_terminal() -> None:
    """End the process when its terminal is gone, where no SIGHUP told it so.

    Reading a vanished terminal returns at once, again and again: the app would spin unseen. There
    is nothing to lose: runs are processes of their own.
    """
    while True:
        time.sleep(_LOOK_SECONDS)
        try:
            termios.tcgetattr(sys.stdin.fileno())
        except (termios.error, OSError, ValueError):
            os._exit(1)


def open_app(
    root: Path,
    *,
    session: str | None = None,
    replay: "Start | None" = None,
    quiet: bool = False,
    diagram: bool = True,
) -> None:
    """Run the app until the person leaves it. Raises SessionError without a terminal."""
    require_terminal()
    threading.Thread(target=_end_with_the_terminal, daemon=True).start()
    from edgechaos_tui.app import EdgeChaosApp

    EdgeChaosApp(root, session=session, replay=replay, quiet=quiet, diagram=diagram).run()
