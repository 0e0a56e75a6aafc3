"""`python -m engine.sweep SWEEP_FOLDER`: the coordinator's own process."""

import argparse
import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

from engine.storage.commands import new_id
from engine.storage.errors import EdgeChaosError, SessionLocked
from engine.storage.host import boot_id, host_name
from engine.storage.lock import EngineLock, Holder
from engine.storage.sweep.events import SweepFailed, SweepStarted
from engine.storage.sweep.plan import Plan, Sweep
from engine.sweep.command_queue import SweepCommandQueue
from engine.sweep.coordinator import Coordinator, Interruption
from engine.sweep.launchers.grouped import GroupedLauncher
from engine.sweep.launchers.local import Launcher, LocalLauncher
from engine.sweep.log_writer import SweepEventRecorder
from engine.sweep.ray.launcher import RayLauncher


def main(arguments: list[str] | None = None) -> int:
    """Run the sweep to its end. Returns the exit status: 0, or 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m engine.sweep", description=__doc__)
    parser.add_argument("sweep", type=Path, help="the sweep's folder")
    parser.add_argument("--incarnation", default="", help="this coordinator's id")
    options = parser.parse_args(arguments)
    sweep = Sweep(options.sweep.absolute())
    try:
        return _work(sweep, options.incarnation or new_id())
    except SessionLocked:
        print(f"{sweep.name}: another coordinator runs it", file=sys.stderr)
    except EdgeChaosError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        place = error.filename or sweep.folder
        print(f"{sweep.name}: cannot use {place}: {error.strerror}", file=sys.stderr)
    return 1


def _work(sweep: Sweep, incarnation: str) -> int:
    plan = sweep.plan()
    holder = Holder(incarnation=incarnation, pid=os.getpid(), host=host_name(), boot_id=boot_id())
    # The process holds it to its end; opening the file again here would release it.
    lock = EngineLock(sweep.lock, holder)
    interruption = _handle_signals()
    log = SweepEventRecorder(sweep)
    launcher: Launcher | None = None
    try:
        launcher = _launcher(plan, sweep)
        jobs = plan.jobs or launcher.places
        log.add(
            SweepStarted(
                t=log.now(),
                incarnation=incarnation,
                host=holder.host,
                boot_id=holder.boot_id,
                pid=holder.pid,
                jobs=jobs,
            )
        )
        queue = SweepCommandQueue(sweep.commands, incarnation, log.state)
        Coordinator(sweep, plan, log, queue, launcher, jobs, interruption).run()
    except EdgeChaosError as error:
        log.add(SweepFailed(t=log.now(), text=str(error)))
        raise
    except Exception as error:  # noqa: BLE001 - the log must tell of any error
        text = f"{type(error).__name__}: {error}"
        log.add(SweepFailed(t=log.now(), text=text, traceback=traceback.format_exc()))
        return 1
    finally:
        if launcher:
            launcher.close()
        log.close()
        lock.release()
    return 0


def _launcher(plan: Plan, sweep: Sweep) -> Launcher:
    if plan.cluster:
        return RayLauncher(plan.cluster, sweep.worker_log)
    return GroupedLauncher(plan.together) if plan.together > 1 else LocalLauncher()


def _handle_signals() -> Interruption:
    """SIGTERM and SIGINT stop the sweep at its next poll; SIGHUP is ignored: a sweep outlives its
    terminal."""
    interruption = Interruption()

    def note(number: int, _frame: FrameType | None) -> None:
        interruption.reason = f"terminated by {signal.Signals(number).name}"

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return interruption


if __name__ == "__main__":
    sys.exit(main())
