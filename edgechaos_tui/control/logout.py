"""Reasons why a run may end at logout, and ways to prevent that.

A process in its own process session survives a closed terminal. Two things still end it:
systemd-logind with KillUserProcesses=yes, and a batch system that cleans up after a job.
"""

import configparser
import getpass
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_LOGIND = ("etc/systemd/logind.conf", "run/systemd/logind.conf", "usr/lib/systemd/logind.conf")


@dataclass(frozen=True)
class Logout:
    """prefix: put before the engine's command so that it survives; warning: one line, or ""."""

    prefix: tuple[str, ...] = ()
    warning: str = ""


def foresee(environment: Mapping[str, str], root: Path = Path("/")) -> Logout:
    """The effect of logging out on a process started now. root: the root of the system's files."""
    job = environment.get("SLURM_JOB_ID")
    if job:
        return Logout(
            warning=f"This run ends with Slurm job {job}; ask for enough time, "
            "and resume it in another job with `edgechaos-tui resume`."
        )
    if not _logind_kills(root) or not environment.get("XDG_SESSION_ID"):
        return Logout()
    if _lingers(environment, root) and shutil.which("systemd-run"):
        return Logout(prefix=("systemd-run", "--user", "--scope", "--quiet", "--collect", "--"))
    return Logout(
        warning="This machine ends all your processes at logout (KillUserProcesses=yes); "
        "run `loginctl enable-linger` once to let runs continue."
    )


def _lingers(environment: Mapping[str, str], root: Path) -> bool:
    user = environment.get("USER") or _account()
    return user != "" and os.path.exists(root / "var/lib/systemd/linger" / user)


def _account() -> str:
    """The name of this account; "" if the system has none (a bare number in a container)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _logind_kills(root: Path) -> bool:
    """Whether logind's configuration says KillUserProcesses=yes, drop-in files last."""
    value = "no"
    for path in _logind_files(root):
        value = _read_setting(path) or value
    return value.lower() in ("yes", "true", "1", "on")


def _logind_files(root: Path) -> list[Path]:
    mains = [root / name for name in reversed(_LOGIND)]
    drop_ins = [
        file
        for name in reversed(_LOGIND)
        for file in sorted((root / f"{name}.d").glob("*.conf"))
        if os.access(file, os.R_OK)
    ]
    return [path for path in mains if os.access(path, os.R_OK)] + drop_ins


def _read_setting(path: Path) -> str | None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError):
        return None
    return parser.get("Login", "KillUserProcesses", fallback=None)
