"""How `open` and `compare` are told to begin with a replay."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from edgechaos_tui.control import session as control
from engine.storage.session.session import Session

if TYPE_CHECKING:
    from edgechaos_tui.presentation.run.replay_clock import Start

AtOption = Annotated[
    int | None, typer.Option("--at", metavar="EPOCH", help="replay from this epoch on")
]
SpeedOption = Annotated[
    float | None,
    typer.Option(
        "--speed",
        metavar="TIMES",
        help="replay at so many times the recorded time of training, 0.25 to 64 (default: 8)",
    ),
]
PausedOption = Annotated[bool, typer.Option("--paused", help="a replay that waits at its start")]


def start(
    sessions: Sequence[Session], at: int | None, speed: float | None, *, paused: bool
) -> "Start | None":
    """The replay of one session, or of several together, that was asked for; None when it was not.

    Raises typer.BadParameter for what cannot be, SessionError when the log cannot be read.
    """
    if at is None and speed is None and not paused:
        return None
    # Imported here: numpy comes with it, and most commands do without.
    from edgechaos_tui.presentation.run.replay_clock import FIRST_SPEED, SPEEDS, Start

    if speed is not None and not SPEEDS[0] <= speed <= SPEEDS[-1]:
        ends = f"{SPEEDS[0]:g} and {SPEEDS[-1]:g}"
        raise typer.BadParameter(f"--speed: {speed:g} is not between {ends}")
    if at is not None:
        _check(sessions, at)
    return Start(at=at, speed=FIRST_SPEED if speed is None else speed, paused=paused)


def _check(sessions: Sequence[Session], at: int) -> None:
    """Raise typer.BadParameter unless one of the sessions has this epoch."""
    found = [control.read_summary(session)[1] for session in sessions]
    done = [summary.epochs_done for summary in found if summary.last is not None]
    who = sessions[0].name if len(sessions) == 1 else "the sessions"
    has = "has" if len(sessions) == 1 else "have"
    if not done:
        raise typer.BadParameter(f"--at: {who} {has} no epoch to replay yet")
    if not 0 <= at <= max(done):
        have = f"{who} {has} the epochs 0 to {max(done)}"
        raise typer.BadParameter(f"--at: {have}, and {at} is none of them")
