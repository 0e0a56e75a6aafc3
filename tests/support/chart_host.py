"""An app that holds one chart, and models to show in it."""

from typing import Any
from unittest.mock import patch

import numpy as np
from textual.app import ComposeResult
from textual.geometry import Region

from edgechaos_tui.charts.chart import Chart
from edgechaos_tui.charts.models import (
    ChartModel,
    Curve,
    Field,
    HorizontalMark,
    Interval,
    Line,
    Part,
    PhasePlaneModel,
    VerticalMark,
)
from edgechaos_tui.terminal.textual_internals import ExactApp


class Host(ExactApp):
    """Shows one chart, as large as the screen; sends the cells that differ."""

    def __init__(self, chart: Chart, *, plain: bool = False) -> None:
        super().__init__()
        self.plain = plain
        self.chart = chart

    def compose(self) -> ComposeResult:
        yield self.chart

    def rows(self) -> list[str]:
        """What the chart shows, row by row."""
        width, height = self.chart.size
        return [strip.text for strip in self.chart.render_lines(Region(0, 0, width, height))]

    def refreshed_by(self, model: ChartModel | PhasePlaneModel) -> list[Region]:
        """Show a model; returns what that refreshes. The whole chart counts as one region."""
        # Each kind of chart shows models of its own.
        shown: Any = self.chart
        with patch.object(self.chart, "refresh", wraps=self.chart.refresh) as refresh:
            shown.show(model)
        whole = self.chart.size.region
        return [r for call in refresh.call_args_list for r in (call.args or (whole,))]


def loss(epochs: int, **changes: object) -> ChartModel:
    """Train and test loss of a run so far."""
    x = np.arange(epochs, dtype=np.float64)
    train, test = 0.05 + np.exp(-x / 12), 0.35 + np.exp(-x / 15) + 0.0001 * x
    values: dict[str, Any] = {
        "title": (
            Part("Loss"),
            Part(f"train {train[-1]:.3f}" if epochs else "train", "train", "dashed"),
            Part(f"test {test[-1]:.3f}" if epochs else "test", "test", "solid"),
        ),
        "lines": (Line("train", x, train, "train", "dashed"), Line("test", x, test, "test")),
        "x_end": 100.0,
        "y_keep": (0.0,),
        **changes,
    }
    return ChartModel(**values)


def j2(epochs: int) -> ChartModel:
    """J² with everything that can be marked."""
    x = np.arange(epochs, dtype=np.float64)
    return ChartModel(
        title=(Part("J²"), Part(f"{0.25 + 0.0137 * (epochs - 1):.3f}")),
        lines=(Line("J²", x, 0.25 + 0.0137 * x),),
        horizontals=(HorizontalMark(1.0, "edge"),),
        verticals=(VerticalMark(30, "lr .02"), VerticalMark(56, "56", "edge")),
        interval=Interval(50, 62),
        fit=Line("fit", np.array([2.0, 60.0]), np.array([0.28, 1.07]), "dim", "dotted"),
        x_end=100,
        y_keep=(0.0,),
    )


def field() -> Field:
    """Ordered above 1/J = 1, chaotic below."""
    x, y = np.linspace(-1, 2, 31), np.linspace(0.02, 2, 20)
    return Field(x, y, np.where(y[:, None] > 1, 1e-6, 2.0) * np.ones((20, 31)))


def plane(epochs: int, *, with_field: bool = False, zoom: bool = False) -> PhasePlaneModel:
    """A path from order down to the edge."""
    j = np.sqrt(0.25 + 0.0137 * np.arange(epochs))
    edge_x = np.linspace(-1, 2, 50)
    return PhasePlaneModel(
        title=(Part("Phase plane"),),
        path_x=np.linspace(0, -0.2, epochs),
        path_y=1 / j,
        best=epochs // 2 if epochs > 2 else None,
        now_role="order",
        curves=(Curve("edge", edge_x, np.ones(50)),),
        field=field() if with_field else None,
        zoom=zoom,
    )
