"""Chart models of a deeper network: the map of blocks over epochs, the profile at one epoch."""

import numpy as np

from edgechaos_tui.charts.models import ChartModel, DepthMapModel, HorizontalMark, Line, Part, Point
from edgechaos_tui.charts.palette import phase_role
from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.run.analysis import depth
from edgechaos_tui.presentation.run.analysis.holding import held_layers
from edgechaos_tui.presentation.run.metric_range import BOUNDS, NEAR_EDGE
from edgechaos_tui.presentation.run.sentences.emptiness import why_empty
from edgechaos_tui.presentation.run.series import Floats
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.text import clean, number, signed
from edgechaos_tui.screens.base.chart_lines import averaged
from edgechaos_tui.screens.run.charts import LayerPath, axis_end, levels, row_at, unmeasured
from engine.theory.phase import depth_phase


def depth_map(state: RunState, view: ChartView) -> DepthMapModel:
    """The growth of small disturbances through each block, over the epochs."""
    table = depth.table(state, "growth")
    return DepthMapModel(
        title=_title(state, view, "Depth"),
        x_label=state.summary.unit,
        names=table.names,
        epochs=table.epochs,
        values=table.values,
        scale=table.scale,
        units="nats per block",
        x_end=axis_end(state, view),
        cursor=view.cursor,
        empty=_why_empty(state),
    )


def profile(state: RunState, view: ChartView) -> ChartModel:
    """Growth and angle over the blocks at the epoch in view, beside the growth of epoch 0."""
    growth, angle = depth.table(state, "growth"), depth.table(state, "angle")
    row = _measured_row(growth.values, row_at(state, view.cursor))
    if row is None:
        return ChartModel(title=(Part("Profile"),), empty=_why_empty(state))
    blocks = np.arange(1.0, len(growth.names) + 1)
    growths, angles = growth.values[:, row], angle.values[:, row]
    epoch = int(growth.epochs[row])
    first = _measured_row(growth.values[:, :1], 0)
    lines = [
        Line("growth", blocks, growths, "test", "solid"),
        Line("angle", blocks, angles, "train", "dashed"),
    ]
    title = [
        Part("Profile"), Part(f"@{epoch}", "mark"), Part("growth", "test", "solid"),
        Part("angle", "train", "dashed"),
    ]  # fmt: skip
    if first is not None and epoch > 0:
        lines.insert(0, Line("epoch 0", blocks, growth.values[:, 0], "dim", "dotted"))
        title.append(Part("growth @0", "dim", "dotted"))
    title += [
        Part(f"{name} {signed(float(value))}")
        for name, value in zip(growth.names, growths, strict=True)
    ]
    points = (*_points(blocks, angles, "○"), *_points(blocks, growths, "●"))
    return ChartModel(
        title=tuple(title),
        lines=tuple(lines),
        points=points,
        horizontals=(HorizontalMark(0.0, "edge", kept=True),),
        x_label="block",
        y_label="nats per block",
        window=(0.5, len(blocks) + 0.5),
        scaling="all",
    )


def _why_empty(state: RunState) -> str:
    return why_empty(state, "lambda_depth", unmeasured=unmeasured(state))


def _points(blocks: Floats, values: Floats, glyph: str) -> tuple[Point, ...]:
    measured = np.flatnonzero(np.isfinite(values))
    return tuple(Point(float(blocks[i]), float(values[i]), glyph, "text") for i in measured)


def layer_path(state: RunState, index: int) -> LayerPath | None:
    """The layer at `index` modulo their number; None for a network without depth."""
    names = depth.layer_names(state)
    if not names:
        return None
    name = names[index % len(names)]
    j, j0 = depth.table(state, "j"), depth.table(state, "j0")
    block = j.names.index(name)
    return LayerPath(name, j.values[block], j0.values[block])


def layer_j2_chart(state: RunState, view: ChartView, layer: LayerPath) -> ChartModel:
    """J² of one layer against the epoch, with the edge of a layer without J₀."""
    with np.errstate(over="ignore"):
        j2 = layer.j**2
    row = row_at(state, view.cursor)
    at = [] if row is None else [Part(f"@{int(state.metric('epoch')[row])}", "mark")]
    value = float(j2[-1 if row is None else row])
    edge = state.law.j2_edge
    near = bool(np.nanmax(j2, initial=0.0) >= NEAR_EDGE * edge)
    return ChartModel(
        title=(Part("J²"), Part(clean(layer.name)), *at, Part(number(value), "text", "solid")),
        lines=averaged(Line("J²", state.metric("epoch"), j2, "text"), view),
        horizontals=levels(state, edge, near=near)
        if layer.name in held_layers(state)
        else (HorizontalMark(edge, "edge", kept=near),),
        scaling=view.scaling("j2"),
        y_keep=(0.0,),
        y_bounds=BOUNDS["j2"],
        x_label=state.summary.unit,
        x_end=axis_end(state, view),
        window=view.window,
        cursor=view.cursor,
    )


def _title(state: RunState, view: ChartView, name: str) -> tuple[Part, ...]:
    row = row_at(state, view.cursor)
    parts = [Part(name)]
    if row is not None:
        parts.append(Part(f"@{int(state.metric('epoch')[row])}", "mark"))
    for metric, symbol in (("lambda_depth", "λ_depth"), ("lambda_angle", "λ_angle")):
        values, errors = state.metric(metric), state.metric(f"{metric}_error")
        measured = np.flatnonzero(np.isfinite(values[: None if row is None else row + 1]))
        if len(measured):
            value, error = float(values[measured[-1]]), float(errors[measured[-1]])
            role = phase_role(depth_phase(value, error))
            parts.append(Part(f"{symbol} {depth.with_error(value, error)}", role))
    return tuple(parts)


def _measured_row(values: Floats, row: int | None) -> int | None:
    """The last row up to `row` with a measured block; None: of all rows."""
    up_to_row = values if row is None else values[:, : row + 1]
    measured = np.flatnonzero(np.isfinite(up_to_row).any(axis=0))
    return int(measured[-1]) if len(measured) else None
