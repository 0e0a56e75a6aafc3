"""The figure of a comparison: all curves over one axis, drawn by matplotlib (extra `figures`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgechaos_tui.export.figures.page import page
from edgechaos_tui.presentation.compare.comparison import Axis, Member, collapse_of, curve
from edgechaos_tui.presentation.compare.results import band, groups
from edgechaos_tui.presentation.run.metric_range import figure_range

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind eyes can distinguish; markers differ as well.
COLOURS: Final = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00", "#7F7F7F",
)  # fmt: skip
MARKERS: Final = ("o", "s", "^", "D", "v", "X", "P", "*")
_PANELS: Final = (
    ("j2", "$J^2$"), ("test_loss", "test loss (nats)"), ("test_accuracy", "test accuracy"),
)  # fmt: skip
_X_LABEL: Final[dict[Axis, str]] = {
    "epoch": "epoch", "step": "step", "tau": r"$\tau = \sum\eta/((1-\alpha)B)$",
    "time": "training time (s)",
}  # fmt: skip
_MARKERS_A_CURVE = 8


def draw(members: Sequence[Member], axis: Axis, output: Path) -> None:
    """Draw J², test loss and test accuracy of all runs over `axis`.

    Runs of one setting get a band of one standard deviation around their mean. Raises SessionError
    without matplotlib, or when `output` cannot be written.
    """
    with page(output, (10.5, 3.6)) as figure:
        _draw(figure, members, axis)


def _draw(figure: "Figure", members: Sequence[Member], axis: Axis) -> None:
    panels = figure.subplots(1, len(_PANELS))
    for axes, (name, label) in zip(panels, _PANELS, strict=True):
        _draw_panel(axes, members, axis, name)
        axes.set(xlabel=_X_LABEL[axis], ylabel=label)
    edge = min(member.state.law.j2_edge for member in members)
    panels[0].axhline(edge, color="0.4", linestyle="--", linewidth=0.9)
    panels[0].annotate("edge of chaos", (0.02, edge), xycoords=("axes fraction", "data"),
                       va="bottom", fontsize=8, color="0.3")  # fmt: skip
    collapse = collapse_of(members, axis)
    if collapse is not None:
        panels[0].set_title(f"collapse {collapse.spread:.2f} for $J^2 < {edge:g}$", fontsize=9)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8, frameon=False)


def _draw_panel(axes: "Axes", members: Sequence[Member], axis: Axis, name: str) -> None:
    curves = [curve(member.state, axis, name) for member in members]
    for index, (member, (x, y)) in enumerate(zip(members, curves, strict=True)):
        axes.plot(
            x, y, color=COLOURS[index], marker=MARKERS[index], markersize=4, linewidth=1.2,
            markevery=max(1, len(x) // _MARKERS_A_CURVE), label=member.name.replace("$", r"\$"),
        )  # fmt: skip
    for positions in groups(members):
        spread = band([members[i] for i in positions], axis, name)
        if spread is not None:
            colour = COLOURS[positions[0]]
            axes.fill_between(spread.x, spread.low, spread.high, color=colour, alpha=0.2, lw=0)
    states = [member.state for member in members]
    axes.set_ylim(figure_range(states, name.removeprefix("test_"), [y for _, y in curves]))
    axes.grid(alpha=0.25, linewidth=0.5)
