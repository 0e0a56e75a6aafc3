"""What a fresh interpreter drags in: the screen must stay light (design.md)."""

import subprocess
import sys
from pathlib import Path

import pytest

FIRST_PAINT = """
import asyncio, sys
from pathlib import Path
from edgechaos_tui import cli
from edgechaos_tui.app import EdgeChaosApp

async def main():
    async with EdgeChaosApp(Path(sys.argv[1])).run_test() as pilot:
        await pilot.pause()

asyncio.run(main())
print(*sys.modules)
"""


def _modules(code: str, *arguments: str) -> set[str]:
    command = [sys.executable, "-c", code, *arguments]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_the_first_paint_imports_nothing_heavy(sessions_root: Path) -> None:
    modules = _modules(FIRST_PAINT, str(sessions_root))
    assert "textual.app" in modules
    assert not {"torch", "torchvision", "scipy", "numpy", "matplotlib"} & modules


def test_the_run_screen_imports_neither_torch_nor_scipy() -> None:
    modules = _modules("import sys, edgechaos_tui.screens.run; print(*sys.modules)")
    assert "numpy" in modules
    assert not {"torch", "torchvision", "scipy"} & modules


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("engine.record.session", {"torch", "numpy", "scipy", "textual", "rich"}),
        ("engine.record.status", {"torch", "numpy", "scipy", "textual", "rich"}),
        ("edgechaos_tui.core.run_state", {"torch", "scipy", "textual"}),
        ("edgechaos_tui.core.library", {"torch", "scipy", "numpy", "textual"}),
        ("edgechaos_tui.paper.figure", {"torch", "scipy", "textual", "matplotlib"}),
        ("engine.theory.mean_field", {"torch", "textual"}),
    ],
)
def test_each_room_stays_on_its_side(package: str, forbidden: set[str]) -> None:
    modules = _modules(f"import sys, {package}; print(*sys.modules)")
    assert not forbidden & modules
