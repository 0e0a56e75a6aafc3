"""The machine of a run: its limits for the run's process, and its use."""

import msgspec


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """The cores, memory and GPU, and how much of them the run's process may use.

    cores: of the machine; usable_cores: of these for the process, by its affinity and the limit of
    its container or job; memory: bytes of the machine; memory_limit: bytes of that container or
    job, None without a limit. gpu: name of the NVIDIA GPU, "" where none is measured; gpu_memory:
    its bytes; gpu_power_limit: W. remark: why an existing GPU is not measured.
    """

    cores: int
    usable_cores: float
    memory: int
    memory_limit: int | None = None
    gpu: str = ""
    gpu_memory: int | None = None
    gpu_power_limit: float | None = None
    remark: str = ""


class MachineUse(msgspec.Struct, frozen=True, kw_only=True):
    """The use of the machine, by the names of `engine.storage.metrics`; None: not measured.

    process_…: of the run's process and its children, such as workers of a data loader. CPU in cores
    kept busy, memory in bytes; machine_memory of the container or job where that has a limit.
    gpu_use: fraction of the time in which the GPU was at work; gpu_memory in bytes, temperature in
    °C, power in W.
    """

    process_cpu: float | None = None
    process_memory: float | None = None
    machine_cpu: float | None = None
    machine_memory: float | None = None
    gpu_use: float | None = None
    gpu_memory: float | None = None
    gpu_temperature: float | None = None
    gpu_power: float | None = None
