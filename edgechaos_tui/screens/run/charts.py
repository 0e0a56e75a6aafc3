"""Chart models of a run, made from its state. Pure: no widget is touched."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from edgechaos_tui.charts.models import (
    ChartModel,
    Curve,
    Field,
    HorizontalMark,
    Interval,
    Line,
    Part,
    PhasePlaneModel,
    Point,
    Stroke,
    VerticalMark,
)
from edgechaos_tui.charts.palette import Role, phase_role
from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.limits import epoch_end
from edgechaos_tui.presentation.run.analysis.depth import has_depth
from edgechaos_tui.presentation.run.analysis.indicators import (
    Indicator,
    disagreements,
    indicators_of,
)
from edgechaos_tui.presentation.run.law import slope_words
from edgechaos_tui.presentation.run.metric_range import BOUNDS, kept_values, near_edge
from edgechaos_tui.presentation.run.sentences.emptiness import why_empty
from edgechaos_tui.presentation.run.series import Floats
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.run.summary import Records
from edgechaos_tui.presentation.text import brief, clean, number
from edgechaos_tui.screens.base.chart_lines import averaged
from engine.storage.hyperparameters import MAP_WIDTH
from engine.storage.metrics import METRICS
from engine.theory.edge.table import edge_table
from engine.theory.slope_law.law import Forecast

_FIT_POINTS = 60
_SHORT_PATH: Final = 0.4
"""A fifth of the height of the phase plane, which shows 1/J from 0 to 2."""
_BEYOND_FORECAST: Final = 1.1
_NO_J: Final = "no J was logged"
_SAME_LEVEL: Final = 0.01
"""In J². Levels that are nearer share one row of the chart."""


def loss_chart(state: RunState, view: ChartView) -> ChartModel:
    """Cross-entropy of train and test, in nats, against the epoch."""
    return _train_test_chart(state, view, "Loss", "loss", state.summary.test_loss)


def accuracy_chart(state: RunState, view: ChartView) -> ChartModel:
    """Fraction of images classified correctly, train and test, against the epoch."""
    records = state.summary.test_accuracy
    return _train_test_chart(state, view, "Acc", "accuracy", records)


def _train_test_chart(
    state: RunState,
    view: ChartView,
    name: str,
    metric: str,
    records: Records,
) -> ChartModel:
    return ChartModel(
        title=_train_test_title(state, view, name, metric, records),
        lines=(
            *_traced(state, view, f"train_{metric}", "train", "train", "dashed"),
            *_traced(state, view, f"test_{metric}", "test", "test", "solid"),
        ),
        verticals=_edits(state),
        points=_best_point(records),
        note=_since_best(state, records) if metric == "loss" else "",
        scaling=view.scaling(metric),
        y_keep=kept_values([state], metric),
        y_bounds=BOUNDS[metric],
        x_label=state.summary.unit,
        x_end=axis_end(state, view),
        window=view.window,
        cursor=view.cursor,
        empty=why_empty(
            state, f"train_{metric}", f"test_{metric}", unmeasured=f"no {metric} was logged"
        ),
    )


def j2_chart(state: RunState, view: ChartView) -> ChartModel:
    """J² against the epoch, with the edge where the theory puts it."""
    with np.errstate(over="ignore"):
        j2 = state.metric("j") ** 2
    role = phase_role(state.summary.phase)
    row = row_at(state, view.cursor)
    value = state.summary.j2 if row is None else float(j2[row])
    title = [Part("J²"), *_at(view, state), Part(number(value), role, "solid")]
    if view.smoothing > 1:
        title.append(Part(f"avg {view.smoothing}", "dim"))
    edge = edge_j2(state)
    forecast = state.law.forecast()
    if forecast.fit is not None:
        title.append(Part(slope_words(forecast.fit), "text", "dotted"))
    if state.summary.crossed is not None:
        title.append(Part(f"edge @{state.summary.crossed}", "edge"))
    crossing = forecast.epoch if forecast.outcome == "crosses" else None
    if crossing is not None and crossing > state.horizon:
        crossing = None
    end = _end_with(state, view, crossing)
    marks = [*_edits(state)]
    if crossing is not None:
        marks.append(VerticalMark(crossing, str(crossing), "edge"))
    near = crossing is not None or near_edge(state)
    return ChartModel(
        title=tuple(title),
        lines=averaged(Line("J²", state.metric("epoch"), j2, role), view),
        horizontals=levels(state, edge, near=near),
        verticals=tuple(marks),
        interval=_interval(forecast, end) if crossing is not None else None,
        fit=_fit_line(forecast, state, end),
        scaling=view.scaling("j2"),
        y_keep=(0.0,),
        y_bounds=BOUNDS["j2"],
        x_label=state.summary.unit,
        x_end=end,
        window=view.window,
        cursor=view.cursor,
        empty=why_empty(state, "j", unmeasured=_NO_J),
    )


def levels(state: RunState, edge: float | None, *, near: bool) -> tuple[HorizontalMark, ...]:
    """The edge, and the J² at which the run is held where that differs."""
    marks = [] if edge is None else [HorizontalMark(edge, "edge", kept=near)]
    target = state.summary.hyperparameters.hold_j2
    if target and (edge is None or abs(target - edge) > _SAME_LEVEL):
        marks.append(HorizontalMark(target, "held", "mark"))
    return tuple(marks)


def axis_end(state: RunState, view: ChartView) -> float:
    """The end of the axes of epochs: that of the record, or the planned one."""
    return float(state.horizon) if view.plan else epoch_end(state.extent, grows=not state.over)


def _end_with(state: RunState, view: ChartView, crossing: int | None) -> float:
    """The end of the J² chart's axis, which includes the forecast epoch of the crossing."""
    end = axis_end(state, view)
    if crossing is None or crossing < end:
        return end
    return min(epoch_end(_BEYOND_FORECAST * crossing, grows=True), float(state.horizon))


