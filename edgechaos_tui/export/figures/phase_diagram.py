"""The phase diagram as a figure (paper Fig. 1b), drawn by matplotlib (extra `figures`)."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgechaos_tui.export.figures.page import page
from engine.theory.phase_diagram.file import PhaseDiagram

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CLIPPED = {"tanh": (-4.0, 0.0), "relu": (-5.0, 2.0)}


def phase_diagram(diagram: PhaseDiagram, output: Path) -> None:
    """Draw Fig. 1b: log₁₀ of the asymptotic distance over (J₀/J, 1/J), with the edge.

    Raises SessionError without matplotlib, or when `output` cannot be written.
    """
    with page(output, (6, 4.5), dpi=150) as figure:
        draw_diagram(figure, figure.subplots(), diagram)


def draw_diagram(figure: "Figure", axes: "Axes", diagram: PhaseDiagram) -> None:
    """Draw the diagram into `axes` of `figure`, with its colour scale beside it."""
    low, high = _CLIPPED[diagram.parameters.activation]
    field = np.clip(diagram.log10_distance, low, high)
    mesh = axes.pcolormesh(
        diagram.j0_over_j, diagram.one_over_j, field, shading="nearest", cmap="viridis"
    )
    for name, curve in diagram.curves.items():
        axes.plot(diagram.curve_r, curve, "--", color="white", linewidth=1.2)
        axes.annotate(name, (diagram.curve_r[8], curve[8]), color="white", va="bottom")
    axes.set(
        xlabel="$J_0/J$",
        ylabel="$1/J$",
        xlim=(diagram.j0_over_j[0], diagram.j0_over_j[-1]),
        ylim=(diagram.one_over_j[0], diagram.one_over_j[-1]),
        title=f"{diagram.parameters.activation}, N = {diagram.parameters.n}, "
        f"T = {diagram.parameters.steps}",
    )
    figure.colorbar(mesh, ax=axes, label="$\\log_{10}$ asymptotic distance (clipped)")
