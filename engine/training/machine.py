"""The device a run trains on, and the versions its results depend on."""

import importlib.metadata
import platform

import numpy as np
import torch


class NoDevice(RuntimeError):
    """The device that was asked for is not there; the message is a sentence for the user."""


def device_for(wish: str, before: str | None) -> torch.device:
    """The device for `wish` ("auto", "cpu", "cuda").

    before: what `started` said of the device when the run began, None at its first start; "auto"
    keeps to that kind, since equal logs are promised for equal kinds of device only.
    Raises NoDevice when there is no such device.
    """
    kind = wish
    if wish == "auto":
        found = "cuda" if torch.cuda.is_available() else "cpu"
        kind = before.split()[0] if before else found
    if kind == "cuda" and not torch.cuda.is_available():
        raise NoDevice("there is no CUDA device here; this run needs one, or --device cpu")
    return torch.device(kind)


def describe(device: torch.device) -> str:
    """`cpu`, or `cuda (its name)`."""
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    return device.type


def versions() -> dict[str, str]:
    """Versions of what computes the results, by name."""
    try:
        own = importlib.metadata.version("edgechaos-tui")
    except importlib.metadata.PackageNotFoundError:
        own = "not installed"
    return {
        "edgechaos-tui": own,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }
