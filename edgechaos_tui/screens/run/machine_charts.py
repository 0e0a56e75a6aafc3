"""Chart models of a run's use of the machine."""

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
_UNMEASURED: Final = "not measured: the run took less than a second, or an earlier version wrote it"
_LOOK: Final[tuple[tuple[Role, Stroke], ...]] = (("run2", "solid"), ("run3", "dashed"))


class Quantity(NamedTuple):
    """A metric in a chart. words: its label, with {} for the value; unit: the chart's unit, in that
    of the metric."""

    words: str
    metric: str
    unit: float = 1.0


def machine_charts(
    state: RunState, view: ChartView, use: MachineUse, machine: Machine | None
) -> list[ChartModel]:
    """CPU; memory; the GPU's use and memory; its temperature and power.

    use: the use now, for the titles.
    """
    memory_of = "limit" if machine and machine.memory_limit else "machine"
    quantities: dict[tuple[str, str], tuple[Quantity, ...]] = {
        ("CPU", "cores"): (
            Quantity("process {}", "process_cpu"), Quantity("machine {}", "machine_cpu")
        ),
        ("Memory", "GB"): (
            Quantity("process {}", "process_memory", _GIGABYTE),
            Quantity(f"{memory_of} {{}}", "machine_memory", _GIGABYTE),
        ),
        ("GPU", "%"): (
            Quantity("at work {} %", "gpu_use", 0.01),
            *_gpu_memory(machine),
        ),
        ("GPU", ""): (Quantity("{} W", "gpu_power"), Quantity("{} °C", "gpu_temperature")),
    }  # fmt: skip
    cpu, memory, work, heat = (
        _chart(state, view, name, unit, group, use) for (name, unit), group in quantities.items()
    )
    if machine is not None:
        limit = (machine.memory_limit or machine.memory) / _GIGABYTE
        cpu = _with_limit(cpu, machine.usable_cores, "for this run")
        memory = _with_limit(memory, limit, memory_of)
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
    for quantity, (role, stroke) in zip(quantities, _LOOK, strict=False):
        value = getattr(use, quantity.metric)
        words = quantity.words.format("–" if value is None else number(value / quantity.unit))
        title.append(Part(words, role, stroke))
        with np.errstate(over="ignore"):
            values = state.metric(quantity.metric) / quantity.unit
        # Not every epoch has a summary; the epochs between two of them are no gap.
        measured = np.isfinite(values)
        lines.append(Line(words, state.metric("epoch")[measured], values[measured], role, stroke))
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
        empty=_UNMEASURED if len(state.metric("epoch")) else "waiting for the first epoch",
    )


def _with_limit(model: ChartModel, limit: float, label: str) -> ChartModel:
    """`model` with a line at `limit`, shown where the values come near it."""
    if not 0 < limit < math.inf:
        return model
    mark = HorizontalMark(limit, label, role="mark", kept=False)
    title = (*model.title, Part(f"of {setting(round(limit, 2))} {model.y_label}", "dim"))
    return replace(model, horizontals=(mark,), title=title)
