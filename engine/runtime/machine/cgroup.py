"""The limits of a container or of a job of Slurm: cgroups of Linux, both versions.

In a container the machine's own numbers mislead: a job with 2 of 64 cores and 8 of 512 GB sees all
of them in /proc.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_UNLIMITED: Final = 2**60
"""Bytes; version 1 gives such a number where there is no limit, more than any machine has."""


@dataclass(frozen=True)
class MemoryLimit:
    """The least limit of the groups that the process is in. limit: bytes; folder: the group's."""

    limit: int
    folder: Path

    def used(self) -> int | None:
        """Bytes in use by all of the group, without the cache of files that can be dropped."""
        for current, cache in _MEMORY_USED:
            used = _number(self.folder / current)
            if used is not None:
                return max(used - _in_stat(self.folder / "memory.stat", cache), 0)
        return None


_MEMORY_USED: Final = (
    ("memory.current", "inactive_file"),
    ("memory.usage_in_bytes", "total_inactive_file"),
)
_MEMORY_LIMITS: Final = ("memory.max", "memory.limit_in_bytes")


class Cgroup:
    """The groups of this process. root: where they are mounted; own: which they are."""

    def __init__(
        self, root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")
    ) -> None:
        self._root = root
        self._own = own

    def memory_limit(self) -> MemoryLimit | None:
        """The limit of memory; None without one."""
        limits = [
            MemoryLimit(value, folder)
            for folder in self._folders("memory")
            for name in _MEMORY_LIMITS
            if (value := _number(folder / name)) is not None and value < _UNLIMITED
        ]
        return min(limits, key=lambda found: found.limit, default=None)

    def cores(self) -> float | None:
        """The limit of CPU time a second, in cores; None without one."""
        quotas = [_quota(folder) for folder in self._folders("cpu")]
        return min((quota for quota in quotas if quota is not None), default=None)

    def _folders(self, controller: str) -> Iterator[Path]:
        """The group of the process and all above it, as they are seen from here."""
        try:
            lines = self._own.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return
        for line in lines:
            _, names, path = [*line.split(":", 2), "", ""][:3]
            if names and controller not in names.split(","):
                continue
            top = self._root / names if names else self._root
            if names and not top.is_dir():
                top = self._root / controller
            inside = top / path.lstrip("/")
            yield inside
            # In a container the path is that of the host, and the mount is the group itself.
            yield from (folder for folder in inside.parents if folder.is_relative_to(top))


def _quota(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        pass
    allowed, each = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
    return allowed / each if allowed and allowed > 0 and each else None


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _in_stat(path: Path, name: str) -> int:
    try:
        for line in path.read_text(encoding="ascii").splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    except (OSError, ValueError):
        pass
    return 0
