"""Real engines, forked from a process that has PyTorch and the data already: cheap to kill.

Each is `engine.__main__.main` in a process of its own, with its own lock and its own files.
"""

import functools
import multiprocessing
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import Any

from engine.storage.session.session import Session

PATIENCE = 120.0


@dataclass(frozen=True)
class Fault:
    """A fault to inject into an engine.

    kill_at: the number of the writing system call (write, fsync, replace, from 1) at which it
    kills itself: `when` "before" it, "after" it, or "half" through a write. refuse: while a file
    of this path exists, every such call fails with `errno`. save_every: seconds between
    checkpoints, where it is not to be the usual.
    """

    kill_at: int = 0
    when: str = "before"
    refuse: str = ""
    errno: int = 0
    save_every: float | None = None


@functools.cache
def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.forked_child"])
    return context


def start(session: Session, fault: Fault | None = None, incarnation: str = "") -> BaseProcess:
    """An engine at work on `session`, not waited for."""
    arguments = (str(session.folder), fault or Fault(), incarnation)
    engine: BaseProcess = _context().Process(target=_work, args=arguments, daemon=True)
    engine.start()
    return engine


def finish(engine: BaseProcess) -> int:
    """Wait for its end; its status, or minus the signal that killed it."""
    engine.join(PATIENCE)
    if engine.exitcode is None:
        engine.kill()
        engine.join()
        raise AssertionError("the engine did not end")
    return engine.exitcode


def run(session: Session, fault: Fault | None = None) -> int:
    """Start one and wait for its end."""
    return finish(start(session, fault))


def _work(folder: str, fault: Fault, incarnation: str) -> None:
    from tests.support import forked_child

    forked_child.work(folder, fault, incarnation)
