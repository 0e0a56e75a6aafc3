"""Commands to a sweep, for the command line, the screens and the recipes alike."""

from edgechaos_tui.control.asking import ask, refuse_elsewhere
from edgechaos_tui.control.launcher import start_sweep
from engine.storage import commands, lock
from engine.storage.errors import SessionError
from engine.storage.sweep.plan import Sweep
from engine.storage.sweep.sessions import deleted_runs
from engine.storage.sweep.state import SweepStatus, read_sweep


def pause(sweep: Sweep) -> commands.AnyCommand:
    """Ask that all runs wait. Raises SessionError when no coordinator is at work."""
    return ask(sweep, commands.Pause, _look)


def stop(sweep: Sweep) -> commands.AnyCommand:
    """Ask that all runs end; they can be resumed. Raises SessionError as `pause` does."""
    return ask(sweep, commands.Stop, _look)


def resume(sweep: Sweep, *, force: bool = False) -> commands.AnyCommand | None:
    """Let a paused sweep go on, or take an ended one up where it was; failed runs, and those whose
    sessions were deleted, are trained again.

    Returns the command sent to a living coordinator, None when one was started. Raises
    SessionError when there is nothing to resume.
    """
    now = read_sweep(sweep)
    if now.status is SweepStatus.PAUSED:
        return ask(sweep, commands.Resume, _look)
    if now.status.active and lock.is_held(sweep.lock):
        raise SessionError(f"{sweep.name} is {now.status} already")
    nothing_failed = now.status is SweepStatus.FINISHED and "failed" not in now.state.outcomes()
    if nothing_failed and not deleted_runs(sweep, now.plan.runs):
        raise SessionError(f"{sweep.name} is finished: all its {len(now.plan.runs)} runs ended")
    host = now.state.started.host if now.state.started else ""
    refuse_elsewhere(sweep, now.status, host, force)
    start_sweep(sweep)
    return None


def _look(sweep: Sweep) -> tuple[SweepStatus, str]:
    now = read_sweep(sweep)
    return now.status, now.state.started.host if now.state.started else ""
