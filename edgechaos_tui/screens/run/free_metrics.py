"""Charts of the metrics that a user's own loop logged beside loss and accuracy, by group."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from edgechaos_tui.charts.models import ChartModel, Line, Part, Stroke
from edgechaos_tui.charts.palette import Role
from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.run.analysis.indicators import INDICATORS, Indicator
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.text import clean, number
from edgechaos_tui.screens.base.chart_lines import averaged
from edgechaos_tui.screens.run import charts
from engine.storage.session.recorded import RecordedHyperparameters

_MOST_LINES: Final = 4
_ROLES: Final[tuple[Role, ...]] = ("run1", "run2", "run3", "run4")
_STROKES: Final[tuple[Stroke, ...]] = ("solid", "dashed", "dotted", "solid")


@dataclass(frozen=True)
class MetricGroup:
    """Metrics with a common prefix, such as `grad` of `grad/norm`: at most four, for one chart."""

    name: str
    metrics: tuple[str, ...]


def fills_j2(state: RunState) -> bool:
    """Whether a chart of other metrics takes the place of J², of which nothing is known."""
    return has_charts(state) and not charts.logs_j(state)


def has_charts(state: RunState) -> bool:
    """Whether the run is a recorded one with metrics beside losses and accuracies."""
    recorded = isinstance(state.summary.hyperparameters, RecordedHyperparameters)
    return recorded and bool(state.free_metrics or _measured(state))


def _measured(state: RunState) -> list[Indicator]:
    """The indicators of order and chaos that were measured."""
    return [
        indicator
        for indicator in INDICATORS
        if np.isfinite(state.metric(indicator.metric.name)).any()
    ]


def groups(state: RunState) -> list[MetricGroup]:
    """The groups, in the order in which the loop logged them; none for an engine's run."""
    by_prefix: dict[str, list[str]] = {}
    for name in state.free_metrics:
        by_prefix.setdefault(name.rpartition("/")[0] or name, []).append(name)
    return [
        MetricGroup(prefix, tuple(names[start : start + _MOST_LINES]))
        for prefix, names in by_prefix.items()
        for start in range(0, len(names), _MOST_LINES)
    ]


def chart(state: RunState, view: ChartView, index: int) -> ChartModel:
    """The chart at `index` modulo their number: the measured indicators, then the groups."""
    indicators, metric_groups = _measured(state), groups(state)
    place = index % (len(indicators) + len(metric_groups))
    if place < len(indicators):
        return charts.chart_of_indicator(state, view, indicators[place])
    return _group_chart(state, view, metric_groups[place - len(indicators)])


def _group_chart(state: RunState, view: ChartView, group: MetricGroup) -> ChartModel:
    """The metrics of `group` over epochs or steps, on one axis; the title has their values."""
    row = charts.row_at(state, view.cursor)
    title = [Part(clean(group.name))]
    lines: list[Line] = []
    for index, name in enumerate(group.metrics):
        column = state.free_metrics[name]
        role, stroke = _ROLES[index], _STROKES[index]
        short = clean(name.rpartition("/")[2])
        value = state.value_at(column, len(column) - 1 if row is None else row)
        label = number(value) if name == group.name else f"{short} {number(value)}"
        title.append(Part(label, role, stroke))
        lines += averaged(Line(short, *state.traced(column), role, stroke), view)
    return ChartModel(
        title=tuple(title),
        lines=tuple(lines),
        x_label=state.summary.unit,
        x_end=charts.axis_end(state, view),
        window=view.window,
        cursor=view.cursor,
        scaling=view.scaling("indicator"),
    )
