"""Steps of one shape, recorded once as a CUDA graph and replayed.

A step of a small network is some twenty kernels of a few microseconds each, and launching one takes
longer than that. A graph launches all of them at once.
"""

from collections.abc import Callable
from typing import Final

import torch

from engine.models.model import Work

Record = Callable[[Callable[[], None]], Callable[[], None]]
"""Makes a function that repeats some work, without doing the work itself."""

_WARM_UP: Final = 3
"""Calls without a graph, in which the libraries initialize themselves."""


def cuda_graph(work: Callable[[], None]) -> Callable[[], None]:
    """`work` as a CUDA graph. It must allocate nothing, and use only tensors that stay in place."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


class GraphedStep:
    """Replays `work` for batches of one size. Other tensors that it uses must stay in place."""

    def __init__(self, work: Work, record: Record = cuda_graph) -> None:
        self._work = work
        self._record = record
        self._calls = 0
        self._arguments: tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None = None
        self._replay: Callable[[], None] = _do_nothing

    def __call__(self, indices: torch.Tensor, labels: torch.Tensor, log_p: torch.Tensor) -> None:
        """Run `work` with copies of `indices` and `labels`, and copy its log p into `log_p`."""
        if self._calls < _WARM_UP:
            self._calls += 1
            self._work(indices, labels, log_p)
            return
        if self._arguments is None:
            arguments = self._arguments = indices.clone(), labels.clone(), torch.empty_like(log_p)
            self._replay = self._record(lambda: self._work(*arguments))
        self._arguments[0].copy_(indices)
        self._arguments[1].copy_(labels)
        self._replay()
        log_p.copy_(self._arguments[2])


def _do_nothing() -> None:
    """Nothing: there is no recorded graph yet."""
