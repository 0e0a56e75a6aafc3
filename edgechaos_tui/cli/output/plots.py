"""Plots printed as text, by plotext: `edgechaos-tui show SESSION --plot`.

The app's own charts are drawn by `widgets`, which repaint only what differs; a print has no such
need, and plotext does all of it.
"""

import shutil
import sys

import numpy as np
import plotext

from edgechaos_tui.presentation.run.state import RunState

_HEIGHT = 16
_CHARTS = (
    ("loss (cross-entropy, nats)", (("train", "train_loss"), ("test", "test_loss"))),
    ("J = √N · std(W); the edge of tanh is 1", (("J", "j"),)),
)


def print_plots(state: RunState) -> None:
    """Loss and J against the epoch, as wide as the terminal."""
    for title, lines in _CHARTS:
        plotext.clear_figure()
        plotext.theme("clear")
        plotext.plot_size(min(120, shutil.get_terminal_size().columns), _HEIGHT)
        for name, metric in lines:
            plotext.plot(*_finite(state, metric), label=name, marker=_marker())
        plotext.title(title)
        plotext.xlabel("epoch")
        print(plotext.uncolorize(plotext.build()))


def _finite(state: RunState, metric: str) -> tuple[list[float], list[float]]:
    """Epochs and values; plotext does not take what is not finite."""
    values = state.metric(metric)
    there = np.isfinite(values)
    return state.metric("epoch")[there].tolist(), values[there].tolist()


def _marker() -> str:
    encoding = (sys.stdout.encoding or "").lower()
    return "braille" if encoding.startswith("utf") else "dot"
