"""Times to open long records in the real app: 8,001 epochs, eight of them, a million."""

import tempfile
from pathlib import Path

from benchmarks.figures import Figure, figure
from benchmarks.line import Line
from benchmarks.recorded import write_recorded_session, write_session

_ROUNDS = 5
_LONG = 8_000
_HUGE = 999_999


def measure() -> list[Figure]:
    """Opening one session of 8,001 epochs and comparing eight."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "sessions"
        for number in range(8):
            write_session(root, f"long-{number}", _LONG, lr=0.01 * (number + 1))
        opened = [_open(root, _LONG)[0] for _ in range(_ROUNDS)]
        compared = [_compare(root) for _ in range(_ROUNDS)]
    return [
        figure("8,001 epochs, from the key to the charts", [s * 1e3 for s in opened], "ms", 300),
        figure("eight sessions of 8,001 epochs compared", compared, "s", 1.0),
    ]


def measure_million() -> list[Figure]:
    """Opening an engine's session of a million epochs and a loop's of a million steps: once each,
    and the memory at its height."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "sessions"
        write_session(root, "long-0", _HUGE)
        seconds, megabytes = _open(root, _HUGE)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "sessions"
        write_recorded_session(root, "long-0", _HUGE)
        of_steps, then = _open_recorded(root)
    return [
        figure("1,000,000 epochs, from the key to the charts", [seconds], "s", 5.0),
        figure("memory of the app then, at its height", [megabytes], "MB", 400),
        figure("1,000,000 steps of a loop, from the key to the charts", [of_steps], "s", 5.0),
        figure("memory of the app then, with a rate for each step", [then], "MB", 400),
    ]


def _open(root: Path, epochs: int) -> tuple[float, float]:
    """Seconds from enter in the library until the last event is told and all is drawn; megabytes
    at the height."""
    with Line(root) as line:
        line.wait_for("long-0")
        line.settle(1.0)
        before = len(line.received)
        pressed = line.send("\r")
        line.wait_for(f"finished after epoch {epochs}", before)
        return line.settle(0.4) - pressed, line.megabytes("VmHWM")


def _open_recorded(root: Path) -> tuple[float, float]:
    """As `_open`; what its last event says may come in pieces, so it waits for the line's rest."""
    with Line(root) as line:
        line.wait_for("long-0")
        line.settle(1.0)
        pressed = line.send("\r")
        return line.settle(2.0, most=180) - pressed, line.megabytes("VmHWM")


def _compare(root: Path) -> float:
    with Line(root) as line:
        line.wait_for("long-7")
        line.settle(1.0)
        for _ in range(8):
            line.send(" ")
            line.settle(0.1)
        pressed = line.send("c")
        return line.settle(1.0, most=60) - pressed
