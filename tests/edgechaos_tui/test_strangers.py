"""Nothing is trusted: numbers out of any range, and strings that would drive the terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgechaos_tui.app import EdgeChaosApp
from tests.edgechaos_tui.screens.test_screens import _settle
from tests.edgechaos_tui.strangers import FORBIDDEN, hostile, out_of_range

RANGES = [
    (1e300, 1e300),
    (float("inf"), float("inf")),
    (float("nan"), float("nan")),
    (5e-324, -1e9),
]
PRINTING = (
    ["show", "evil"],
    ["show", "evil", "--plot"],
    ["sessions"],
    ["theory", "guideline", "evil"],
)


@pytest.mark.parametrize(("value", "seconds"), RANGES)
async def test_numbers_out_of_any_range_draw_no_endless_chart(
    sessions_root: Path, value: float, seconds: float
) -> None:
    out_of_range(sessions_root, "wild", value, seconds)
    app = EdgeChaosApp(sessions_root, session="wild", quiet=True, diagram=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await _settle(pilot, "stopped", app)
        await pilot.pause(0.3)
        await pilot.press("escape")
        await _settle(pilot, "sessions · 1", app)


@pytest.mark.parametrize(("value", "seconds"), RANGES)
def test_numbers_out_of_any_range_are_printed(
    sessions_root: Path, value: float, seconds: float
) -> None:
    out_of_range(sessions_root, "evil", value, seconds)
    for arguments in PRINTING[1:3]:
        done = _print(sessions_root, *arguments)
        assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()


def _print(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "edgechaos_tui", *arguments],
        env=os.environ | {"EDGECHAOS_SESSIONS": str(root), "FORCE_COLOR": ""},
        capture_output=True,
        timeout=60,
    )


def _harmless(raw: str) -> None:
    for sequence in FORBIDDEN:
        assert sequence not in raw, repr(sequence)


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_no_command_prints_what_a_stranger_wrote_as_it_is(
    sessions_root: Path, arguments: list[str]
) -> None:
    hostile(sessions_root)
    done = _print(sessions_root, *arguments)
    printed = (done.stdout + done.stderr).decode()
    _harmless(printed)
    assert "\x1b" not in printed
    assert "\b" not in printed
