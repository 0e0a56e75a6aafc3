"""A long run with the app attached: the engine does not grow, the app by what it shows alone.

`python -m tests.system.test_soak` prints the figures.
"""

import tempfile
import time
from functools import partial
from pathlib import Path

import pytest

from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Epoch
from tests.support.engine_process import finish, make_session, start
from tests.support.terminal import Terminal

MARKS = (5_000, 10_000, 20_000)
PLANNED = MARKS[-1] + 1_000
"""So that the engine is still at work at the last of them."""
PATIENCE = 900.0
TINY = {"train_size": 10, "test_size": 10, "width": 10, "indicators_every": 0}


def measure(root: Path) -> dict[int, tuple[float, float]]:
    """Resident megabytes of engine and app when they have come to each of MARKS."""
    session = make_session(root, "long", **TINY | {"epochs": PLANNED})
    engine = start(session)
    app = Terminal(
        ["open", "long", "--quiet", "--no-diagram"], environment={"EDGECHAOS_SESSIONS": str(root)}
    )
    reader, done = LogReader(session.log), 0
    found: dict[int, tuple[float, float]] = {}
    until = time.monotonic() + PATIENCE
    while len(found) < len(MARKS):
        assert time.monotonic() < until, f"epoch {done} after {PATIENCE:.0f} s"
        app.pump(0.1)
        done = max([done, *(e.epoch for e in reader.read_all() if isinstance(e, Epoch))])
        for mark in MARKS:
            if done >= mark and mark not in found:
                memory = _resident(engine.pid)
                app.wait_for(partial(_has_come_to, mark), 120)
                found[mark] = memory, _resident(app.child.pid)
    app.wait_for("■ finished", 60)
    app.press("q")
    app.press("q")
    app.wait_for_the_end()
    assert finish(engine) == (0, "")
    return found


def _has_come_to(mark: int, text: str) -> bool:
    return _shown(text) >= mark


def _shown(text: str) -> int:
    """The epoch that the app's header shows."""
    for word in text.split():
        done, _, planned = word.partition("/")
        if planned == str(PLANNED) and done.isdigit():
            return int(done)
    return -1


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


@pytest.mark.slow
def test_twenty_thousand_epochs(sessions_root: Path) -> None:
    usage = measure(sessions_root)
    (engine, app), (engine_at_end, app_at_end) = usage[MARKS[0]], usage[MARKS[-1]]
    assert engine_at_end - engine < 4, usage
    # Half a kilobyte an epoch: the numbers that its charts are drawn from.
    assert (app_at_end - app) * 1024 < 0.5 * (MARKS[-1] - MARKS[0]), usage


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for mark, (engine, app) in measure(Path(folder)).items():
            print(f"epoch {mark:>6}: engine {engine:6.1f} MB, app {app:6.1f} MB")
