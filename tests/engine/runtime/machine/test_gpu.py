"""The GPU of a run, by a stand-in for NVIDIA's library and for a torch that uses a GPU."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from engine.runtime.machine import gpu
from tests.support.fake_nvml import UUIDS, fake_nvml


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device file that the driver makes, and no choice of GPUs."""
    (tmp_path / "nvidiactl").touch()
    monkeypatch.setattr(gpu, "_DEVICES", (str(tmp_path / "nvidiactl"),))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def torch_on(number: int | None, uuid: str | None = None) -> ModuleType:
    """A torch that uses the GPU of that number; None: it has not begun to use any."""
    module = ModuleType("torch")
    vars(module)["cuda"] = SimpleNamespace(
        is_initialized=lambda: number is not None,
        current_device=lambda: number,
        get_device_properties=lambda _: SimpleNamespace(uuid=uuid),
    )
    return module


def found(monkeypatch: pytest.MonkeyPatch, nvml: ModuleType, torch: ModuleType) -> gpu.Gpus:
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    monkeypatch.setitem(sys.modules, "torch", torch)
    gpus, remark = gpu.find_gpus()
    assert gpus is not None
    assert remark == ""
    return gpus


@pytest.mark.usefixtures("driver")
def test_a_gpu_is_read_in_our_units_and_told_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    gpus = found(monkeypatch, fake_nvml(), torch_on(0))
    assert gpus.use() == {
        "gpu_use": 0.9, "gpu_memory": 5e9, "gpu_temperature": 61, "gpu_power": 412.345
    }  # fmt: skip
    assert gpus.described() == {
        "gpu": "NVIDIA H100", "gpu_memory": 8e10, "gpu_power_limit": 700.0
    }  # fmt: skip


@pytest.mark.usefixtures("driver")
@pytest.mark.parametrize(
    ("visible", "torch", "use"),
    [
        (None, torch_on(1), 0.89),
        ("1", torch_on(0), 0.89),
        ("GPU-bbbb,GPU-aaaa", torch_on(1), 0.9),
        (None, torch_on(0, uuid="bbbb"), 0.89),
    ],
)
def test_the_gpu_is_the_one_that_the_run_uses(
    visible: str | None, torch: ModuleType, use: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert found(monkeypatch, fake_nvml(), torch).use()["gpu_use"] == use
    assert len(UUIDS) == 2


@pytest.mark.usefixtures("driver")
def test_a_run_on_the_cpu_tells_nothing_of_a_gpu_that_others_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gpus = found(monkeypatch, fake_nvml(), torch_on(None))
    assert gpus.use() == {}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert gpus.described() == {}


@pytest.mark.usefixtures("driver")
def test_what_a_gpu_has_not_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = fake_nvml(lacks=("nvmlDeviceGetPowerUsage", "nvmlDeviceGetUtilizationRates"))
    use = found(monkeypatch, nvml, torch_on(0)).use()
    assert (use["gpu_use"], use["gpu_power"], use["gpu_temperature"]) == (None, None, 61)


@pytest.mark.usefixtures("driver")
def test_a_gpu_that_cannot_be_looked_at_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", fake_nvml(begins=False))
    gpus, remark = gpu.find_gpus()
    assert gpus is None
    assert "mismatch" in remark
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert "edgechaos-tui[gpu]" in gpu.find_gpus()[1]


def test_nothing_is_imported_on_a_machine_without_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "_DEVICES", (str(tmp_path / "nvidiactl"),))
    monkeypatch.setattr(gpu, "import_module", lambda name: pytest.fail(f"imports {name}"))
    assert gpu.find_gpus() == (None, "")
