"""The monitor of the machine, which samples every few seconds between two batches.

It is not a thread: Python warns of a program with threads that forks workers for its data, and such
a program may hang; a thread would also disturb the training more.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from engine.runtime.machine.sampler import MachineSampler, Sample
from engine.storage.session.machine import Machine, MachineUse

_EVERY: Final = 5.0
"""Seconds between two samples."""
_LEAST: Final = 1.0
"""Seconds between two samples where a line is logged, which needs a summary."""
_MEANS: Final = ("gpu_use", "gpu_power")
_MAXIMA: Final = ("gpu_memory", "gpu_temperature")


class Sampler(Protocol):
    """Samples the machine. Any exception ends the sampling."""

    machine: Machine

    def sample(self) -> Sample:
        """The machine as it is now."""
        ...


class MachineMonitor:
    """Samples at calls of `look`, and summarizes the samples since the last summary.

    After a fault it measures nothing more, and raises nothing. latest: the use between the last two
    samples.
    """

    def __init__(
        self,
        make: Callable[[], Sampler] = MachineSampler,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._due = 0.0
        self._sampler: Sampler | None = None
        # The last sample before the current summary, then those of the summary.
        self._samples: list[Sample] = []
        self.latest: MachineUse | None = None
        try:
            self._sampler = make()
        except Exception:  # noqa: BLE001 - psutil may lack anything on a strange system
            return
        self.restart()

    @property
    def machine(self) -> Machine | None:
        """The machine's cores, memory and GPU; None where it cannot be sampled."""
        return self._sampler.machine if self._sampler else None

    def look(self) -> None:
        """Take a sample if one is due. Called between two batches; costs nothing otherwise."""
        if self._clock() >= self._due:
            self._sample()

    def summary(self) -> dict[str, float]:
        """The use since the last summary, by the names of `MachineUse`; {} within a second of it.

        CPU, use and power of a GPU are means, the others maxima."""
        if self._clock() >= self._due - _EVERY + _LEAST:
            self._sample()
        if len(self._samples) < 2:
            return {}
        use = _use(self._samples)
        self._samples = self._samples[-1:]
        return {name: value for name, value in _items(use) if value is not None}

    def restart(self) -> None:
        """Begin the summary anew after a pause, which was not training."""
        self._samples.clear()
        self._sample()

    def _sample(self) -> None:
        self._due = self._clock() + _EVERY
        if self._sampler is None:
            return
        try:
            self._samples.append(self._sampler.sample())
        except Exception:  # noqa: BLE001 - as above: the training continues
            self._sampler = None
            return
        if len(self._samples) > 1:
            self.latest = _use(self._samples[-2:])


def _use(samples: Sequence[Sample]) -> MachineUse:
    """The use from the first of two or more samples to the last."""
    first, *counted = samples
    last_sample = counted[-1]
    seconds = max(last_sample.at - first.at, 1e-3)
    gpu = {name: _aggregate(counted, name) for name in (*_MEANS, *_MAXIMA)}
    return MachineUse(
        process_cpu=_rate(first.process_seconds, last_sample.process_seconds, seconds),
        machine_cpu=_rate(first.machine_seconds, last_sample.machine_seconds, seconds),
        process_memory=max(sample.process_memory for sample in counted),
        machine_memory=max(sample.machine_memory for sample in counted),
        **gpu,
    )


def _rate(before: float, after: float, seconds: float) -> float:
    """CPU seconds per second, to a hundredth of a core."""
    return round(max(after - before, 0.0) / seconds, 2)


def _aggregate(samples: Sequence[Sample], name: str) -> float | None:
    """The mean or the maximum of a value of the GPU; None where it was not measured."""
    values = [value for sample in samples if (value := sample.gpu.get(name)) is not None]
    if not values:
        return None
    return round(sum(values) / len(values), 3) if name in _MEANS else max(values)


def _items(use: MachineUse) -> list[tuple[str, float | None]]:
    return [(name, getattr(use, name)) for name in use.__struct_fields__]