def _interval(forecast: Forecast, end: float) -> Interval | None:
    if forecast.low is None:
        return None
    return Interval(forecast.low, min(forecast.high or math.inf, end))


def _fit_line(forecast: Forecast, state: RunState, end: float) -> Line | None:
    """The law from its window to where it meets the edge, or to the end of the axis."""
    fit = forecast.fit
    if fit is None or forecast.outcome == "left":
        return None
    last = min(forecast.crossed_at or forecast.epoch or end, end)
    epochs = np.linspace(fit.first, max(last, fit.last), _FIT_POINTS)
    return Line("law", epochs, state.law.line(fit, epochs.tolist()), "dim", "dotted")


def indicator_chart(state: RunState, view: ChartView, index: int) -> ChartModel:
    """The indicator of chaos at `index` modulo their number, measured on the actual weights."""
    indicators = indicators_of(with_depth=has_depth(state))
    return chart_of_indicator(state, view, indicators[index % len(indicators)])


def chart_of_indicator(state: RunState, view: ChartView, indicator: Indicator) -> ChartModel:
    """An indicator of chaos against the epoch, with its value at the edge."""
    metric, scale = indicator
    last = state.summary.last
    value = _value_at(state, view, metric.name)
    title = [
        Part(metric.title), *_at(view, state), Part(number(value), "text", "solid"),
        Part(scale.says),
    ]  # fmt: skip
    if last is not None and metric.title in disagreements(last, state.summary.phase):
        title.insert(2, Part("disagrees with J", "mark"))
    return ChartModel(
        title=tuple(title),
        lines=(
            *_error_band(state, metric.name),
            *_traced(state, view, metric.name, metric.title),
        ),
        horizontals=((HorizontalMark(scale.edge, "edge"),) if scale.edge is not None else ()),
        verticals=_edits(state),
        note=_why_near_zero(state, view) if metric.name == "lyapunov" else "",
        x_label=state.summary.unit,
        x_end=axis_end(state, view),
        window=view.window,
        cursor=view.cursor,
        scaling="log" if scale.logarithmic else view.scaling("indicator"),
        empty=why_empty(state, metric.name, unmeasured=unmeasured(state)),
    )


def _error_band(state: RunState, metric: str) -> tuple[Line, ...]:
    """One error below and above a metric that has one."""
    if f"{metric}_error" not in METRICS:
        return ()
    epochs, values, errors = (state.metric(name) for name in ("epoch", metric, f"{metric}_error"))
    return tuple(
        Line("± error", epochs, values + sign * errors, "dim", "dotted", faint=True)
        for sign in (-1, 1)
    )


def _why_near_zero(state: RunState, view: ChartView) -> str:
    """J of the random bulk of W, its spikes, and the share of saturated units."""
    values = {name: _value_at(state, view, name) for name in ("bulk_j", "spikes", "saturation")}
    if values["bulk_j"] is None or values["spikes"] is None:
        return ""
    words = f"bulk J {brief(values['bulk_j'])} · {values['spikes']:.0f} spikes"
    share = values["saturation"]
    return words if share is None else f"{words} · {100 * share:.0f} % saturated"


@dataclass(frozen=True, eq=False)
class LayerPath:
    """J and J₀ of one layer of a network with depth, (epochs recorded,)."""

    name: str
    j: Floats
    j0: Floats


def phase_plane(
    state: RunState,
    *,
    zoom: bool | None,
    field: Field | None,
    news: str,
    layer: LayerPath | None = None,
) -> PhasePlaneModel:
    """The path of the run, or of one layer, in the plane of J₀/J and 1/J, in the paper's terms
    (Fig. 1b)."""
    j, j0 = (layer.j, layer.j0) if layer else (state.metric("j"), state.metric("j0"))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        x, y = j0 / j, 1 / j
    title = [Part("Phase"), *([Part(clean(layer.name))] if layer else [])]
    without_j = len(x) > 0 and not logs_j(state)
    if len(x) and not without_j:
        title += [Part(f"J₀/J {brief(float(x[-1]))}"), Part(f"1/J {brief(float(y[-1]))}")]
    if news:
        title.append(Part(news, "dim"))
    relu = state.summary.hyperparameters.activation == "relu"
    return PhasePlaneModel(
        title=tuple(title),
        path_x=x,
        path_y=y,
        best=state.best_index,
        now_role="text" if layer else phase_role(state.summary.phase),
        curves=() if without_j else edge_curves("relu" if relu else "tanh"),
        x_range=(-5.0, 1.0) if relu else (-1.0, 2.0),
        zoom=zoomed(state, zoom),
        field=field,
        empty=why_empty(state, "j", "j0", unmeasured=_NO_J),
    )


