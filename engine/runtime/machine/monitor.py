"""Samples of the machine over a run: every few seconds, between two batches.

Not in a thread: a program with threads that forks workers for its data is warned of by Python, and
may hang; and what wakes beside a training disturbs it more than what takes its turn.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from engine.runtime.machine.sampler import MachineSampler, Sample
from engine.storage.session.machine import Machine, MachineUse

_EVERY: Final = 5.0
"""Seconds between two samples."""
_LEAST: Final = 1.0
"""Seconds between them where a line is logged, which is to have a summary."""
_MEANS: Final = ("gpu_use", "gpu_power")
_HIGHEST: Final = ("gpu_memory", "gpu_temperature")


class Sampler(Protocol):
    """What samples the machine; may raise anything, and is then asked no more."""

    machine: Machine

    def sample(self) -> Sample:
        """The machine as it is now."""
        ...


class MachineMonitor:
    """Samples when it is looked at, and sums up what was sampled since the last summary.

    A fault of it is nobody's concern: it then measures nothing. machine: None where nothing can be
    told; latest: what was in use between the last two samples.
    """

    def __init__(
        self,
        make: Callable[[], Sampler] = MachineSampler,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._due = 0.0
        self._sampler: Sampler | None = None
        # The last sample before those that count, then these.
        self._samples: list[Sample] = []
        self.latest: MachineUse | None = None
        try:
            self._sampler = make()
        except Exception:  # noqa: BLE001 - psutil may lack anything on a strange system
            return
        self.restart()

    @property
    def machine(self) -> Machine | None:
        """What there is of the machine; None where nothing can be told."""
        return self._sampler.machine if self._sampler else None

    def look(self) -> None:
        """Sample where one is due; to be called between two batches, at no cost where it is not."""
        if self._clock() >= self._due:
            self._sample()

    def summary(self) -> dict[str, float]:
        """What was in use since the last summary, by the names of `MachineUse`: CPU, use and power
        of a GPU as means, the others at their highest. {} where less than a second has passed."""
        if self._clock() >= self._due - _EVERY + _LEAST:
            self._sample()
        if len(self._samples) < 2:
            return {}
        use = _use(self._samples)
        self._samples = self._samples[-1:]
        return {name: value for name, value in _told(use) if value is not None}

    def restart(self) -> None:
        """Count from now on: what came before, a pause, was no training."""
        self._samples.clear()
        self._sample()

    def _sample(self) -> None:
        self._due = self._clock() + _EVERY
        if self._sampler is None:
            return
        try:
            self._samples.append(self._sampler.sample())
        except Exception:  # noqa: BLE001 - as above: the training goes on
            self._sampler = None
            return
        if len(self._samples) > 1:
            self.latest = _use(self._samples[-2:])


def _use(samples: Sequence[Sample]) -> MachineUse:
    """What was in use from the first of the samples, two at least, to the last."""
    first, *counted = samples
    last = counted[-1]
    seconds = max(last.at - first.at, 1e-3)
    gpu = {name: _over(counted, name) for name in (*_MEANS, *_HIGHEST)}
    return MachineUse(
        process_cpu=_rate(first.process_seconds, last.process_seconds, seconds),
        machine_cpu=_rate(first.machine_seconds, last.machine_seconds, seconds),
        process_memory=max(sample.process_memory for sample in counted),
        machine_memory=max(sample.machine_memory for sample in counted),
        **gpu,
    )


def _rate(before: float, after: float, seconds: float) -> float:
    """CPU time a second, to a hundredth of a core."""
    return round(max(after - before, 0.0) / seconds, 2)


def _over(samples: Sequence[Sample], name: str) -> float | None:
    """The mean or the highest of a value of the GPU; None where it was not measured."""
    values = [value for sample in samples if (value := sample.gpu.get(name)) is not None]
    if not values:
        return None
    return round(sum(values) / len(values), 3) if name in _MEANS else max(values)


def _told(use: MachineUse) -> list[tuple[str, float | None]]:
    return [(name, getattr(use, name)) for name in use.__struct_fields__]
