"""`edgechaos-tui new` and `run`: new runs, with the app or without a screen."""

from typing import TYPE_CHECKING

import typer

from edgechaos_tui.cli.options import (
    CalmOption,
    DetachOption,
    DiagramOption,
    JsonOption,
    NameOption,
    QuietOption,
    SessionsOption,
    ShareOption,
    hyperparameter_options,
    root_of,
)
from engine.storage.hyperparameters import Value, build

if TYPE_CHECKING:
    from engine.storage.session.session import Session


@hyperparameter_options
def new(
    given: dict[str, Value],
    context: typer.Context,
    session: NameOption = None,
    sessions: SessionsOption = None,
    share: ShareOption = False,
    quiet: QuietOption = False,
    calm: CalmOption = False,
    no_diagram: DiagramOption = False,
) -> None:
    """Start a new run and open the app on it."""
    from edgechaos_tui.control.launcher import new_session, start_engine
    from edgechaos_tui.open import open_app, require_terminal

    require_terminal()
    created = new_session(root_of(context, sessions), build(given), session, share=share)
    start_engine(created, fresh=True)
    open_app(
        created.folder.parent, session=created.name, quiet=quiet, calm=calm, diagram=not no_diagram
    )


@hyperparameter_options
def run(
    given: dict[str, Value],
    context: typer.Context,
    session: NameOption = None,
    sessions: SessionsOption = None,
    share: ShareOption = False,
    json: JsonOption = False,
    detach: DetachOption = False,
) -> None:
    """Train a new run without the app: a progress bar on a terminal, JSON lines with --json."""
    from edgechaos_tui.cli.output import follow
    from edgechaos_tui.control.launcher import new_session, start_engine

    def start() -> "tuple[Session, str]":
        created = new_session(root_of(context, sessions), build(given), session, share=share)
        return created, start_engine(created, fresh=True)

    follow.start_new(start, detach=detach, json=json)
