"""The process of a training that writes its session: the first rank, and no child of it."""

import multiprocessing
import os
import sys
from typing import Final

_RANKS: Final = ("RANK", "SLURM_PROCID")


def is_first_rank() -> bool:
    """Whether this process is the one that writes. Calls nothing that other ranks wait for."""
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
    """Whether this is a worker of a data loader, or a process that is being spawned and runs its
    program's main module again, up to where that asks whether it is the main one."""
    data = sys.modules.get("torch.utils.data")
    if data is not None and data.get_worker_info() is not None:
        return True
    # As `multiprocessing` itself knows it, to refuse that such a process starts others.
    return bool(getattr(multiprocessing.current_process(), "_inheriting", False))
