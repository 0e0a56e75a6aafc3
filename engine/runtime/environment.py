"""Environment variables to set before torch is imported."""

import os


def hold_threads() -> None:
    """Keep libraries from changing the number of threads, on which the last bits depend."""
    os.environ["MKL_DYNAMIC"] = "FALSE"
    os.environ["OMP_DYNAMIC"] = "FALSE"
