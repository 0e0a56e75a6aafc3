"""The charts of the machine over a run, as models made from its state."""

import math
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from edgechaos_tui.charts.models import ChartModel, HorizontalMark, Line, Part, Stroke
from edgechaos_tui.charts.palette import Role
from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.text import number, setting
from edgechaos_tui.screens.run import charts
from engine.storage.session.machine import Machine, MachineUse

_GIGABYTE: Final = 1e9
_UNTOLD: Final = "not measured: the run took less than a second, or an earlier version wrote it"
_LOOK: Final[tuple[tuple[Role, Stroke], ...]] = (("run2", "solid"), ("run3", "dashed"))


class Quantity(NamedTuple):
    """A metric in a chart. words: with its value in the place of {}; one: its value that counts as
    one of the chart's unit."""

    words: str
    metric: str
    one: float = 1.0


def machine_charts(
    state: RunState, view: ChartView, use: MachineUse, machine: Machine | None
) -> list[ChartModel]:
    """CPU and memory; of a GPU its use and memory, and its temperature and power.

    use: what is in use now, which the titles tell.
    """
    memory_of = "limit" if machine and machine.memory_limit else "machine"
    used = f"{memory_of} {{}}"
    quantities: dict[tuple[str, str], tuple[Quantity, ...]] = {
        ("CPU", "cores"): (
            Quantity("process {}", "process_cpu"), Quantity("machine {}", "machine_cpu")
        ),
        ("Memory", "GB"): (
            Quantity("process {}", "process_memory", _GIGABYTE),
            Quantity(used, "machine_memory", _GIGABYTE),
        ),
        ("GPU", "%"): (
            Quantity("at work {} %", "gpu_use", 0.01),
            *_gpu_memory(machine),
        ),
        ("GPU", ""): (Quantity("{} W", "gpu_power"), Quantity("{} °C", "gpu_temperature")),
    }  # fmt: skip
    cpu, memory, work, heat = (
        _chart(state, view, name, unit, shown, use) for (name, unit), shown in quantities.items()
    )
    if machine is not None:
        most = (machine.memory_limit or machine.memory) / _GIGABYTE
        cpu = _with_level(cpu, machine.usable_cores, "for this run")
        memory = _with_level(memory, most, memory_of)
    return [cpu, memory, work, heat]


def _gpu_memory(machine: Machine | None) -> tuple[Quantity, ...]:
    """The share of the GPU's memory that is in use, where its size is known."""
    size = machine.gpu_memory if machine else None
    return (Quantity("memory {} %", "gpu_memory", size / 100),) if size else ()


def _chart(
    state: RunState,
    view: ChartView,
    name: str,
    unit: str,
    quantities: tuple[Quantity, ...],
    use: MachineUse,
) -> ChartModel:
    title = [Part(name)]
    lines = []
    for (words, metric, one), (role, stroke) in zip(quantities, _LOOK, strict=False):
        now = getattr(use, metric)
        label = words.format("–" if now is None else number(now / one))
        title.append(Part(label, role, stroke))
        with np.errstate(over="ignore"):
            values = state.metric(metric) / one
        # Not every line has a summary: what lies between two of them is no gap.
        told = np.isfinite(values)
        lines.append(Line(label, state.metric("epoch")[told], values[told], role, stroke))
    return ChartModel(
        title=tuple(title),
        lines=tuple(lines),
        x_label=state.summary.unit,
        y_label=unit,
        x_end=charts.axis_end(state, view),
        window=view.window,
        cursor=view.cursor,
        scaling=view.scaling("machine"),
        y_keep=(0.0,),
        y_bounds=(0.0, math.inf),
        empty=_UNTOLD if len(state.metric("epoch")) else "waiting for the first epoch",
    )


def _with_level(model: ChartModel, level: float, label: str) -> ChartModel:
    """`model` with a line at what there is at most, where that is near."""
    if not 0 < level < math.inf:
        return model
    mark = HorizontalMark(level, label, role="mark", kept=False)
    title = (*model.title, Part(f"of {setting(round(level, 2))} {model.y_label}", "dim"))
    return replace(model, horizontals=(mark,), title=title)
