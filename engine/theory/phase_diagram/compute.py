"""Asymptotic distance over the (J₀/J, 1/J) plane (paper, Fig. 1b), with one Gaussian matrix.

Two copies of the map x ← φ(W x) start 1e-4 apart in every coordinate; after T steps they have met
(order) or not (chaos). W = (J₀/N)·11ᵀ + (J/√N)·G serves every grid point with the same G, since
W x = J₀·mean(x)·1 + J·(G x)/√N: a step of both copies at many points is one matrix product.

ReLU is homogeneous of degree one, so its activity grows or dies out as a power of T. Both copies
are divided by their common norm at each step and its logarithm is carried along; without that,
float32 overflows into a false ordered region. For tanh, copies that have died out are set to 0
before they become subnormal numbers, which are slow.

Blocks of points are independent, so threads can share them (numpy releases the interpreter's
lock); the result does not depend on their number. That is faster than a BLAS with threads
of its own: set OPENBLAS_NUM_THREADS=1 (and MKL_NUM_THREADS=1) in the environment of the process
before it starts, and `workers` to the number of cores it may use.
"""

import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.theory.mean_field import boundary
from engine.theory.phase_diagram.file import (
    DiagramFileError,
    DiagramParameters,
    PhaseDiagram,
    cache_path,
    load,
    save,
)

__all__ = ["FLOOR", "asymptotic_log10_distance", "cached", "compute"]

# log10 of a distance that is 0 in float32: copies that have met have no finite logarithm.
FLOOR = -100.0

_APART = 1e-4
_BLOCK = 256  # points at once: 512 vectors and their images stay in the processor's cache
_CURVE_POINTS = 301
_DEAD = 1e-50  # squared norm

Block = NDArray[np.float32]
Progress = Callable[[float], object]


def cached(
    parameters: DiagramParameters,
    cache_dir: Path,
    progress: Progress | None = None,
    workers: int = 1,
) -> PhaseDiagram:
    """The diagram from the cache; else it is computed and cached. A damaged file is replaced."""
    path = cache_path(parameters, cache_dir)
    try:
        return load(path)
    except (FileNotFoundError, DiagramFileError):
        diagram = compute(parameters, progress, workers)
        save(diagram, path)
        return diagram


def compute(
    parameters: DiagramParameters, progress: Progress | None = None, workers: int = 1
) -> PhaseDiagram:
    """Compute the diagram. `progress` receives the fraction done, in the caller's thread.

    To cancel, raise in the caller's thread: from `progress`, or from a signal handler.
    """
    across, up = parameters.j0_over_j.values(), parameters.one_over_j.values()
    j = np.repeat(1.0 / up, across.size)
    j0 = np.tile(across, up.size) * j
    distance = asymptotic_log10_distance(
        j0,
        j,
        parameters.activation,
        n=parameters.n,
        steps=parameters.steps,
        seed=parameters.seed,
        progress=progress,
        workers=workers,
    )
    r = np.linspace(parameters.j0_over_j.start, parameters.j0_over_j.stop, _CURVE_POINTS)
    return PhaseDiagram(
        parameters=parameters,
        j0_over_j=across,
        one_over_j=up,
        log10_distance=distance.reshape(up.size, across.size),
        curve_r=r,
        curves=boundary(parameters.activation, r),
    )


def asymptotic_log10_distance(
    j0: NDArray[np.float64],
    j: NDArray[np.float64],
    activation: str,
    *,
    n: int,
    steps: int,
    seed: int,
    progress: Progress | None = None,
    workers: int = 1,
) -> Block:
    """log10 of the mean of ‖x − x′‖₂ over the last fifth of `steps`, at P points.

    j0, j: (P,).  Returns (P,) float32, finite; FLOOR where the copies have met.
    """
    random = np.random.default_rng(seed)
    g = random.standard_normal((n, n), dtype=np.float32) / np.float32(math.sqrt(n))
    start = random.standard_normal(n, dtype=np.float32)
    near = start + np.float32(_APART) * random.standard_normal(n, dtype=np.float32)
    parts = [slice(begin, begin + _BLOCK) for begin in range(0, j.size, _BLOCK)]
    result = np.empty(j.size, dtype=np.float32)
    cancelled = threading.Event()

    def work(part: slice) -> None:
        walk = _Walk(g, start, near, j0[part], j[part], activation)
        for step in range(steps):
            if cancelled.is_set():
                return
            walk.step()
            if step >= steps - max(1, steps // 5):
                walk.measure()
        result[part] = walk.log10_distance()

    with ThreadPoolExecutor(workers) as pool:
        pending = [pool.submit(work, part) for part in parts]
        try:
            for done, future in enumerate(as_completed(pending), start=1):
                future.result()
                if progress is not None:
                    progress(done / len(parts))
        except BaseException:
            cancelled.set()
            raise
    return result


class _Walk:
    """Both copies at up to _BLOCK points: rows 0..b−1 hold x, rows b..2b−1 hold x′."""

    def __init__(
        self,
        g: Block,
        start: Block,
        near: Block,
        j0: NDArray[np.float64],
        j: NDArray[np.float64],
        activation: str,
    ) -> None:
        self._points = j.size
        self._g = g
        self._relu = activation == "relu"
        self._j0 = np.tile(j0, 2).astype(np.float32)
        self._j = np.tile(j, 2).astype(np.float32)[:, None]
        self._x = np.repeat(np.stack([start, near]), j.size, axis=0)
        self._wx = np.empty_like(self._x)
        self._log_norm = np.zeros(j.size)  # log of the product of all divisors so far
        self._log_sum = np.full(j.size, -np.inf)
        self._measured = 0

    def step(self) -> None:
        """x ← φ(W x) for all rows."""
        mean = self._x.mean(axis=1)
        np.matmul(self._x, self._g.T, out=self._wx)
        self._wx *= self._j
        self._wx += (self._j0 * mean)[:, None]
        if self._relu:
            np.maximum(self._wx, 0.0, out=self._x)
        else:
            np.tanh(self._wx, out=self._x)
        square = np.einsum("ij,ij->i", self._x, self._x).reshape(2, -1).sum(axis=0)
        if self._relu:
            self._divide_by(np.sqrt(square))
        elif (dead := square < _DEAD).any():
            self._x[np.tile(dead, 2)] = 0.0

    def _divide_by(self, norm: Block) -> None:
        norm = np.where(norm > 0.0, norm, np.float32(1.0))
        self._log_norm += np.log(norm.astype(np.float64))
        self._x /= np.tile(norm, 2)[:, None]

    def measure(self) -> None:
        """Add the distance at this step to the mean."""
        apart = self._x[: self._points] - self._x[self._points :]
        distance = np.sqrt(np.einsum("ij,ij->i", apart, apart, dtype=np.float64))
        log = np.log(distance, out=np.full(self._points, -np.inf), where=distance > 0.0)
        self._log_sum = np.logaddexp(self._log_sum, log + self._log_norm)
        self._measured += 1

    def log10_distance(self) -> NDArray[np.float64]:
        return np.maximum((self._log_sum - math.log(self._measured)) / math.log(10.0), FLOOR)
