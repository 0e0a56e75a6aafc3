"""Plots printed as text by plotext, for `edgechaos-tui show SESSION --plot`.

The app's own charts exist to repaint only what differs, which a print does not need. Both take
their limits from the same functions.
"""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotext

from edgechaos_tui.charts.axis import linear_ticks, tick_labels
from edgechaos_tui.presentation.compare.comparison import metric as column
from edgechaos_tui.presentation.limits import outside
from edgechaos_tui.presentation.run.metric_range import figure_range
from edgechaos_tui.presentation.run.sentences.emptiness import why_empty
from edgechaos_tui.presentation.run.state import RunState

_HEIGHT: Final = 16
_X_TICKS: Final = 8
_Y_TICKS: Final = 5


@dataclass(frozen=True)
class _Plot:
    metric: str
    title: str
    curves: tuple[tuple[str, str], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The fields of an epoch that the plot needs."""
        return tuple("j" if name == "j2" else name for _, name in self.curves)


_PLOTS: Final = (
    _Plot("loss", "loss (cross-entropy, nats)", (("train", "train_loss"), ("test", "test_loss"))),
    _Plot("accuracy", "accuracy", (("train", "train_accuracy"), ("test", "test_accuracy"))),
    _Plot("j2", "J² = N · var(W)", (("J²", "j2"),)),
)


def print_plots(state: RunState) -> None:
    """Print loss, accuracy and J² over the epochs, as wide as the terminal.

    Instead of a plot without a finite value, the reason is printed.
    """
    for plot in _PLOTS:
        if any(np.isfinite(column(state, name)).any() for _, name in plot.curves):
            print(_printed(state, plot))
        elif why := why_empty(state, *plot.columns, unmeasured=""):
            print(f"\n{plot.title}: {why}")


def _printed(state: RunState, plot: _Plot) -> str:
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plot_size(min(120, shutil.get_terminal_size().columns), _HEIGHT)
    values = [column(state, name) for _, name in plot.curves]
    limits = figure_range([state], plot.metric, values)
    title = plot.title
    for (label, _), curve in zip(plot.curves, values, strict=True):
        # plotext accepts finite values only.
        finite = np.isfinite(curve)
        if not finite.any():
            continue
        epochs = state.metric("epoch")[finite].tolist()
        # Values beyond the limits are drawn at the border.
        clipped = np.clip(curve[finite], *(limits or (None, None))).tolist()
        plotext.plot(epochs, clipped, label=label, marker=_marker())
    if limits is not None:
        plotext.ylim(*limits)
        _round_ticks(plotext.yticks, *limits, _Y_TICKS)
        _round_ticks(plotext.xticks, 0.0, float(state.summary.epochs_done), _X_TICKS)
        if plot.metric == "j2" and limits[0] <= state.law.j2_edge <= limits[1]:
            plotext.hline(state.law.j2_edge)
            title += f"; the edge at {state.law.j2_edge:g}"
        title = "; ".join(filter(None, (title, outside(values, limits).words)))
    plotext.title(title)
    plotext.xlabel(state.summary.unit)
    printed: str = plotext.uncolorize(plotext.build())
    return printed


def _round_ticks(set_ticks: Callable[..., None], low: float, high: float, most: int) -> None:
    ticks = linear_ticks(low, high, most)
    set_ticks(ticks, tick_labels(ticks))


def _marker() -> str:
    encoding = (sys.stdout.encoding or "").lower()
    return "braille" if encoding.startswith("utf") else "dot"
