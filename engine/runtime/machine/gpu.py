"""The NVIDIA GPU of a run, read through NVIDIA's management library (the extra `gpu`)."""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

_DEVICES: Final = ("/dev/nvidiactl", "/dev/dxg")
"""The driver's devices, the second in Windows' subsystem for Linux."""
_MISSING: Final = (
    "the NVIDIA GPU is not measured; pip install 'edgechaos-tui[gpu]' would measure it"
)

_Value = TypeVar("_Value")


def find_gpus() -> "tuple[Gpus | None, str]":
    """The GPUs, or None with a remark if there is one that cannot be measured.

    Nothing is imported on a machine without a GPU.
    """
    if not any(Path(device).exists() for device in _DEVICES):
        return None, ""
    try:
        nvml = import_module("pynvml")
    except ImportError:
        return None, _MISSING
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        return None, f"the NVIDIA GPU cannot be measured: {error}"
    return Gpus(nvml), ""


class Gpus:
    """The GPUs of the machine by `nvml`, the module pynvml."""

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        self._handles: dict[str | int, Any] = {}

    def use(self) -> dict[str, float | None]:
        """The GPU's values of `MachineUse`: shares, bytes, °C, W; {} while the run uses no GPU."""
        handle = self._handle(_device_in_use())
        if handle is None:
            return {}
        nvml = self._nvml
        rates = self._query(lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        power = self._query(lambda: nvml.nvmlDeviceGetPowerUsage(handle))
        return {
            "gpu_use": None if rates is None else rates / 100,
            "gpu_memory": self._query(lambda: nvml.nvmlDeviceGetMemoryInfo(handle).used),
            "gpu_temperature": self._query(
                lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)
            ),
            "gpu_power": None if power is None else power / 1000,
        }

    def described(self) -> dict[str, Any]:
        """Values of `Machine` (bytes, W) of the GPU that the run uses or will use."""
        handle = self._handle(_device_in_use() or _first_visible())
        if handle is None:
            return {}
        nvml = self._nvml
        limit = self._query(lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(handle))
        name = self._query(lambda: nvml.nvmlDeviceGetName(handle))
        return {
            "gpu": name.decode(errors="replace") if isinstance(name, bytes) else name or "GPU",
            "gpu_memory": self._query(lambda: nvml.nvmlDeviceGetMemoryInfo(handle).total),
            "gpu_power_limit": None if limit is None else limit / 1000,
        }

    def _handle(self, device: str | int | None) -> Any:
        if device is None:
            return None
        if device not in self._handles:
            by_name = isinstance(device, str)
            nvml = self._nvml
            find = nvml.nvmlDeviceGetHandleByUUID if by_name else nvml.nvmlDeviceGetHandleByIndex
            self._handles[device] = self._query(lambda: find(device))
        return self._handles[device]

    def _query(self, query: Callable[[], _Value]) -> _Value | None:
        """The result of `query`; None where this GPU or its driver has none."""
        try:
            return query()
        except self._nvml.NVMLError:
            return None


def _device_in_use() -> str | int | None:
    """The GPU that this process uses, by UUID or number; None while it uses none.

    PyTorch is asked only after it has begun to use a GPU, because asking would begin it.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return _first_visible() if {"tensorflow", "jax"} & sys.modules.keys() else None
    cuda = getattr(torch, "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return None
    number = int(cuda.current_device())
    uuid = getattr(cuda.get_device_properties(number), "uuid", None)
    return f"GPU-{uuid}" if uuid else _visible(number)


def _first_visible() -> str | int | None:
    return _visible(0)


def _visible(number: int) -> str | int | None:
    """The GPU that the process counts as `number`, by CUDA_VISIBLE_DEVICES."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return number
    names = [name.strip() for name in visible.split(",")]
    if number >= len(names) or names[number] in ("", "-1"):
        return None
    return int(names[number]) if names[number].isdigit() else names[number]
