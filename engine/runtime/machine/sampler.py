"""The sampler of the machine: its counters and values at one time."""

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.runtime.machine.cgroup import Cgroup, MemoryLimit
from engine.runtime.machine.gpu import find_gpus
from engine.storage.session.machine import Machine


@dataclass(frozen=True)
class Sample:
    """at: seconds, monotonic. process_seconds, machine_seconds: CPU time used since the start of
    the process and of the machine; memory in bytes; gpu: values of `MachineUse`."""

    at: float
    process_seconds: float
    machine_seconds: float
    process_memory: float
    machine_memory: float
    gpu: dict[str, float | None] = field(default_factory=dict)


class MachineSampler:
    """Samples this process, its children and the machine by psutil, whose exceptions it raises.

    machine: its cores, memory and GPU.
    """

    def __init__(self) -> None:
        # Imported here, so that programs that never sample do not load it.
        import psutil

        self._psutil: Any = psutil
        self._process = psutil.Process()
        self._children: dict[int, Any] = {}
        cgroup = Cgroup()
        memory = psutil.virtual_memory().total
        limit = cgroup.memory_limit()
        self._limit: MemoryLimit | None = limit if limit and limit.limit < memory else None
        self._gpus, remark = find_gpus()
        cores = os.cpu_count() or 1
        self.machine = Machine(
            cores=cores,
            usable_cores=_usable_cores(cores, cgroup.cores()),
            memory=memory,
            memory_limit=self._limit.limit if self._limit else None,
            remark=remark,
            **(self._gpus.described() if self._gpus else {}),
        )

    def sample(self) -> Sample:
        """Sample the machine now. Takes 0.5 ms, and a few more with a GPU."""
        own = self._process.cpu_times()
        # The time of ended children is counted by the parent.
        seconds = own.user + own.system + own.children_user + own.children_system
        memory = self._process.memory_info().rss
        for child in self._running_children():
            try:
                times = child.cpu_times()
                memory += child.memory_info().rss
                seconds += times.user + times.system
            except self._psutil.Error:
                self._children.pop(child.pid, None)
        machine_times = self._psutil.cpu_times()
        idle = machine_times.idle + getattr(machine_times, "iowait", 0.0)
        # On Linux, the time of guests is already part of the user's time.
        guests = getattr(machine_times, "guest", 0.0) + getattr(machine_times, "guest_nice", 0.0)
        return Sample(
            at=time.monotonic(),
            process_seconds=seconds,
            machine_seconds=sum(machine_times) - idle - guests,
            process_memory=memory,
            machine_memory=self._machine_memory(),
            gpu=self._gpus.use() if self._gpus else {},
        )

    def _machine_memory(self) -> float:
        used = self._limit.used() if self._limit else None
        if used is None:
            memory = self._psutil.virtual_memory()
            used = memory.total - memory.available
        return used

    def _running_children(self) -> list[Any]:
        """The processes that this one started, such as workers of a data loader.

        On Linux, those started by the main thread and by this one. psutil would read the list of
        all processes, which takes tens of milliseconds on a large machine."""
        pids: set[int] = set()
        for thread in {self._process.pid, threading.get_native_id()}:
            try:
                children = Path(f"/proc/self/task/{thread}/children").read_text(encoding="ascii")
            except (OSError, ValueError):
                continue
            pids.update(map(int, children.split()))
        for ended in self._children.keys() - pids:
            del self._children[ended]
        for new in pids - self._children.keys():
            try:
                self._children[new] = self._psutil.Process(new)
            except self._psutil.Error:
                continue
        return list(self._children.values())


def _usable_cores(cores: int, quota: float | None) -> float:
    """Of `cores`, those that the process may use by its affinity and its container's `quota`."""
    allowed = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores)
    return allowed if quota is None else min(allowed, quota)
