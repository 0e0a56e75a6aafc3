"""The test for the one process of a training that writes its session: the first rank."""

import multiprocessing
import os
import sys
from typing import Final

_RANKS: Final = ("RANK", "SLURM_PROCID")


def is_first_rank() -> bool:
    """Whether this process writes the session. Calls nothing that waits for other ranks."""
    if _is_worker():
        return False
    torch = sys.modules.get("torch")
    distributed = getattr(torch, "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return bool(distributed.get_rank() == 0)
    for name in _RANKS:
        rank = os.environ.get(name, "")
        if rank.isdigit():
            return int(rank) == 0
    return True


def _is_worker() -> bool:
    """Whether this is a worker of a data loader, or a spawned process that still imports the
    program's main module."""
    data = sys.modules.get("torch.utils.data")
    if data is not None and data.get_worker_info() is not None:
        return True
    # `multiprocessing` sets this to refuse that such a process starts others.
    return bool(getattr(multiprocessing.current_process(), "_inheriting", False))
