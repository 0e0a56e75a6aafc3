"""Commands to a sweep, for the command line and for screens."""

from edgechaos_tui.control.launcher import start_sweep
from edgechaos_tui.control.requests import refuse_elsewhere, request
from engine.storage import commands, lock
from engine.storage.errors import SessionError
from engine.storage.sweep.plan import Sweep
from engine.storage.sweep.sessions import deleted_runs
from engine.storage.sweep.state import SweepStatus, read_sweep


def pause(sweep: Sweep) -> commands.AnyCommand:
    """Ask the coordinator to pause all runs. Raises SessionError without a coordinator."""
    return request(sweep, commands.Pause, _status)


def stop(sweep: Sweep) -> commands.AnyCommand:
    """Ask the coordinator to stop all runs, resumably. Raises SessionError without one."""
    return request(sweep, commands.Stop, _status)


def resume(sweep: Sweep, *, force: bool = False) -> commands.AnyCommand | None:
    """Resume a paused sweep, or one that ended with runs that failed or are missing.

    Failed runs, and those whose sessions were deleted, are trained again. Returns the command sent
    to the coordinator of a paused sweep, None when a coordinator was started. Raises SessionError
    when there is nothing to resume.
    """
    reading = read_sweep(sweep)
    if reading.status is SweepStatus.PAUSED:
        return request(sweep, commands.Resume, _status)
    if reading.status.active and lock.is_held(sweep.lock):
        raise SessionError(f"{sweep.name} is {reading.status} already")
    nothing_failed = (
        reading.status is SweepStatus.FINISHED and "failed" not in reading.state.outcomes()
    )
    if nothing_failed and not deleted_runs(sweep, reading.plan.runs):
        raise SessionError(f"{sweep.name} is finished: all its {len(reading.plan.runs)} runs ended")
    refuse_elsewhere(sweep, reading.status, reading.state.host, force)
    start_sweep(sweep)
    return None


def _status(sweep: Sweep) -> tuple[SweepStatus, str]:
    reading = read_sweep(sweep)
    return reading.status, reading.state.host
