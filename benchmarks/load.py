"""A real engine at work beside the app, and what the app costs it."""

import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import Figure, ratios
from benchmarks.line import Line
from engine.storage.hyperparameters import build
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Epoch
from engine.storage.session.session import Session, create

_ROUNDS = 6
_SECONDS = 7.0


@contextmanager
def trained_beside(root: Path) -> Iterator[Session]:
    """A session that an engine of one thread trains on the synthetic set, until the block ends."""
    hyperparameters = build({"dataset": "synthetic", "epochs": 100_000, "threads": 1, "lr": 0.001})
    session = create(root, hyperparameters, "in-training")
    engine = subprocess.Popen(
        [sys.executable, "-P", "-m", "engine", str(session.folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await_epochs(session, 3)
        yield session
    finally:
        engine.send_signal(signal.SIGTERM)
        engine.wait()


def measure() -> list[Figure]:
    """Seconds an epoch with the app attached and without, in alternation; two minutes."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "sessions"
        _compute_diagram(root.parent / "cache" / "edgechaos-tui" / "diagrams")
        with trained_beside(root) as session:
            reader = LogReader(session.log)
            attached, alone = [], []
            for _ in range(_ROUNDS):
                alone.append(_epoch_seconds(reader, None))
                with Line(root, ["open", session.name]) as line:
                    line.settle(1.0, most=3.0)
                    attached.append(_epoch_seconds(reader, line))
    return [ratios("an epoch with the app attached, to one without", attached, alone, 1.02)]


def _compute_diagram(cache: Path) -> None:
    """The phase diagram, which the app computes once on a machine and not at each start."""
    module = [sys.executable, "-m", "engine.theory.phase_diagram.worker"]
    subprocess.run([*module, "--cache", str(cache)], check=True, stdout=subprocess.DEVNULL)


def _epoch_seconds(reader: LogReader, line: Line | None) -> float:
    """The median time of an epoch over some seconds; the line is read, as a terminal does."""
    list(reader.read_all())
    if line:
        line.read(_SECONDS)
    else:
        time.sleep(_SECONDS)
    return statistics.median(
        event.seconds for event in reader.read_all() if isinstance(event, Epoch)
    )


def _await_epochs(session: Session, wanted: int) -> None:
    reader, seen = LogReader(session.log), 0
    limit = time.monotonic() + 120
    while seen < wanted:
        if time.monotonic() > limit:
            raise TimeoutError(f"no epoch {wanted} within 120 s; see {session.folder}/engine.log")
        seen += sum(isinstance(event, Epoch) for event in reader.read_all())
        time.sleep(0.1)
