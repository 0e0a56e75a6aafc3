"""The number of CPU threads of a run, measured at its first start and stored with it."""

import math
import os
import time
from typing import Final

import torch

from engine.models.choice import model_of
from engine.models.model import TrainingData
from engine.models.paper.network import CLASSES
from engine.storage.hyperparameters import Hyperparameters
from engine.storage.step_size import effective_batch_size

WORTH: Final = 1.35
"""The speed-up over one thread that justifies more threads, which take a core from the screen."""
_SECONDS: Final = 0.6
_ROUNDS: Final = 5


def available() -> int:
    """CPU cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def candidates(cores: int) -> list[int]:
    """Numbers of threads to measure: powers of two that leave a core free, or 1 and 2 of two."""
    maximum = 2 if cores == 2 else cores - 1
    powers = [1 << power for power in range(8)]
    return [1] + [count for count in powers[1:] if count <= min(maximum, 16)]


def choose(rates: dict[int, float]) -> int:
    """The number of threads to use, given steps per second by number of threads.

    1 unless more threads are worth a core; among those, the fewest within 10 % of the fastest.
    """
    worth = {count: rate for count, rate in rates.items() if rate > WORTH * rates[1]}
    if not worth:
        return 1
    fastest = max(worth.values())
    return min(count for count, rate in worth.items() if rate >= 0.9 * fastest)


@torch.no_grad()
def measure(hyperparameters: Hyperparameters, train_size: int) -> dict[int, float]:
    """Training steps per second for each candidate, measured in turns within a second.

    The steps are those of the run itself, on weights of its own. Leaves the number of threads at 1.
    """
    model = model_of(hyperparameters, torch.device("cpu"))
    size = effective_batch_size(hyperparameters.batch_size, train_size)
    data = TrainingData(
        torch.rand(size, math.prod(hyperparameters.image_shape)), torch.eye(CLASSES)
    )
    work = model.work_for(data, size, hyperparameters)
    indices, labels = torch.arange(size), torch.zeros(size, dtype=torch.int64)
    log_p = torch.empty(CLASSES, size)
    counts = candidates(available())
    seconds: dict[int, list[float]] = {count: [] for count in counts}

    def step() -> float:
        begin = time.perf_counter()
        work(indices, labels, log_p)
        model.finish(hyperparameters)
        return time.perf_counter() - begin

    if len(counts) > 1:
        deadline = time.perf_counter() + _SECONDS
        share = _SECONDS / len(counts) / _ROUNDS
        while time.perf_counter() < deadline:
            for count in counts:
                torch.set_num_threads(count)
                step()
                until = time.perf_counter() + share
                while True:
                    seconds[count].append(step())
                    if time.perf_counter() > until:
                        break
    torch.set_num_threads(1)
    # The mean, not the median: occasional waits for a busy core are the cost of threads.
    return {count: len(times) / (sum(times) or 1.0) for count, times in seconds.items()}


def describe(count: int, rates: dict[int, float]) -> str:
    """A sentence with the chosen number of threads and the measured rates."""
    if len(rates) == 1:
        return "training with 1 thread, on the only core"
    measured = ", ".join(f"{n}: {rate:.0f}" for n, rate in sorted(rates.items()))
    noun = "thread" if count == 1 else "threads"
    return f"training with {count} {noun} (steps per second by threads: {measured})"
