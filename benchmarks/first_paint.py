"""The time from starting a process to its first words on the screen, in a real pseudo-terminal.

The app is compared, in alternation, with a bare Textual app of one line and with one that shows
one plotext chart.
"""

import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, figure, ratios
from benchmarks.line import Line

_ROUNDS = 11
_BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("ready")

Bare().run()
"""
_PLOTEXT = """
import plotext
from rich.text import Text
from textual.app import App
from textual.widget import Widget

class Plot(Widget):
    def render(self):
        plotext.clear_figure()
        plotext.plot_size(self.size.width, self.size.height)
        plotext.title("ready")
        plotext.plot(list(range(100)), [x * x for x in range(100)])
        return Text.from_ansi(plotext.build())

class Charted(App):
    def compose(self):
        yield Plot()

Charted().run()
"""


def measure() -> list[Figure]:
    """Both ratios, and the app's own time."""
    times: dict[str, list[float]] = {"app": [], "bare": [], "plotext": []}
    commands = {"app": None, "bare": _BARE, "plotext": _PLOTEXT}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(_ROUNDS + 1):
            for name, script in commands.items():
                seconds = _paint_seconds(Path(folder) / "sessions", script)
                if turn:  # The first turn fills the disk's caches.
                    times[name].append(seconds)
    return [
        figure("first paint", [seconds * 1e3 for seconds in times["app"]], "ms"),
        ratios("first paint, to an app of one line", times["app"], times["bare"], 1.3),
        ratios("first paint, to an app of one plotext chart", times["app"], times["plotext"], 1.2),
    ]


def _paint_seconds(root: Path, script: str | None) -> float:
    command = None if script is None else [sys.executable, "-c", script]
    with Line(root, command=command) as line:
        words = "start on Fashion-MNIST" if script is None else "ready"
        return line.wait_for(words) - line.began
