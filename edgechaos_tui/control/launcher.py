"""The start of engines, coordinators and other workers: the only module that starts processes."""

import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from edgechaos_tui.control import logout
from engine.storage import commands, lock, user_folders
from engine.storage.errors import SessionError
from engine.storage.files import open_to_read, open_to_write
from engine.storage.hyperparameters import PARAMETERS, Hyperparameters
from engine.storage.logged_folder import LoggedFolder
from engine.storage.session.session import Session, create, with_absolute_paths
from engine.storage.sweep.plan import Sweep
from engine.storage.user_folders import expanded

_START_SECONDS = 20.0
_MOST_WORDS = 64 * 1024


def new_session(
    root: Path, hyperparameters: Hyperparameters, name: str | None = None, *, share: bool = False
) -> Session:
    """Make a session whose paths to data are absolute, so that any folder can resume it.

    share: let the group read it. Raises what `engine.storage.session.session.create` raises.
    """
    return create(root, with_absolute_paths(hyperparameters), name, share=share)


@dataclass(frozen=True)
class TrainingPlace:
    """The data folder and the device on which a run continues; "": as before."""

    data_dir: str = ""
    device: str = ""

    def arguments(self) -> list[str]:
        """The engine's command-line options. Raises HyperparameterError for invalid values."""
        options = []
        if self.data_dir:
            path = str(expanded(self.data_dir).absolute())
            options += ["--data-dir", str(PARAMETERS["data_dir"].check(path))]
        if self.device:
            options += ["--device", str(PARAMETERS["device"].check(self.device))]
        return options


AS_BEFORE = TrainingPlace()


def start_engine(
    session: Session,
    incarnation: str | None = None,
    place: TrainingPlace = AS_BEFORE,
    *,
    fresh: bool = False,
) -> str:
    """Start an engine on `session` in a process session of its own; return once it has the lock.

    Returns a warning about what would end the run at logout, or "". Raises SessionError with the
    last line that the engine printed when it ends at once; a `fresh` session, which was just made
    and never trained, is then removed.
    """
    module = ["engine", str(session.folder), *place.arguments()]
    return _start(session, module, incarnation, fresh=fresh)


def start_sweep(sweep: Sweep, *, fresh: bool = False) -> str:
    """Start a coordinator on `sweep`, which outlives the terminal; return once it has the lock.

    It resumes every run that is not done. Returns and raises as `start_engine` does.
    """
    return _start(sweep, ["engine.sweep", str(sweep.folder)], None, fresh=fresh)


def diagram_folder() -> Path:
    """The user's cache folder for computed phase diagrams."""
    return user_folders.cache_folder() / "diagrams"


def start_diagram(
    activation: str, cache: Path, *, workers: int, n: int = 784, steps: int = 100, seed: int = 0
) -> subprocess.Popen[bytes]:
    """Start computing the phase diagram into `cache`, at low priority, with progress on its stdout.

    n: units N; steps: iterations T. The caller ends the process when nobody waits for it. Raises
    OSError when it cannot start.
    """
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    module = [sys.executable, "-P", "-m", "engine.theory.phase_diagram.worker"]
    options = ["--activation", activation, "--cache", str(cache), "--workers", str(workers)]
    options += ["--n", str(n), "--steps", str(steps), "--seed", str(seed)]
    return subprocess.Popen(
        [*module, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | one_thread,
    )


def start_verification(
    session: Session, epochs: int | None, place: TrainingPlace = AS_BEFORE
) -> subprocess.Popen[bytes]:
    """Start training `session` again; its stdout has messages of `engine.storage.verification`.

    epochs: the last epoch to compare, None for all. Raises SessionError when it cannot start.
    """
    command = [sys.executable, "-P", "-m", "engine.verify.main", str(session.folder)]
    command += place.arguments()
    if epochs is not None:
        command += ["--epochs", str(epochs)]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # All messages come on stdout.
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise SessionError(f"{session.name}: cannot start the engine: {error}") from None


def run_probe(arguments: list[str]) -> tuple[str, str]:
    """Run `python -m engine.probe.main` with `arguments`; returns its stdout and stderr.

    Raises SessionError when it cannot start.
    """
    command = [sys.executable, "-P", "-m", "engine.probe.main", *arguments]
    try:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise SessionError(f"cannot start the engine: {error}") from None
    return result.stdout.decode(errors="replace"), result.stderr.decode(errors="replace")


def _start(place: LoggedFolder, module: list[str], incarnation: str | None, *, fresh: bool) -> str:
    try:
        return _start_worker(place, module, incarnation)
    except _NeverBegan:
        if fresh:
            shutil.rmtree(place.folder, ignore_errors=True)
        raise


class _NeverBegan(SessionError):
    """The process did not start, or ended before it did anything."""


def _start_worker(place: LoggedFolder, module: list[str], incarnation: str | None) -> str:
    foreseen = logout.foresee(os.environ)
    # -P: modules in the current folder must not be imported instead of the engine's.
    command = [*foreseen.prefix, sys.executable, "-P", "-m", *module]
    identity = incarnation or commands.new_id()
    try:
        with open(open_to_write(place.worker_log, os.O_WRONLY | os.O_APPEND), "ab") as output:
            begin = output.tell()
            process = subprocess.Popen(
                [*command, "--incarnation", identity],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise _NeverBegan(f"{place.name}: cannot start the {place.worker}: {error}") from None
    # Reaped here: else it would stay a defunct process as long as this one lives.
    threading.Thread(target=process.wait, daemon=True, name=f"reap-{process.pid}").start()
    _await_lock(place, process, identity, begin)
    return foreseen.warning


def _await_lock(
    place: LoggedFolder, process: subprocess.Popen[bytes], identity: str, begin: int
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        holder = lock.holder(place.lock)
        if holder is not None and holder.incarnation == identity:
            return
        if process.poll() is not None:
            if process.returncode == 0:
                return
            text = last_line_printed(place, begin)
            raise _NeverBegan(
                text
                or f"{place.name}: the {place.worker} ended at once and printed nothing "
                f"(exit status {process.returncode})"
            )
        time.sleep(0.02)
    raise SessionError(
        f"{place.name}: the {place.worker} did not begin within {_START_SECONDS:.0f} s; "
        f"see {place.worker_log}"
    )


def last_line_printed(place: LoggedFolder, begin: int = 0) -> str:
    """The last line that the worker of `place` printed after byte `begin` of its output.

    "" for none, or when the output cannot be read.
    """
    try:
        with open(open_to_read(place.worker_log), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(begin, size - _MOST_WORDS))
            lines = file.read(_MOST_WORDS).decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
