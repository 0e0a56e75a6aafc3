"""The time from starting a process to its first words on the screen, in a real pseudo-terminal.

The app is compared with a bare Textual app of one line, in alternation; the ratio is of medians.

    python -m benchmarks.first_paint [--rounds 9]
"""

import argparse
import os
import select
import statistics
import sys
import tempfile
import time
from typing import Any

import pexpect

BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("ready")

Bare().run()
"""
_LIMIT_SECONDS = 30


def paint_seconds(command: list[str], words: bytes, environment: dict[str, str]) -> float:
    """Seconds until `words` came over the terminal. Raises TimeoutError when they do not."""
    begin = time.perf_counter()
    child = pexpect.spawn(
        command[0], command[1:], dimensions=(40, 120), env=os.environ | environment
    )
    seen = b""
    try:
        while words not in seen:
            ready, _, _ = select.select([child.child_fd], [], [], _LIMIT_SECONDS)
            if not ready:
                raise TimeoutError(f"{words!r} did not come within {_LIMIT_SECONDS} s")
            seen += os.read(child.child_fd, 65536)
        return time.perf_counter() - begin
    finally:
        child.close(force=True)


def measure(rounds: int) -> dict[str, Any]:
    """Medians of both, in seconds, and their ratio; the first round of each is a warm-up."""
    times: dict[str, list[float]] = {"app": [], "bare": []}
    with tempfile.TemporaryDirectory() as sessions:
        environment = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "EDGECHAOS_SESSIONS": sessions}
        app = [sys.executable, "-m", "edgechaos_tui"]
        for _ in range(rounds + 1):
            times["bare"].append(paint_seconds([sys.executable, "-c", BARE], b"ready", environment))
            times["app"].append(paint_seconds(app, b"start on Fashion-MNIST", environment))
    app_times, bare_times = times["app"][1:], times["bare"][1:]
    medians = statistics.median(app_times), statistics.median(bare_times)
    return {
        "app_seconds": medians[0],
        "bare_seconds": medians[1],
        "app_spread": [min(app_times), max(app_times)],
        "bare_spread": [min(bare_times), max(bare_times)],
        "ratio": medians[0] / medians[1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    result = measure(parser.parse_args().rounds)
    low, high = result["app_spread"]
    print(f"first paint   {result['app_seconds']:.3f} s ({low:.3f}–{high:.3f})")
    low, high = result["bare_spread"]
    print(f"bare Textual  {result['bare_seconds']:.3f} s ({low:.3f}–{high:.3f})")
    print(f"ratio         {result['ratio']:.2f}")


if __name__ == "__main__":
    main()
