"""Starts engine processes: the only place of the app that starts a process."""

import os
import subprocess
import sys
import time
from pathlib import Path

from edgechaos_tui import logout
from engine.record import commands, lock
from engine.record.files import open_to_read, open_to_write
from engine.record.hyperparameters import Hyperparameters
from engine.record.session import Session, SessionError, create, with_absolute_paths

_START_SECONDS = 20.0


def new_session(
    root: Path, hyperparameters: Hyperparameters, name: str | None = None, *, share: bool = False
) -> Session:
    """Make a session that can be resumed from any folder: paths to data are made absolute.

    share: the group may read it. Raises what `engine.record.session.create` raises.
    """
    return create(root, with_absolute_paths(hyperparameters), name, share=share)


def start_engine(session: Session, incarnation: str | None = None) -> str:
    """Start an engine on `session` in a process session of its own; return once it has the lock.

    Returns a line that says what would end the run at logout, "" when nothing would. Raises
    SessionError with the engine's own words when it ends at once.
    """
    foreseen = logout.foresee(os.environ)
    # -P: what lies in the current folder must not be imported in place of the engine.
    command = [*foreseen.prefix, sys.executable, "-P", "-m", "engine", str(session.folder)]
    identity = incarnation or commands.new_id()
    try:
        with open(open_to_write(session.engine_log, os.O_WRONLY | os.O_APPEND), "ab") as output:
            begin = output.tell()
            process = subprocess.Popen(
                [*command, "--incarnation", identity],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise SessionError(f"{session.name}: cannot start the engine: {error}") from None
    _await_lock(session, process, identity, begin)
    return foreseen.warning


def start_diagram(
    activation: str, cache: Path, *, workers: int, n: int = 784, steps: int = 100, seed: int = 0
) -> subprocess.Popen[bytes]:
    """Start computing the phase diagram into `cache`, at low priority; progress on its stdout.

    The caller ends it when nobody waits for it any more. Raises OSError when it cannot start.
    """
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    module = [sys.executable, "-P", "-m", "engine.theory.diagram_process"]
    options = ["--activation", activation, "--cache", str(cache), "--workers", str(workers)]
    options += ["--n", str(n), "--steps", str(steps), "--seed", str(seed)]
    return subprocess.Popen(
        [*module, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | one_thread,
    )


def start_verification(session: Session, epochs: int | None) -> subprocess.Popen[bytes]:
    """Start training `session` again beside it; what it says (`engine.record.verdict`) on stdout.

    Raises SessionError when it cannot start.
    """
    command = [sys.executable, "-P", "-m", "engine.training.verify", str(session.folder)]
    if epochs is not None:
        command += ["--epochs", str(epochs)]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # Everything worth saying is said on stdout.
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise SessionError(f"{session.name}: cannot start the engine: {error}") from None


def _await_lock(
    session: Session, process: subprocess.Popen[bytes], incarnation: str, begin: int
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        holder = lock.holder(session.lock)
        if holder is not None and holder.incarnation == incarnation:
            return
        if process.poll() is not None:
            if process.returncode == 0:
                return
            raise SessionError(_last_words(session, begin))
        time.sleep(0.02)
    raise SessionError(
        f"{session.name}: the engine did not begin within {_START_SECONDS:.0f} s; "
        f"see {session.engine_log}"
    )


def _last_words(session: Session, begin: int) -> str:
    with open(open_to_read(session.engine_log), "rb") as file:
        file.seek(begin)
        lines = file.read(64 * 1024).decode(errors="replace").split("\n")
    words = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return words or f"{session.name}: the engine ended at once; see {session.engine_log}"
