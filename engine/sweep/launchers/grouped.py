"""Starts one engine process for several runs, which then share their steps where shapes agree.

Worth it on a GPU, where a step of one small network is mostly the time to launch its kernels.
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
    """Gathers the runs that are to start and gives up to `size` of them to a process at `flush`."""

    def __init__(self, size: int) -> None:
        self.places = jobs_of(0, size)
        self._size = size
        self._gathered: list[_Share] = []

    def start(self, session: Session, incarnation: str) -> RunningEngine:
        """The engine on `session`, in a process that `flush` starts."""
        share = _Share(session, incarnation)
        self._gathered.append(share)
        return share

    def flush(self) -> None:
        """Start the processes. Raises OSError; the runs count as not at work then."""
        gathered, self._gathered = self._gathered, []
        for begin in range(0, len(gathered), self._size):
            _start(gathered[begin : begin + self._size])

    def close(self) -> None:
        """They outlive their starter."""


class _Share:
    """One session's part of an engine process, which trains those of `shares`."""

    def __init__(self, session: Session, incarnation: str) -> None:
        self.session = session
        self.incarnation = incarnation
        self._process: subprocess.Popen[bytes] | None = None
        self._shares: list[_Share] = []
        self._begin = 0
        self._began = False

    def given_to(
        self, process: subprocess.Popen[bytes], shares: "list[_Share]", begin: int
    ) -> None:
        """`process` trains `shares`, this one too; it prints into engine.log from `begin` on."""
        self._process, self._shares, self._begin = process, shares, begin

    def at_work(self) -> bool:
        """Whether the process is there and has not given this session back.

        When it has given all back it counts as at work until it is gone.
        """
        if self._process is None or self._process.poll() is not None:
            return False
        return not self.given_back() or all(share.given_back() for share in self._shares)

    def given_back(self) -> bool:
        """Whether the process has had the session's lock, and has it no more."""
        holder = lock.holder(self.session.lock)
        held = holder is not None and holder.incarnation == self.incarnation
        self._began = self._began or held
        return self._began and not held

    def last_words(self) -> str:
        """The last line that the process printed."""
        return last_line(self._shares[0].session.worker_log, self._begin) if self._shares else ""


def _start(shares: list[_Share]) -> None:
    """One process for `shares`; it prints into the engine.log of the first."""
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
        share.given_to(process, shares, begin)
