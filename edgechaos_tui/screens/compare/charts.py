"""Chart models of a comparison, made from its members. Pure: no widget is touched."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from edgechaos_tui.charts.axis import linear_limits, short
from edgechaos_tui.charts.models import ChartModel, HorizontalMark, Line, Part, VerticalMark
from edgechaos_tui.charts.palette import Role, phase_role
from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.compare.comparison import (
    AXIS_LABEL,
    LETTERS,
    LOG_DISTANCE,
    Axis,
    Member,
    axis_values,
    curve,
    end_of,
    lacks_axis,
    reach,
    value_at,
)
from edgechaos_tui.presentation.compare.results import band, groups
from edgechaos_tui.presentation.limits import Scaling, epoch_end, focus_range, full_range
from edgechaos_tui.presentation.run.analysis.twin import training_exponent
from edgechaos_tui.presentation.run.metric_range import BOUNDS, kept_values
from edgechaos_tui.presentation.run.sentences.emptiness import why_empty
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.text import brief, clean, number, signed
from edgechaos_tui.screens.base.chart_lines import averaged
from engine.theory.phase import phase

METRICS = ("loss", "accuracy", "j2")
TWIN = "twin"
"""The additional metric where one of the runs is a twin."""
FREE = "free"
"""A metric that recorded runs logged under a name of its own; `View.free` says which."""
TABS = {"loss": "Loss", "accuracy": "Accuracy", "j2": "J²", TWIN: "Twin", FREE: "Metrics"}
_NAMES = {"loss": "Loss", "accuracy": "Acc", "j2": "J²", TWIN: "ln ‖w−w′‖"}
_TEST = {"loss": "test_loss", "accuracy": "test_accuracy", "j2": "j2", TWIN: LOG_DISTANCE}
_MEASURED = {"j2": ("j",), TWIN: ("twin_distance",)}
_TRAIN = {"loss": "train_loss", "accuracy": "train_accuracy"}


@dataclass(frozen=True)
class View:
    """How the comparison is viewed. place: of the cursor; None: the last value of each run.
    means: whether seeds of one setting are drawn as mean and spread. free: the metric of FREE."""

    axis: Axis = "epoch"
    place: float | None = None
    chart: ChartView = field(default_factory=ChartView)
    means: bool = False
    free: str = ""

    def column(self, name: str) -> str:
        """The column of each run in a chart: test values, J², or the chosen free metric."""
        return self.free if name == FREE else _TEST[name]

    def title(self, name: str) -> str:
        """The title of a chart."""
        return clean(self.free or TABS[FREE]) if name == FREE else _NAMES[name]


def role_of(index: int) -> Role:
    """The colour of a run, the same everywhere."""
    return cast("Role", f"run{index + 1}")


def metrics_of(members: Sequence[Member]) -> tuple[str, ...]:
    """The metrics that have charts."""
    twin = [TWIN] if any(member.is_twin for member in members) else []
    free = [FREE] if any(member.state.is_recorded for member in members) else []
    return (*METRICS, *twin, *free)


def overlay_chart(members: Sequence[Member], name: str, view: View) -> ChartModel:
    """All runs in one chart: test values, J², the distance of twins, or a free metric."""
    if name == TWIN:
        return _twin_chart(members, view)
    seed_groups = groups(members) if view.means else []
    single = set(range(len(members))) - {i for positions in seed_groups for i in positions}
    lines, title = [], [Part(view.title(name))]
    for index, member in enumerate(members):
        if index in single:
            x, y = curve(member.state, view.axis, view.column(name))
            lines += _smoothed(Line("", x, y, role_of(index), marker=LETTERS[index]), view)
            value = value_at(member.state, view.axis, view.column(name), view.place)
            title.append(Part(f"{LETTERS[index]} {brief(value)}", role_of(index)))
        for positions in seed_groups:
            if positions[0] == index:
                part, mean_lines = _mean(members, positions, name, view)
                title.append(part)
                lines += mean_lines
    end = axis_end(members, view.axis, view.chart)
    model = _chart(members, name, view, tuple(title), tuple(lines), _empty(members, name), end)
    return replace(model, y_label="test" if name in _TRAIN else "")


def _twin_chart(members: Sequence[Member], view: View) -> ChartModel:
    """ln ‖w − w′‖ of each twin, with its slope λ_train and the epochs of the fit."""
    lines, title = [], [Part(_NAMES[TWIN])]
    for index, member in enumerate(members):
        if member.is_twin:
            x, y = curve(member.state, view.axis, LOG_DISTANCE)
            lines += _smoothed(Line("", x, y, role_of(index), marker=LETTERS[index]), view)
            first, *rest = _twin_words(member, view)
            words = (f"{LETTERS[index]} {first}", *rest)
            title += [Part(word, role_of(index)) for word in words]
    end = axis_end(members, view.axis, view.chart)
    twins = [member for member in members if member.is_twin]
    return _chart(members, TWIN, view, tuple(title), tuple(lines), _empty(twins, TWIN), end)


def _twin_words(member: Member, view: View) -> tuple[str, ...]:
    """`λ_train +0.120`, `epochs 11–40`; without a fit yet, the value at the cursor."""
    exponent = training_exponent(member.state)
    if exponent is None:
        return (brief(value_at(member.state, view.axis, LOG_DISTANCE, view.place)),)
    return f"λ_train {signed(exponent.value, 3)}", f"epochs {exponent.first}–{exponent.last}"


def split_charts(members: Sequence[Member], name: str, view: View) -> list[ChartModel]:
    """A chart for each run, drawn as its own screen draws it, on axes that all runs share."""
    shared = _shared_range(members, name, view)
    end = axis_end(members, view.axis, view.chart)
    return [_split(members, index, name, view, end, shared) for index in range(len(members))]


def _split(
    members: Sequence[Member],
    index: int,
    name: str,
    view: View,
    end: float,
    shared: tuple[float, ...],
) -> ChartModel:
    member = members[index]
    state, test = member.state, view.column(name)
    role: Role = _phase_role(state, view) if name == "j2" else "test"
    x, y = curve(state, view.axis, test)
    value = brief(value_at(state, view.axis, test, view.place))
    if name == TWIN and member.is_twin:
        value = ", ".join(_twin_words(member, view))
    title = [Part(f"{LETTERS[index]} {view.title(name)}", role_of(index))]
    lines = _smoothed(Line("", x, y, role), view)
    if name not in _TRAIN:
        title.append(Part(value, role, "solid"))
    else:
        train_x, train_y = curve(state, view.axis, _TRAIN[name])
        train_value = brief(value_at(state, view.axis, _TRAIN[name], view.place))
        lines = [*_smoothed(Line("", train_x, train_y, "train", "dashed"), view), *lines]
        title += [Part(value, role, "solid"), Part(train_value, "train", "dashed")]
    empty = clean(lacks_axis(member, view.axis)) or _empty([member], name)
    if name == TWIN and not member.is_twin:
        empty = "not a twin: there is no distance to show"
    model = _chart(members, name, view, tuple(title), tuple(lines), empty, end, shared)
    return replace(model, verticals=(*_edits(state, view.axis), *model.verticals))


def _empty(members: Sequence[Member], name: str) -> str:
    """Why a chart has no line: the reason of the first run with epochs, if there is one."""
    if name == FREE:
        return "not logged: i shows another metric"
    columns = (_TEST[name], _TRAIN[name]) if name in _TRAIN else _MEASURED[name]
    states = [member.state for member in members if len(member.state.metric("epoch"))]
    return why_empty(states[0], *columns) if states else "no epoch yet"


def _phase_role(state: RunState, view: View) -> Role:
    """The colour of the phase at the cursor."""
    distance = value_at(state, view.axis, "edge_distance", view.place)
    return phase_role(None if distance is None else phase(distance))


def _edits(state: RunState, axis: Axis) -> list[VerticalMark]:
    """A mark at the boundary before the first epoch with each edit's values."""
    epochs, places = state.metric("epoch"), axis_values(state, axis)
    rows = [int(np.searchsorted(epochs, edit.epoch)) - 1 for edit in state.edits]
    return [
        VerticalMark(float(places[row]), edit.words, "mark")
        for edit, row in zip(state.edits, rows, strict=True)
        if row >= 0 and np.isfinite(places[row])
    ]


