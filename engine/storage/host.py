"""This machine: its name, its boot id, and the cores that this process may use."""

import os
import platform
from pathlib import Path


def host_name() -> str:
    """The name of this machine, without its domain."""
    return platform.node().split(".")[0] or "unknown"


def boot_id() -> str:
    """An id that changes with each boot; empty where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