def logs_j(state: RunState) -> bool:
    """Whether any J is known; recorded runs may have none."""
    return bool(np.isfinite(state.metric("j")).any())


def zoomed(state: RunState, choice: bool | None) -> bool:
    """Whether the phase plane shows the surroundings of the path: as chosen; by default where the
    path is shorter than a fifth of the height of the whole plane."""
    if choice is not None:
        return choice
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        y = 1 / state.metric("j")
    finite = y[np.isfinite(y)]
    return len(finite) > 1 and float(np.ptp(finite)) < _SHORT_PATH


def edge_j2(state: RunState) -> float | None:
    """J² at the edge in the run's present direction J₀/J: (J / (1 + d))²."""
    last = state.summary.last
    if last is None or last.j is None or last.edge_distance is None or last.edge_distance <= -1:
        return None
    j_edge = last.j / (1 + last.edge_distance)
    return j_edge * j_edge


def edge_curves(activation: str) -> tuple[Curve, ...]:
    """The theoretical edges of the phase plane; for ReLU the growth edge first, which divides."""
    strokes: dict[str, Stroke] = {"gain": "dotted"}
    return tuple(
        Curve(name, x, y, strokes.get(name, "dashed"))
        for name, (x, y) in sorted(edge_table(activation).items(), reverse=True)
    )


def row_at(state: RunState, cursor: float | None) -> int | None:
    """The row of the last epoch up to `cursor`; None without a cursor or before the first."""
    if cursor is None:
        return None
    row = int(np.searchsorted(state.metric("epoch"), cursor, side="right")) - 1
    return row if row >= 0 else None


def _value_at(state: RunState, view: ChartView, metric: str) -> float | None:
    """The value for titles: at the cursor, else the last; None where it was not measured."""
    row = row_at(state, view.cursor)
    if row is not None or state.is_recorded:
        column = state.columns[metric]
        return state.value_at(column, len(column) - 1 if row is None else row)
    return getattr(state.summary.last, metric) if state.summary.last else None


def _at(view: ChartView, state: RunState) -> list[Part]:
    """The epoch of the cursor, for a title."""
    row = row_at(state, view.cursor)
    return [] if row is None else [Part(f"@{int(state.metric('epoch')[row])}", "mark")]


def _best_point(records: Records) -> tuple[Point, ...]:
    """A mark on the best epoch of the test set."""
    best = records.best
    return () if best is None else (Point(best.epoch, best.value),)


def _since_best(state: RunState, records: Records) -> str:
    """The rise of the test loss since its best, a measure of overfitting: `+.028 since`."""
    last, best = state.summary.last, records.best
    if last is None or best is None or last.test_loss is None or last.epoch == best.epoch:
        return ""
    return f"+{brief(last.test_loss - best.value)} since"


def _train_test_title(
    state: RunState, view: ChartView, name: str, metric: str, records: Records
) -> tuple[Part, ...]:
    if state.summary.last is None:
        return (Part(name),)
    parts = [
        Part(name),
        *_at(view, state),
        Part(f"train {brief(_value_at(state, view, f'train_{metric}'))}", "train", "dashed"),
        Part(f"test {brief(_value_at(state, view, f'test_{metric}'))}", "test", "solid"),
    ]
    if records.best is not None:
        parts.append(Part(f"best {brief(records.best.value)}@{records.best.epoch}"))
    if view.smoothing > 1:
        parts.append(Part(f"avg {view.smoothing}", "dim"))
    return tuple(parts)


def _traced(
    state: RunState,
    view: ChartView,
    metric: str,
    name: str,
    role: Role = "text",
    stroke: Stroke = "solid",
) -> tuple[Line, ...]:
    x, y = state.traced(state.columns[metric])
    return averaged(Line(name, x, y, role, stroke), view)


def _edits(state: RunState) -> tuple[VerticalMark, ...]:
    """A mark at the boundary before the first epoch with each edit's values."""
    return tuple(VerticalMark(edit.epoch - 1, edit.words, "mark") for edit in state.edits)


def unmeasured(state: RunState) -> str:
    """Why there is no indicator to show, as far as the hyperparameters say it."""
    hyperparameters = state.summary.hyperparameters
    width = hyperparameters.width
    if hyperparameters.model == "paper" and width != MAP_WIDTH:
        return (
            f"cannot be measured: only {MAP_WIDTH} hidden units map an image onto itself, and this "
            f"network has {width}"
        )
    if not hyperparameters.indicators_every:
        return "not measured: “indicators every” is 0"
    return "not measured yet"
