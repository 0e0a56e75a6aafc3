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
from engine.sweep.log_writer import SweepJournal
from engine.sweep.ray.launcher import RayLauncher


def main(arguments: list[str] | None = None) -> int:
    """Run the sweep to its end; the exit status, with a sentence on stderr when it is 1."""
    parser = argparse.ArgumentParser(prog="python -m engine.sweep", description=__doc__)
    parser.add_argument("sweep", type=Path, help="the sweep's folder")
    parser.add_argument("--incarnation", default="", help="this coordinator's id")
    options = parser.parse_args(arguments)
    sweep = Sweep(options.sweep.absolute())
    try:
        return _work(sweep, options.incarnation or new_id())
    except SessionLocked:
        print(f"{sweep.name}: another coordinator is at work on it", file=sys.stderr)
    except EdgeChaosError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        place = error.filename or sweep.folder
        print(f"{sweep.name}: cannot use {place}: {error.strerror}", file=sys.stderr)
    return 1


def _work(sweep: Sweep, incarnation: str) -> int:
    plan = sweep.plan()
    holder = Holder(incarnation=incarnation, pid=os.getpid(), host=host_name(), boot_id=boot_id())
    # Held by the process to its end; nothing here may open the file again.
    lock = EngineLock(sweep.lock, holder)
    interruption = _listen()
    journal = SweepJournal(sweep)
    starter: Launcher | None = None
    try:
        starter = _starter(plan, sweep)
        jobs = plan.jobs or starter.places
        journal.add(
            SweepStarted(
                t=journal.now(),
                incarnation=incarnation,
                host=holder.host,
                boot_id=holder.boot_id,
                pid=holder.pid,
                jobs=jobs,
            )
        )
        orders = SweepCommandQueue(sweep.commands, incarnation, journal.state)
        Coordinator(sweep, plan, journal, orders, starter, jobs, interruption).run()
    except EdgeChaosError as error:
        journal.add(SweepFailed(t=journal.now(), text=str(error)))
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the log must say so
        text = f"{type(error).__name__}: {error}"
        journal.add(SweepFailed(t=journal.now(), text=text, traceback=traceback.format_exc()))
        return 1
    finally:
        if starter:
            starter.close()
        journal.close()
        lock.release()
    return 0


def _starter(plan: Plan, sweep: Sweep) -> Launcher:
    if plan.cluster:
        return RayLauncher(plan.cluster, sweep.worker_log)
    return GroupedLauncher(plan.together) if plan.together > 1 else LocalLauncher()


def _listen() -> Interruption:
    """SIGTERM and SIGINT stop the sweep at its next look; it outlives its terminal."""
    interruption = Interruption()

    def note(number: int, _frame: FrameType | None) -> None:
        interruption.reason = f"terminated by {signal.Signals(number).name}"

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return interruption


if __name__ == "__main__":
    sys.exit(main())
