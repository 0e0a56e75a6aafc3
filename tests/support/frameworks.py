"""Frameworks that are tested with where they are installed."""

import importlib
import sys
import types
from typing import Any

import pytest


def framework(name: str) -> Any:
    """The module `name`; skips the whole test module where it is not installed."""
    pytest.importorskip("torch")
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError):
        # A torchvision beside another torch: its operators, which nobody needs here, are missing.
        for part in [part for part in sys.modules if part.partition(".")[0] == "torchvision"]:
            del sys.modules[part]
        missing = "torchvision._meta_registrations"
        sys.modules[missing] = types.ModuleType(missing)
    return pytest.importorskip(name, reason=f"{name} is not installed")
