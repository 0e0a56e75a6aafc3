"""Which machine this is, and which of its boots: to tell a reboot from a run on another host."""

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
