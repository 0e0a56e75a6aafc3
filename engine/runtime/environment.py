"""Before torch is imported: no library may change the number of threads by itself."""

import os


def hold_threads() -> None:
    """The number is stored with the run and decides its last bits. Read when torch is imported."""
    os.environ["MKL_DYNAMIC"] = "FALSE"
    os.environ["OMP_DYNAMIC"] = "FALSE"
