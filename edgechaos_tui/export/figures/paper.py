"""The paper's figures in the paper's arrangement, drawn by matplotlib (extra `figures`)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgechaos_tui.export.figures import phase_diagram, session
from edgechaos_tui.export.figures.comparison import COLOURS, MARKERS
from edgechaos_tui.export.figures.page import page, require
from edgechaos_tui.paper.evidence import Evidence
from edgechaos_tui.paper.judge import Reproduction
from edgechaos_tui.paper.published_values import (
    SLOPES_BY_BATCH_SIZE,
    SLOPES_BY_LR,
    SLOPES_BY_MOMENTUM,
    C,
)
from edgechaos_tui.paper.recipes import RecipeRun
from edgechaos_tui.presentation.run.metric_range import figure_range
from engine.storage.errors import SessionError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw", "require"]

_MARKERS_A_CURVE: Final = 8
_EDGE: Final[dict[str, Any]] = {"color": "0.4", "linestyle": "--", "linewidth": 0.9}
_TAU: Final = r"$\tau = \sum\eta/((1-\alpha)B)$"


def draw(reproduction: Reproduction, output: Path) -> None:
    """Draw the figure from the sessions or diagrams at hand.

    Raises SessionError without matplotlib, when there is nothing to draw, or when `output` cannot
    be written.
    """
    require()
    if not reproduction.sessions and not reproduction.diagrams:
        raise SessionError(f"{reproduction.recipe.figure} has no runs to draw yet")
    if reproduction.recipe.figure == "fig2":
        evidence = reproduction.sessions[0]
        session.draw(evidence.session.name, evidence.state, output)
        return
    columns, painter = _PAINTERS[reproduction.recipe.figure]
    columns = len(reproduction.diagrams) or columns
    with page(output, (4.2 * columns, 3.8)) as figure:
        painter(reproduction, figure, list(figure.subplots(1, columns, squeeze=False)[0]))


def _fig1b(reproduction: Reproduction, figure: "Figure", panels: "list[Axes]") -> None:
    for axes, diagram in zip(panels, reproduction.diagrams, strict=False):
        phase_diagram.draw_diagram(figure, axes, diagram)


def _fig3(reproduction: Reproduction, figure: "Figure", panels: "list[Axes]") -> None:
    """Slope A against η, 1 − α and B: published, by the law, and ours."""
    tables = (
        ("η", SLOPES_BY_LR, r"learning rate $\eta$"),
        ("α", {1 - a: s for a, s in SLOPES_BY_MOMENTUM.items()}, r"$1-\alpha$"),
        ("B", SLOPES_BY_BATCH_SIZE, "batch size $B$"),
    )
    laws: dict[str, Callable[[float], float]] = {
        "η": lambda x: C * x / 32, "α": lambda x: C * 0.01 / (x * 32), "B": lambda x: C * 0.01 / x
    }  # fmt: skip
    ours = {line.what: line.ours for line in reproduction.card.lines if line.ours is not None}
    for axes, (symbol, table, label) in zip(panels, tables, strict=True):
        x = np.array(sorted(table))
        axes.loglog(x, [table[v] for v in x], "o", mfc="none", color=COLOURS[0], label="paper")
        axes.loglog(x, [laws[symbol](v) for v in x], "-", color="0.5", lw=1, label="law, $c$ = 11")
        points = [
            (1 - value if symbol == "α" else value, slope)
            for what, slope in ours.items()
            if what.startswith(symbol)
            for value in [float(what.split(" = ")[1])]
        ]
        if points:
            axes.loglog(*zip(*points, strict=True), "x", color=COLOURS[1], label="ours")
        axes.set(xlabel=label, ylabel="slope $A$ of $J^2$ per epoch")
        axes.legend(fontsize=8, frameon=False)


def _fig4(reproduction: Reproduction, figure: "Figure", panels: "list[Axes]") -> None:
    runs = _labelled(reproduction)
    _curves(panels[0], runs, "epoch", "j2")
    _curves(panels[1], runs, "epoch", "test_loss")
    panels[0].legend(fontsize=8, frameon=False)


def _fig5(reproduction: Reproduction, figure: "Figure", panels: "list[Axes]") -> None:
    runs = _labelled(reproduction)
    _curves(panels[0], runs, "epoch", "j2")
    _curves(panels[1], runs, "tau", "j2")
    panels[0].legend(fontsize=8, frameon=False)


def _decay(reproduction: Reproduction, figure: "Figure", panels: "list[Axes]") -> None:
    """J² against the epoch, and test accuracy against λ."""
    runs = _labelled(reproduction)
    _curves(panels[0], runs, "epoch", "j2")
    panels[0].legend(fontsize=8, frameon=False)
    lines = [line for line in reproduction.card.lines if line.what.startswith("accuracy, λ = ")]
    x = [float(line.what.rpartition(" ")[2]) for line in lines]
    y = [line.ours or np.nan for line in lines]
    error = [line.spread or 0.0 for line in lines]
    panels[1].errorbar(x, y, yerr=error, fmt="o-", color=COLOURS[0], capsize=3)
    panels[1].set_xscale("symlog", linthresh=1e-5)
    panels[1].set(xlabel=r"$\lambda$", ylabel="test accuracy", xlim=(-2e-6, 2e-3))
    panels[1].grid(alpha=0.25, linewidth=0.5)


def _hold(reproduction: Reproduction, figure: "Figure", panels: "list[Axes]") -> None:
    """Test loss and accuracy against J²: of runs that hold it, and of runs of a fixed λ."""
    ours = {line.what: line for line in reproduction.card.lines if line.ours is not None}
    for axes, metric in zip(panels, ("test loss", "test accuracy"), strict=True):
        lines = {what.partition(", ")[2]: ours[what] for what in ours if what.startswith(metric)}
        held_lines = {
            float(k.partition(" = ")[2]): v for k, v in lines.items() if k.startswith("J²")
        }
        axes.errorbar(
            list(held_lines), [line.ours or np.nan for line in held_lines.values()],
            yerr=[line.spread or 0.0 for line in held_lines.values()],
            fmt="o-", color=COLOURS[0], capsize=3, label="$J^2$ held",
        )  # fmt: skip
        fixed = [(ours[f"J², {k}"].ours, v.ours, k) for k, v in lines.items() if k[0] == "λ"]
        if fixed:
            x, y, labels = zip(*fixed, strict=True)
            axes.plot(x, y, "s", mfc="none", color=COLOURS[1], label=r"$\lambda$ fixed")
            for place, value, label in zip(x, y, labels, strict=True):
                text = label.replace("λ", r"$\lambda$")
                axes.annotate(
                    text, (place, value), xytext=(4, 4), textcoords="offset points", fontsize=7
                )
        axes.axvline(1.0, **_EDGE)
        # The labels beside the points need room.
        axes.margins(x=0.15)
        axes.set(xlabel="$J^2$", ylabel=f"{metric}{' (nats)' if metric == 'test loss' else ''}")
        axes.grid(alpha=0.25, linewidth=0.5)
        axes.legend(fontsize=8, frameon=False)


def _labelled(reproduction: Reproduction) -> list[tuple[str, Evidence]]:
    """The label and the first seed of each run that has a session."""
    by_label: dict[str, Evidence] = {}
    for run in (*reproduction.recipe.runs, *reproduction.recipe.left_out):
        for evidence in reproduction.figure_sessions.of(run)[:1]:
            by_label.setdefault(_as_math(run), evidence)
    return list(by_label.items())


def _as_math(run: RecipeRun) -> str:
    label = run.label
    for symbol, word in (("η", r"$\eta$"), ("α", r"$\alpha$"), ("λ", r"$\lambda$"), ("B", "$B$")):
        label = label.replace(symbol, word)
    return label


def _curves(axes: "Axes", runs: Sequence[tuple[str, Evidence]], over: str, name: str) -> None:
    """One metric of all runs; for J², with the edge."""
    curves = [evidence.j2 if name == "j2" else evidence.state.metric(name) for _, evidence in runs]
    for index, ((label, evidence), y) in enumerate(zip(runs, curves, strict=True)):
        x = evidence.state.metric(over)
        axes.plot(
            x, y, color=COLOURS[index % len(COLOURS)], marker=MARKERS[index % len(MARKERS)],
            markersize=4, linewidth=1.2, markevery=max(1, len(x) // _MARKERS_A_CURVE), label=label,
        )  # fmt: skip
    if name == "j2":
        axes.axhline(runs[0][1].state.law.j2_edge, **_EDGE)
    axes.set(
        xlabel=_TAU if over == "tau" else over,
        ylabel="$J^2$" if name == "j2" else "test loss (nats)",
        ylim=figure_range(
            [evidence.state for _, evidence in runs], name.removeprefix("test_"), curves
        ),
    )
    axes.grid(alpha=0.25, linewidth=0.5)


_PAINTERS: Final[dict[str, tuple[int, Callable[[Reproduction, "Figure", "list[Axes]"], None]]]] = {
    "fig1b": (2, _fig1b),
    "fig3": (3, _fig3),
    "fig4": (2, _fig4),
    "fig5": (2, _fig5),
    "fig6": (2, _decay),
    "relu-adam": (2, _decay),
    "hold": (2, _hold),
}
"""The number of panels side by side of each figure, and the function that fills them."""
