"""The charts of a run, as models made from its state. Pure: no widget is touched here."""

import math

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
    Stroke,
    VerticalMark,
)
from edgechaos_tui.charts.palette import phase_role
from edgechaos_tui.presentation.run.indicators import INDICATORS, disagreements
from edgechaos_tui.presentation.run.law import slope_words
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.run.summary import Records
from edgechaos_tui.presentation.text import brief, number
from engine.storage.session.events import ENDED
from engine.theory.edge.table import edge_table
from engine.theory.slope_law.law import Forecast

_FIT_POINTS = 60


def loss_chart(state: RunState, *, y_log: bool) -> ChartModel:
    """Cross-entropy of train and test, in nats, against the epoch."""
    title = _train_test_title(state, "Loss", "loss", state.summary.test_loss)
    return ChartModel(
        title=title,
        lines=_train_test_lines(state, "loss"),
        verticals=_edits(state),
        x_end=state.horizon,
        y_log=y_log,
        empty=_empty(state),
    )


def accuracy_chart(state: RunState) -> ChartModel:
    """Fraction of images told right, train and test, against the epoch."""
    title = _train_test_title(state, "Acc", "accuracy", state.summary.test_accuracy)
    return ChartModel(
        title=title,
        lines=_train_test_lines(state, "accuracy"),
        verticals=_edits(state),
        x_end=state.horizon,
        empty=_empty(state),
    )


def j2_chart(state: RunState) -> ChartModel:
    """J² against the epoch, with the edge where the theory puts it."""
    with np.errstate(over="ignore"):
        j2 = state.metric("j") ** 2
    role = phase_role(state.summary.phase)
    title = [Part("J²"), Part(number(state.summary.j2), role, "solid")]
    edge = edge_j2(state)
    if state.summary.crossed is not None:
        title.append(Part(f"edge @{state.summary.crossed}", "edge"))
    said = state.law.forecast()
    if said.fit is not None:
        title.insert(2, Part(slope_words(said.fit), "text", "dotted"))
    ahead = said.outcome == "crosses" and said.epoch is not None and said.epoch <= state.horizon
    marks = [*_edits(state)]
    if ahead and said.epoch is not None:
        marks.append(VerticalMark(said.epoch, str(said.epoch), "edge"))
    return ChartModel(
        title=tuple(title),
        lines=(Line("J²", state.metric("epoch"), j2, role),),
        horizontals=(HorizontalMark(edge, "edge"),) if edge is not None else (),
        verticals=tuple(marks),
        interval=_interval(state, said) if ahead else None,
        fit=_fit_line(state, said),
        x_end=state.horizon,
        y_include=(0.0,),
        empty=_empty(state),
    )


def _interval(state: RunState, said: Forecast) -> Interval | None:
    if said.low is None:
        return None
    return Interval(said.low, min(said.high or math.inf, state.horizon))


def _fit_line(state: RunState, said: Forecast) -> Line | None:
    """The law from its window to where it meets the edge, or as far as the axis goes."""
    if said.fit is None or said.outcome == "left":
        return None
    end = min(said.crossed_at or said.epoch or state.horizon, state.horizon)
    epochs = np.linspace(said.fit.first, max(end, said.fit.last), _FIT_POINTS)
    return Line("law", epochs, state.law.line(said.fit, epochs.tolist()), "dim", "dotted")


def indicator_chart(state: RunState, index: int) -> ChartModel:
    """One of the second opinions, measured on the actual weights."""
    indicator = INDICATORS[index]
    last = state.summary.last
    value = getattr(last, indicator.metric) if last else None
    title = [Part(indicator.name), Part(number(value), "text", "solid"), Part(indicator.meaning)]
    if last is not None and indicator.name in disagreements(last, state.summary.phase):
        title.insert(2, Part("disagrees with J", "mark"))
    return ChartModel(
        title=tuple(title),
        lines=(Line(indicator.name, state.metric("epoch"), state.metric(indicator.metric)),),
        horizontals=(
            (HorizontalMark(indicator.edge, "edge"),) if indicator.edge is not None else ()
        ),
        verticals=_edits(state),
        x_end=state.horizon,
        y_log=indicator.logarithmic,
        empty="not measured yet; at indicators every 0 it never is",
    )


def phase_plane(state: RunState, *, zoom: bool, field: Field | None, news: str) -> PhasePlaneModel:
    """The run's path in the plane of J₀/J and 1/J, in the paper's terms (Fig. 1b)."""
    j, j0 = state.metric("j"), state.metric("j0")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        x, y = j0 / j, 1 / j
    title = [Part("Phase")]
    if len(x):
        title += [Part(f"J₀/J {brief(float(x[-1]))}"), Part(f"1/J {brief(float(y[-1]))}")]
    if news:
        title.append(Part(news, "dim"))
    relu = state.summary.hyperparameters.activation == "relu"
    return PhasePlaneModel(
        title=tuple(title),
        path_x=x,
        path_y=y,
        best=state.best_index,
        now_role=phase_role(state.summary.phase),
        curves=edge_curves("relu" if relu else "tanh"),
        x_range=(-5.0, 1.0) if relu else (-1.0, 2.0),
        zoom=zoom,
        field=field,
        empty=_empty(state),
    )


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


def _train_test_title(
    state: RunState, name: str, metric: str, records: Records
) -> tuple[Part, ...]:
    last, best = state.summary.last, records.best
    if last is None:
        return (Part(name),)
    parts = [
        Part(name),
        Part(f"train {brief(getattr(last, f'train_{metric}'))}", "train", "dashed"),
        Part(f"test {brief(getattr(last, f'test_{metric}'))}", "test", "solid"),
    ]
    if best is not None:
        parts.append(Part(f"best {brief(best.value)}@{best.epoch}"))
    return tuple(parts)


def _train_test_lines(state: RunState, metric: str) -> tuple[Line, ...]:
    epochs = state.metric("epoch")
    return (
        Line("train", epochs, state.metric(f"train_{metric}"), "train", "dashed"),
        Line("test", epochs, state.metric(f"test_{metric}"), "test", "solid"),
    )


def _edits(state: RunState) -> tuple[VerticalMark, ...]:
    """A mark where the first epoch with other hyperparameters begins: after the one before."""
    return tuple(VerticalMark(edit.epoch - 1, edit.words, "mark") for edit in state.edits)


def _empty(state: RunState) -> str:
    ended = isinstance(state.summary.lifecycle, ENDED)
    return "no epoch was recorded" if ended else "waiting for the first epoch"
