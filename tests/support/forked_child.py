"""The code of a forked engine, imported once before the forks, with PyTorch and the real data."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.runtime.environment import hold_threads
from tests.support.forked_engine import Fault

hold_threads()
from engine.__main__ import main  # noqa: E402
from engine.data import published  # noqa: E402
from engine.training import checkpointer  # noqa: E402

_CALLS = ("write", "fsync", "replace")
_read = published.read


def _read_ahead() -> dict[Path, Any]:
    """Fashion-MNIST, where it is known to be: unpacking it takes seconds."""
    named = os.environ.get("EDGECHAOS_DATA", "")
    if not (Path(named) / "FashionMNIST").is_dir():
        return {}
    described = published.describe("fashion-mnist")
    folder = published.folder_with(described, Path(named), "$EDGECHAOS_DATA")
    return {folder: _read(folder, described, lambda *_: None)}


_arrays = _read_ahead()


def work(folder: str, fault: Fault, incarnation: str) -> None:
    """Be the engine on the session in `folder`; never returns."""
    output = os.open(os.path.join(folder, "engine.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 2)
    published.read = _known
    if fault.save_every is not None:
        vars(checkpointer)["_SAVE_EVERY"] = fault.save_every
    calls = _Calls(fault)
    for name in _CALLS:
        setattr(os, name, calls.counted(getattr(os, name)))
    os._exit(main([folder, *(["--incarnation", incarnation] if incarnation else [])]))


def _known(folder: Path, described: Any, report: Any) -> Any:
    return list(_arrays.get(folder) or _read(folder, described, report))


class _Calls:
    """Counts the engine's writing system calls, and does to them what `fault` says."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._count = 0

    def counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """`real`, or its failure, or the end of this process."""

        def call(*arguments: Any) -> Any:
            fault = self._fault
            if fault.refuse and os.path.exists(fault.refuse):
                raise OSError(fault.errno, os.strerror(fault.errno))
            self._count += 1
            due = self._count == fault.kill_at
            if due and fault.when == "half" and isinstance(arguments[-1], bytes):
                real(arguments[0], arguments[1][: len(arguments[1]) // 2])
            if due and fault.when != "after":
                os.kill(os.getpid(), signal.SIGKILL)
            done = real(*arguments)
            if due:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return call
