"""The figure of a session: J² with its fit, losses, accuracies, and the phase plane."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgechaos_tui.export.figures.page import page
from edgechaos_tui.presentation.compare.comparison import metric
from edgechaos_tui.presentation.run.metric_range import figure_range
from edgechaos_tui.presentation.run.state import RunState
from engine.theory.edge.table import edge_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TRAIN, _TEST, _FIT, _EDGE = "#0072B2", "#D55E00", "0.45", "#B58900"
_FIT_POINTS = 100


def draw(name: str, state: RunState, output: Path, form: str | None = None) -> None:
    """Draw the four panels of a session into `output`.

    form: the format; default: by the ending of `output`. Raises SessionError without matplotlib,
    or when `output` cannot be written.
    """
    suffix = None if form is None else f".{form}"
    with page(output, (9, 7), suffix=suffix) as figure:
        _draw(figure, name, state)


def _draw(figure: "Figure", name: str, state: RunState) -> None:
    ((j2, loss), (accuracy, plane)) = figure.subplots(2, 2)
    _draw_j2(j2, state)
    _draw_pair(loss, state, "loss", "cross-entropy (nats)")
    _draw_pair(accuracy, state, "accuracy", "accuracy")
    _draw_plane(plane, state)
    h = state.summary.hyperparameters
    figure.suptitle(
        f"{name}: $\\eta$ = {h.lr:g}, $\\alpha$ = {h.momentum:g}, "
        f"$B$ = {h.batch_size}, $\\lambda$ = {h.l2:g}, {h.activation}",
        fontsize=10,
    )


def _draw_j2(axes: "Axes", state: RunState) -> None:
    j2 = metric(state, "j2")
    axes.plot(state.metric("epoch"), j2, color=_TRAIN, label="$J^2$")
    fit = state.law.forecast().fit
    if fit is not None:
        epochs = np.linspace(fit.first, fit.last, _FIT_POINTS)
        label = f"$A$ = {fit.slope:.3g}, epochs {fit.first}–{fit.last}"
        axes.plot(epochs, state.law.line(fit, epochs.tolist()), ":", color=_FIT, lw=2, label=label)
    axes.axhline(state.law.j2_edge, color=_EDGE, linestyle="--", lw=1, label="edge of chaos")
    axes.set(xlabel="epoch", ylabel="$J^2$", ylim=figure_range([state], "j2", [j2]))
    axes.legend(fontsize=8, frameon=False)


def _draw_pair(axes: "Axes", state: RunState, kind: str, label: str) -> None:
    epochs = state.metric("epoch")
    train, test = state.metric(f"train_{kind}"), state.metric(f"test_{kind}")
    axes.plot(epochs, train, "--", color=_TRAIN, label="train")
    axes.plot(epochs, test, "-", color=_TEST, label="test")
    axes.set(xlabel="epoch", ylabel=label, ylim=figure_range([state], kind, [train, test]))
    axes.legend(fontsize=8, frameon=False)


def _draw_plane(axes: "Axes", state: RunState) -> None:
    relu = state.summary.hyperparameters.activation == "relu"
    for name, (r, edge) in edge_table("relu" if relu else "tanh").items():
        axes.plot(r, edge, "--", color=_EDGE, lw=1, label=name)
    with np.errstate(divide="ignore", invalid="ignore"):
        j = state.metric("j")
        x, y = state.metric("j0") / j, 1 / j
    axes.plot(x, y, color=_TRAIN, label="path")
    if len(x):
        axes.plot(x[-1], y[-1], "o", color=_TRAIN, label="end")
    if state.best_index is not None:
        best = state.best_index
        axes.plot(x[best], y[best], "*", color=_TEST, ms=11, label="best test loss")
    axes.set(xlabel="$J_0/J$", ylabel="$1/J$", xlim=(-5, 1) if relu else (-1, 2))
    axes.set_ylim(0, max(2.1, float(np.nanmax(y, initial=0.0, where=np.isfinite(y))) * 1.05))
    axes.legend(fontsize=8, frameon=False)
