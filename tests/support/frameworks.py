"""Frameworks that are tested with where they are installed."""

import importlib
import importlib.util
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest


def framework(name: str) -> Any:
    """The module `name`; skips the whole test module where it is not installed."""
    # Asked first: torchvision takes seconds to import, in each process of the tests.
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        pytest.skip(f"{name} is not installed", allow_module_level=True)
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError):
        # A torchvision beside another torch: its operators, which nobody needs here, are missing.
        for part in [part for part in sys.modules if part.partition(".")[0] == "torchvision"]:
            del sys.modules[part]
        missing = "torchvision._meta_registrations"
        sys.modules[missing] = types.ModuleType(missing)
    return importlib.import_module(name)


def run_program(text: str, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of a user's in a process of its own, with `folder` and `arguments`.

    It imports frameworks by `framework`, for the sake of machines with another torchvision.
    """
    program = folder / "program.py"
    program.write_text(text)
    here = str(Path(__file__).parents[2])
    paths = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, str(program), str(folder), *arguments],
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
