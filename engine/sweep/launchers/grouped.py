"""A launcher of one engine process for several runs, which share steps where shapes agree.

Useful on a GPU, where a step of one small network is mostly the time to launch its kernels.
"""

import os
import subprocess
import sys

from engine.storage import lock
from engine.storage.files import open_to_write
from engine.storage.session.session import Session
from engine.storage.sweep.plan import jobs_of
from engine.sweep.launchers.local import RunningEngine, last_line


class GroupedLauncher:
    """Collects the runs to start; `flush` starts one process for up to `size` of them."""

    def __init__(self, size: int) -> None:
        self.places = jobs_of(0, size)
        self._size = size
        self._pending: list[_Share] = []

    def start(self, session: Session, incarnation: str) -> RunningEngine:
        """An engine on `session`, in a process that `flush` starts."""
        share = _Share(session, incarnation)
        self._pending.append(share)
        return share

    def flush(self) -> None:
        """Start the processes. Raises OSError; the runs then count as not at work."""
        pending, self._pending = self._pending, []
        for begin in range(0, len(pending), self._size):
            _start(pending[begin : begin + self._size])

    def close(self) -> None:
        """Nothing: the processes outlive their launcher."""


class _Share:
    """One session's part of an engine process, which trains those of `shares`."""

    def __init__(self, session: Session, incarnation: str) -> None:
        self.session = session
        self.incarnation = incarnation
        self._process: subprocess.Popen[bytes] | None = None
        self._shares: list[_Share] = []
        self._begin = 0
        self._was_held = False

    def assign(self, process: subprocess.Popen[bytes], shares: "list[_Share]", begin: int) -> None:
        """`process` trains `shares`, including this one; its output begins at byte `begin`."""
        self._process, self._shares, self._begin = process, shares, begin

    def at_work(self) -> bool:
        """Whether the process runs and has not released this session.

        A process that has released all its sessions counts as at work until it exits.
        """
        if self._process is None or self._process.poll() is not None:
            return False
        return not self.released() or all(share.released() for share in self._shares)

    def released(self) -> bool:
        """Whether the process has held the session's lock, and holds it no more."""
        holder = lock.holder(self.session.lock)
        is_held = holder is not None and holder.incarnation == self.incarnation
        self._was_held = self._was_held or is_held
        return self._was_held and not is_held

    def last_output(self) -> str:
        """The last line that the process printed."""
        return last_line(self._shares[0].session.worker_log, self._begin) if self._shares else ""


def _start(shares: list[_Share]) -> None:
    """Start one process for `shares`; it prints into the engine.log of the first."""
    # -P: what lies in the current folder must not be imported in place of the engine.
    engine_log = shares[0].session.worker_log
    command = [sys.executable, "-P", "-m", "engine"]
    command += [str(share.session.folder) for share in shares]
    for share in shares:
        command += ["--incarnation", share.incarnation]
    with open(open_to_write(engine_log, os.O_WRONLY | os.O_APPEND), "ab") as output:
        begin = output.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # It outlives the coordinator.
            start_new_session=True,
        )
    for share in shares:
        share.assign(process, shares, begin)
