"""The run screen on a line: bytes, the way from a log line to a point, from a key to a repaint.

Everything is measured on the real app in a real pseudo-terminal of 120 × 40, with four charts; a
long replay at 200 × 60, with five.
"""

import random
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, figure, percentile_95
from benchmarks.line import Line
from benchmarks.load import trained_beside
from benchmarks.recorded import LiveSession, write_session

_MINUTE = 60
_QUIET_SECONDS = 10
_PRESSES = 40
_LEFT = "\x1b[D"
# A chart has moved when braille came over the line: U+2800 to U+28FF begin with these bytes.
_BRAILLE = (b"\xe2\xa0", b"\xe2\xa1", b"\xe2\xa2", b"\xe2\xa3")


def measure() -> list[Figure]:
    """All figures of a run's screen; about two minutes."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "sessions"
        return [*_live(root), *_quiet(root), *_keys(root)]


def _live(root: Path) -> list[Figure]:
    """A minute of a run of one real epoch line a second, after 30 epochs."""
    delays, sizes = [], []
    dice = random.Random(0)
    with LiveSession(root, "live", begun=31) as session, Line(root, ["open", "live"]) as line:
        line.wait_for("epoch 30/")
        line.settle(1.0)
        cpu, begun = line.cpu_seconds(), time.perf_counter()
        for second in range(_MINUTE):
            # At any moment of the app's own rounds.
            line.read(max(0.0, begun + second + 0.4 * dice.random() - time.perf_counter()))
            written = session.grow()
            pieces = line.read(0.55)
            sizes += [len(data) for _, data in pieces]
            drawn = [at for at, data in pieces if any(mark in data for mark in _BRAILLE)]
            if drawn:
                delays.append((drawn[-1] - written) * 1e3)
        seconds = time.perf_counter() - begun
        share = 100 * (line.cpu_seconds() - cpu) / seconds
        kilobytes = sum(sizes) / seconds / 1e3
    return [
        figure("bytes on the line, an epoch a second, four charts", [kilobytes], "kB/s", 2.0),
        figure("from a log line to its point on the screen", delays, "ms", 150),
        percentile_95("from a log line to its point", delays, "ms", 250),
        figure("CPU of the app, watching that run", [share], "% of a core", 10),
    ]


def _quiet(root: Path) -> list[Figure]:
    """A finished run of 500 epochs, and the library, when nothing happens."""
    write_session(root, "five-hundred", 500)
    # The progress of a diagram would be counted.
    with Line(root, ["open", "five-hundred", "--no-diagram"]) as line:
        line.wait_for("epoch 500/500")
        line.settle(1.0)
        run_bytes, run_cpu = _idle(line)
        megabytes = line.megabytes()
    with Line(root) as line:
        line.wait_for("five-hundred")
        line.settle(1.0)
        library_bytes, library_cpu = _idle(line)
    return [
        figure("bytes on the line, a finished run", [run_bytes], "B/s", 0),
        figure("bytes on the line, the library at rest", [library_bytes], "B/s", 0),
        figure("CPU of the app, idle on a run", [run_cpu], "% of a core", 1),
        figure("CPU of the app, idle in the library", [library_cpu], "% of a core", 1),
        figure("memory of the app, a run of 500 epochs open", [megabytes], "MB", 90),
    ]


def _idle(line: Line) -> tuple[float, float]:
    """Bytes a second and per cent of a core."""
    cpu = line.cpu_seconds()
    received = sum(len(data) for _, data in line.read(_QUIET_SECONDS))
    return received / _QUIET_SECONDS, 100 * (line.cpu_seconds() - cpu) / _QUIET_SECONDS


def _keys(root: Path) -> list[Figure]:
    """`l` turns the loss axis over, `←` goes an epoch back in a long record, while an engine trains
    in the background with one thread."""
    write_session(root, "long", 8000)
    with trained_beside(root):
        # The progress of a diagram would be taken for the answer to a key.
        with Line(root, ["open", "five-hundred", "--no-diagram"]) as line:
            line.settle(1.0)
            turned = _answers(line, "l")
        with Line(root, ["open", "long", "--no-diagram"], rows=60, columns=200) as line:
            line.settle(1.0)
            # The first step makes a replay of the view, with another footer.
            line.send(_LEFT)
            line.settle(1.0)
            sought = _answers(line, _LEFT)
    return [
        figure("from a key to the repaint, while a run trains", turned, "ms"),
        percentile_95("from a key to the repaint, while a run trains", turned, "ms", 50),
        figure("a step in a replay of 8,001 epochs at 200 × 60, while a run trains", sought, "ms"),
        percentile_95("a step in that replay", sought, "ms", 50),
    ]


def _answers(line: Line, key: str) -> list[float]:
    """Milliseconds from the key to the last byte of its answer, some forty times."""
    delays = []
    for _ in range(_PRESSES):
        pressed = line.send(key)
        pieces = line.read(0.4)
        delays += [(at - pressed) * 1e3 for at, _ in pieces[-1:]]
    return delays