def _mean(
    members: Sequence[Member], positions: Sequence[int], name: str, view: View
) -> tuple[Part, list[Line]]:
    """The mean of seeds of one setting, with dotted lines one standard deviation away."""
    letters, role = "".join(LETTERS[i] for i in positions), role_of(positions[0])
    spread = band([members[i] for i in positions], view.axis, view.column(name))
    if spread is None:
        return Part(f"{letters} –", role), []
    place = spread.x[-1] if view.place is None else view.place
    words = "–"
    if spread.x[0] <= place <= spread.x[-1]:
        mean = float(np.interp(place, spread.x, spread.mean))
        deviation = float(np.interp(place, spread.x, spread.high)) - mean
        words = f"{brief(mean)} ± {number(deviation, 2)}"
    lines = [
        Line("", spread.x, spread.low, role, "dotted"),
        Line("", spread.x, spread.high, role, "dotted"),
        Line("", spread.x, spread.mean, role, marker=LETTERS[positions[0]]),
    ]
    return Part(f"{letters} {words}", role), lines


def _chart(
    members: Sequence[Member],
    name: str,
    view: View,
    title: tuple[Part, ...],
    lines: tuple[Line, ...],
    empty: str,
    end: float,
    shared: tuple[float, ...] = (),
) -> ChartModel:
    edges = {member.state.law.j2_edge for member in members} if name == "j2" else set()
    visible = (*kept_values([member.state for member in members], name), *shared)
    return ChartModel(
        title=title,
        lines=lines,
        horizontals=tuple(
            HorizontalMark(edge, "edge", kept=edge in visible) for edge in sorted(edges)
        ),
        verticals=_cursor(view),
        x_label=AXIS_LABEL[view.axis],
        scaling=_scaling(view, name),
        x_end=end,
        window=view.chart.window,
        y_keep=visible,
        y_bounds=BOUNDS[name],
        empty=empty,
    )


