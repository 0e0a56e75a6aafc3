"""The device a run trains on, and the versions its results depend on."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Final

import numpy as np
import torch

from engine.storage.errors import EdgeChaosError

_SWITCHES: Final = (
    "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "MKL_DEBUG_CPU_TYPE", "ATEN_CPU_CAPABILITY",
    "DNNL_MAX_CPU_ISA", "ONEDNN_MAX_CPU_ISA", "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES",
    "NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "CUBLAS_WORKSPACE_CONFIG",
)  # fmt: skip
"""Environment variables that change the last bits of a library's results."""


class DeviceError(EdgeChaosError):
    """The requested device is missing; the message is a sentence for the user."""


def device_for(requested: str, before: str | None) -> torch.device:
    """The device for `requested` ("auto", "cpu", "cuda").

    before: the device in the last `started`, None at the first start; "auto" keeps that kind, since
    equal logs are promised only for equal kinds of device.
    Raises DeviceError when there is no such device.
    """
    kind = requested
    if requested == "auto":
        available = "cuda" if torch.cuda.is_available() else "cpu"
        kind = before.split()[0] if before else available
    if kind == "cuda" and not torch.cuda.is_available():
        raise DeviceError("this machine has no CUDA device; train with --device cpu")
    return torch.device(kind)


def moved(before: str, device: torch.device) -> str:
    """A sentence when a run resumes on another kind of device than `before`, else ""."""
    if before.split()[:1] == [device.type]:
        return ""
    return f"continues on {describe(device)} instead of {before}: results differ in their last bits"


def describe(device: torch.device, runs: int = 1) -> str:
    """`cpu`, `cuda (its name)`, and with several runs in one process `cpu (3 runs together)`.

    Runs that step together differ in the last bits from a run alone, so the text names it.
    """
    details = [torch.cuda.get_device_name(device)] if device.type == "cuda" else []
    if runs > 1:
        details.append(f"{runs} runs together")
    return f"{device.type} ({', '.join(details)})" if details else device.type


def versions() -> dict[str, str]:
    """Library versions, their environment variables and the processor, by name.

    Libraries choose code by processor, with other last bits, and a virtual machine may resume on
    another processor under the same host name.
    """
    try:
        product = importlib.metadata.version("edgechaos-tui")
    except importlib.metadata.PackageNotFoundError:
        product = "not installed"
    switches = {name: os.environ[name] for name in _SWITCHES if name in os.environ}
    return switches | {
        "edgechaos-tui": product,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "processor": _processor(),
    }


def _processor() -> str:
    """The model as the system names it, and the instructions that torch uses on it."""
    capability = torch.backends.cpu.get_cpu_capability()
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.processor() or platform.machine()}, {capability}"
