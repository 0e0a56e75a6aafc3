"""A module like pynvml, for machines without an NVIDIA GPU: two of them, and their faults."""

from types import ModuleType, SimpleNamespace
from typing import Any

UUIDS = ("GPU-aaaa", "GPU-bbbb")


class NVMLError(Exception):
    """What pynvml raises."""


def fake_nvml(*, begins: bool = True, lacks: tuple[str, ...] = ()) -> ModuleType:
    """begins: whether the driver answers at all; lacks: functions that this GPU does not have."""

    def init() -> None:
        if not begins:
            raise NVMLError("Driver/library version mismatch")

    def by_uuid(uuid: str) -> int:
        if uuid not in UUIDS:
            raise NVMLError("Not Found")
        return UUIDS.index(uuid)

    answers: dict[str, Any] = {
        "nvmlDeviceGetUtilizationRates": lambda gpu: SimpleNamespace(gpu=90 - gpu),
        "nvmlDeviceGetMemoryInfo": lambda gpu: SimpleNamespace(used=5 * 10**9, total=8 * 10**10),
        "nvmlDeviceGetTemperature": lambda gpu, sensor: 61,
        "nvmlDeviceGetPowerUsage": lambda gpu: 412_345,
        "nvmlDeviceGetEnforcedPowerLimit": lambda gpu: 700_000,
        "nvmlDeviceGetName": lambda gpu: b"NVIDIA H100",
    }

    def missing(*_: object) -> None:
        raise NVMLError("Not Supported")

    module = ModuleType("pynvml")
    vars(module).update(
        {
            **answers,
            **dict.fromkeys(lacks, missing),
            "NVMLError": NVMLError,
            "NVML_TEMPERATURE_GPU": 0,
            "nvmlInit": init,
            "nvmlDeviceGetHandleByIndex": int,
            "nvmlDeviceGetHandleByUUID": by_uuid,
        }
    )
    return module