def _scaling(view: View, name: str) -> Scaling:
    scaling = view.chart.scaling(name)
    # A logarithm below 0 has no logarithm.
    return "all" if name == TWIN and scaling == "log" else scaling


def axis_end(members: Sequence[Member], axis: Axis, view: ChartView) -> float:
    """The end of the charts' axis: that of the records, or the longest plan."""
    if axis in ("epoch", "step"):
        if view.plan:
            return end_of(members, axis)
        last = max(reach(member.state, axis) for member in members)
        return epoch_end(last, grows=not all(member.state.over for member in members))
    end = end_of(members, axis)
    # A round number, so that the axis moves rarely while a run grows.
    return linear_limits(0.0, end)[1] if end > 0 else end


def _smoothed(line: Line, view: View) -> list[Line]:
    return list(averaged(line, view.chart))


def place_words(axis: Axis, place: float) -> str:
    """`30`, `.0375`, `125`: a place on the axis."""
    whole = axis in ("epoch", "step") and place == round(place)
    return f"{place:.0f}" if whole or place >= 100 else short(place)


def _cursor(view: View) -> tuple[VerticalMark, ...]:
    if view.place is None:
        return ()
    return (VerticalMark(view.place, place_words(view.axis, view.place)),)


def _shared_range(members: Sequence[Member], name: str, view: View) -> tuple[float, ...]:
    """The ends of the range of values that the charts of all runs share."""
    columns = [view.column(name), *([_TRAIN[name]] if name in _TRAIN else [])]
    values = [curve(member.state, view.axis, c)[1] for member in members for c in columns]
    range_of = focus_range if view.chart.scaling(name) == "focus" else full_range
    return range_of(values) or ()
