"""The imports of a fresh interpreter, which must stay light."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.library_samples import write_session

FIRST_PAINT = """
import asyncio, sys
from pathlib import Path
from edgechaos_tui.cli import main
from edgechaos_tui.app import EdgeChaosApp

async def main():
    async with EdgeChaosApp(Path(sys.argv[1])).run_test() as pilot:
        await pilot.pause()

asyncio.run(main())
print(*sys.modules)
"""


BEFORE_THE_FIRST_PAINT = """
import asyncio, sys
from pathlib import Path
from edgechaos_tui import open as open_app
from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.screens.library.screen import LibraryScreen

# Called when the first paint is done; from then on the library is looked at.
LibraryScreen._begin = lambda self: print(*sys.modules)

async def main():
    async with EdgeChaosApp(Path(sys.argv[1])).run_test() as pilot:
        await pilot.pause()

asyncio.run(main())
"""
LATER = {
    # Of others: what bare Textual does not import either.
    "typer", "click", "msgspec", "json", "hashlib", "secrets",
    # Of ours: what lists, reads or changes sessions, and what is opened by a key.
    "edgechaos_tui.cli.main", "edgechaos_tui.terminal.notifications",
    "edgechaos_tui.control.session",
    "edgechaos_tui.presentation.library.library", "edgechaos_tui.presentation.library.columns",
    "edgechaos_tui.presentation.library.query", "edgechaos_tui.presentation.library.view",
    "edgechaos_tui.presentation.run.watch", "edgechaos_tui.presentation.describe",
    "edgechaos_tui.screens.dialogs.choose", "edgechaos_tui.screens.dialogs.ask",
    "edgechaos_tui.screens.run.screen",
    "edgechaos_tui.widgets.session_table",
    "engine.storage.session.edit", "engine.storage.session.events", "engine.storage.fork.fork",
    "engine.storage.hyperparameters", "engine.storage.session.session",
    "engine.storage.session.status",
}  # fmt: skip


def _modules(code: str, *arguments: str) -> set[str]:
    command = [sys.executable, "-c", code, *arguments]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_the_first_paint_imports_nothing_heavy(sessions_root: Path) -> None:
    modules = _modules(FIRST_PAINT, str(sessions_root))
    assert "textual.app" in modules
    assert not {"torch", "torchvision", "scipy", "numpy", "matplotlib"} & modules


@pytest.mark.parametrize("sessions", [0, 3])
def test_the_first_paint_waits_for_nothing_that_it_does_not_show(
    sessions_root: Path, sessions: int
) -> None:
    for number in range(sessions):
        write_session(sessions_root, f"s{number}")
    modules = _modules(BEFORE_THE_FIRST_PAINT, str(sessions_root))
    assert "edgechaos_tui.screens.library.screen" in modules
    assert not LATER & modules


COMMAND = """
import sys
from edgechaos_tui.cli.main import main

sys.argv[0] = "edgechaos-tui"
try:
    main()
finally:
    sys.stdout = sys.__stdout__
    print("\\nMODULES", *sys.modules)
"""


@pytest.mark.parametrize(
    "command",
    [
        "show s0",
        "show s0 --json",
        "show s0 --plot",
        "sessions",
        "sessions --json",
        "compare s0 s1 --json",
        "compare s0 s1 --markdown",
        "export s0 --format csv -o {out}",
        "theory boundary",
        "theory guideline s0",
        "paper fig3 --no-run --json",
        "sweeps --json",
        "pause s0",
    ],
)
def test_a_command_without_a_screen_loads_neither_textual_nor_torch(
    sessions_root: Path, tmp_path: Path, command: str
) -> None:
    for number in range(2):
        write_session(sessions_root, f"s{number}")
    words = command.format(out=tmp_path / "out.csv").split()
    arguments = [sys.executable, "-c", COMMAND, "--sessions", str(sessions_root), *words]
    ended = subprocess.run(arguments, capture_output=True, text=True)
    modules = set(ended.stdout.rpartition("MODULES")[2].split())
    assert ended.returncode in (0, 1), ended.stderr
    assert "edgechaos_tui.cli.main" in modules, ended.stderr
    assert not {"textual", "torch", "torchvision"} & modules
    shown = ("edgechaos_tui.widgets", "edgechaos_tui.screens", "edgechaos_tui.app")
    assert not [module for module in modules if module.startswith(shown)]


def test_the_run_screen_imports_neither_torch_nor_scipy() -> None:
    modules = _modules("import sys, edgechaos_tui.screens.run.screen; print(*sys.modules)")
    assert "numpy" in modules
    assert not {"torch", "torchvision", "scipy"} & modules


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("engine.storage.session.session", {"torch", "numpy", "scipy", "textual", "rich"}),
        ("engine.storage.session.status", {"torch", "numpy", "scipy", "textual", "rich"}),
        ("edgechaos_tui.presentation.run.state", {"torch", "scipy", "textual"}),
        ("edgechaos_tui.presentation.library.library", {"torch", "scipy", "numpy", "textual"}),
        ("edgechaos_tui.paper.judge", {"torch", "scipy", "textual", "matplotlib"}),
        ("engine.theory.mean_field", {"torch", "textual"}),
    ],
)
def test_each_room_stays_on_its_side(package: str, forbidden: set[str]) -> None:
    modules = _modules(f"import sys, {package}; print(*sys.modules)")
    assert not forbidden & modules


def test_no_test_imports_from_a_test_module() -> None:
    folder = Path(__file__).parents[1]
    for file in folder.rglob("*.py"):
        for line in file.read_text(encoding="utf-8").splitlines():
            assert not re.match(r"\s*(from|import) tests\.[\w.]*\btest_", line), f"{file}: {line}"
