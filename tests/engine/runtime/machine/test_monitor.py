"""Samples of this machine over time, and what is summed up of them."""

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.runtime.machine import MachineMonitor, monitor
from engine.runtime.machine.sampler import MachineSampler, Sample
from engine.storage.session.machine import Machine


class ScriptedSampler:
    """Takes its samples from a list; raises where there are none left."""

    def __init__(self, samples: list[Sample]) -> None:
        self.machine = Machine(cores=8, usable_cores=2.0, memory=10**10)
        self._samples: Iterator[Sample] = iter(samples)

    def sample(self) -> Sample:
        return next(self._samples)


FIRST = Sample(100.0, 10.0, 1000.0, 1e9, 4e9, {"gpu_use": 0.2, "gpu_temperature": 40})


def later(seconds: float, **changes: Any) -> Sample:
    """So many seconds after the first, 1.5 cores busy of the process and 3 of the machine."""
    sample = replace(
        FIRST,
        at=FIRST.at + seconds,
        process_seconds=FIRST.process_seconds + 1.5 * seconds,
        machine_seconds=FIRST.machine_seconds + 3 * seconds,
    )
    return replace(sample, **changes)


def begin(samples: list[Sample]) -> tuple[MachineMonitor, list[float]]:
    """A monitor of these samples, and a clock that the test sets."""
    now = [100.0]
    return MachineMonitor(lambda: ScriptedSampler(samples), lambda: now[0]), now


def test_it_samples_every_few_seconds_and_sums_up_since_the_last_line() -> None:
    samples = [
        FIRST,
        later(5, process_memory=3e9, gpu={"gpu_use": 0.4, "gpu_temperature": 70}),
        later(10, process_memory=2e9, gpu={"gpu_use": 0.8, "gpu_temperature": 60}),
        later(11, process_memory=1e9, gpu={}),
    ]
    looked, now = begin(samples)
    for second in range(1, 11):
        now[0] = 100.0 + second
        looked.look()
    assert looked.latest is not None
    assert looked.latest.process_memory == 2e9
    assert looked.summary() == {
        "process_cpu": 1.5, "machine_cpu": 3.0, "process_memory": 3e9, "machine_memory": 4e9,
        "gpu_use": 0.6, "gpu_temperature": 70,
    }  # fmt: skip
    now[0] = 110.5
    assert looked.summary() == {}
    now[0] = 111.0
    assert looked.summary()["process_memory"] == 1e9


def test_a_pause_counts_for_nothing() -> None:
    looked, now = begin([FIRST, later(1000, process_seconds=10.0), later(1005, process_seconds=20)])
    now[0] = 1100.0
    looked.restart()
    now[0] = 1105.0
    assert looked.summary()["process_cpu"] == 2.0


def test_a_fault_ends_the_measuring_and_nothing_else() -> None:
    looked, now = begin([FIRST])
    for second in (106.0, 112.0):
        now[0] = second
        looked.look()
        assert looked.summary() == {}

    def fails() -> MachineSampler:
        raise OSError("no /proc here")

    blind = MachineMonitor(fails)
    blind.look()
    assert blind.summary() == {}
    assert blind.machine is None


def _work(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_this_machine_is_measured_with_the_work_of_its_children(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(monitor, "_LEAST", 0.0)
    looked = MachineMonitor()
    machine = looked.machine
    assert machine is not None
    assert 0 < machine.usable_cores <= machine.cores
    begin = time.monotonic()
    _work(0.3)
    child = multiprocessing.get_context("spawn").Process(target=_work, args=(0.3,))
    child.start()
    child.join()
    duration = time.monotonic() - begin
    use = looked.summary()
    assert use["process_cpu"] * duration > 0.5
    assert use["machine_cpu"] >= 0.5 * use["process_cpu"]
    assert 1e6 < use["process_memory"] < machine.memory
    assert 1e6 < use["machine_memory"] <= machine.memory
    assert not any(name.startswith("gpu") for name in use)


def test_a_sample_costs_little() -> None:
    sampler = MachineSampler()
    sampler.sample()
    times = []
    for _ in range(20):
        begin = time.process_time()
        sampler.sample()
        times.append(time.process_time() - begin)
    # Half a millisecond on an idle machine; once in five seconds.
    assert sorted(times)[10] < 0.01
