"""The start of the app on a terminal, or one sentence where there is none."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edgechaos_tui.terminal import shutdown
from engine.storage.errors import SessionError
from engine.storage.session.folder import sessions_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgechaos_tui.presentation.run.replay_clock import Start
    from engine.storage.session.session import Session
    from engine.storage.sweep.plan import Sweep


def main_without_arguments() -> int:
    """Open the library of the default sessions folder; return the exit status."""
    try:
        open_app(sessions_folder())
    except SessionError as error:
        print(f"edgechaos-tui: {error}", file=sys.stderr)
        return 1
    return 0


def require_terminal() -> None:
    """Raise SessionError if the app cannot be shown. Textual paints on stderr."""
    # A stream that was closed before the start is None.
    if not all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise SessionError(
            "the app needs a terminal, and this is none; `edgechaos-tui run` trains without one"
        )


def open_app(
    root: Path,
    *,
    session: str | None = None,
    comparison: "Sequence[Session]" = (),
    axis: str = "epoch",
    sweep: "Sweep | None" = None,
    replay: "Start | None" = None,
    quiet: bool = False,
    calm: bool = False,
    diagram: bool = True,
) -> None:
    """Run the app until the person leaves it. The parameters are those of `EdgeChaosApp`.

    Raises SessionError without a terminal, and SystemExit when a signal or a fault ended the app.
    """
    require_terminal()
    from edgechaos_tui.app import EdgeChaosApp

    app = EdgeChaosApp(
        root,
        session=session,
        comparison=comparison,
        axis=axis,
        sweep=sweep,
        replay=replay,
        quiet=quiet,
        calm=calm,
        diagram=diagram,
    )
    shutdown.with_the_terminal()
    app.run()
    if app.return_code:
        raise SystemExit(app.return_code)
