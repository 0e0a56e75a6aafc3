"""CPU, memory and GPU of a run's process and of its machine, sampled while it trains."""

from engine.runtime.machine.monitor import MachineMonitor

__all__ = ["MachineMonitor"]
