"""The process of a training that writes its session: the first rank, and no child of it."""

import os
import sys
from typing import Final

_RANKS: Final = ("RANK", "SLURM_PROCID")


def is_first_rank() -> bool:
    """Whether this process is the one that writes. Calls nothing that other ranks wait for."""
    torch = sys.modules.get("torch")
    distributed = getattr(torch, "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return bool(distributed.get_rank() == 0)
    for name in _RANKS:
        rank = os.environ.get(name, "")
        if rank.isdigit():
            return int(rank) == 0
    return True
