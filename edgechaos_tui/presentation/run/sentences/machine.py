"""The use of its machine by a run, in words: CPU, memory and GPU."""

from typing import Final

import msgspec

from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.text import clean, number, setting
from engine.storage.session.events import Epoch, Started
from engine.storage.session.machine import Machine, MachineUse

NAMES: Final = MachineUse.__struct_fields__
"""The metrics of the machine."""
_GIGABYTE: Final = 1e9


def measured_use(state: RunState) -> MachineUse:
    """The last measured value of each metric of the machine."""
    columns = {name: state.columns[name] for name in NAMES}
    return MachineUse(**{n: column.last_measured(len(column) - 1) for n, column in columns.items()})


def use_of(event: Epoch) -> MachineUse:
    """The use of the machine that the line of an epoch has."""
    return MachineUse(**{name: getattr(event, name) for name in NAMES})


def use_words(use: MachineUse, machine: Machine | None) -> dict[str, str]:
    """`process 1.9 of 2, machine 2.4 of 8 cores` for `CPU`, and the like for `memory` and `GPU`.

    What was not measured is left out.
    """
    words = {}
    if use.process_cpu is not None:
        usable, cores = (machine.usable_cores, machine.cores) if machine else (None, None)
        of_machine = "" if use.machine_cpu is None else f", machine {_of(use.machine_cpu, cores)}"
        words["CPU"] = f"process {_of(use.process_cpu, usable)}{of_machine} cores"
    if use.process_memory is not None:
        of_machine_memory = (
            "" if use.machine_memory is None else f", {_machine_memory(use, machine)}"
        )
        words["memory"] = f"process {gigabytes(use.process_memory)}{of_machine_memory}"
    gpu = _gpu_words(use, machine)
    return words | {"GPU": gpu} if gpu else words


def shares(machine: Machine | None) -> str:
    """The totals of the machine: cores, memory and GPU; "" when the log does not have them."""
    if machine is None:
        return ""
    cores_words = f"{machine.cores} cores"
    if machine.usable_cores < machine.cores:
        cores_words = f"{setting(machine.usable_cores)} of {machine.cores} cores for this run"
    if machine.memory_limit is None:
        memory = f"{gigabytes(machine.memory)} of memory"
    else:
        limit = gigabytes(machine.memory_limit)
        memory = f"{limit} of memory for its container or job, of {gigabytes(machine.memory)}"
    gpu = f" · {_gpu_name(machine)}" if machine.gpu else ""
    remark = f" · {clean(machine.remark)}" if machine.remark else ""
    return f"{cores_words} · {memory}{gpu}{remark}"


def machine_of(started: Started | None) -> Machine | None:
    """The machine that the run was last started on; None when the log does not have it."""
    return started.machine if started else None


def gigabytes(count: float | None) -> str:
    """`7.94 GB`; `–` for None."""
    return "–" if count is None else f"{number(count / _GIGABYTE)} GB"


def has_gpu(use: MachineUse) -> bool:
    """Whether anything of a GPU was measured."""
    values = msgspec.structs.asdict(use)
    return any(values[name] is not None for name in NAMES if name.startswith("gpu"))


def _of(value: float, total: float | None) -> str:
    return number(value) if total is None else f"{number(value)} of {setting(total)}"


def _machine_memory(use: MachineUse, machine: Machine | None) -> str:
    used = gigabytes(use.machine_memory)
    if machine is None:
        return f"machine {used}"
    if machine.memory_limit is not None:
        return f"its container or job {used} of {gigabytes(machine.memory_limit)}"
    return f"machine {used} of {gigabytes(machine.memory)}"


def _gpu_words(use: MachineUse, machine: Machine | None) -> str:
    words = []
    if use.gpu_use is not None:
        words.append(f"{100 * use.gpu_use:.0f} % at work")
    if use.gpu_memory is not None:
        total = machine.gpu_memory if machine else None
        of_total = "" if total is None else f" of {gigabytes(total)}"
        words.append(f"{gigabytes(use.gpu_memory)}{of_total}")
    if use.gpu_temperature is not None:
        words.append(f"{number(use.gpu_temperature)} °C")
    if use.gpu_power is not None:
        words.append(f"{number(use.gpu_power)} W")
    return ", ".join(words)


def _gpu_name(machine: Machine) -> str:
    memory = "" if machine.gpu_memory is None else f", {gigabytes(machine.gpu_memory)}"
    power = "" if machine.gpu_power_limit is None else f", {number(machine.gpu_power_limit)} W"
    return clean(machine.gpu) + memory + power
