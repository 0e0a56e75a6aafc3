"""The imports of the theory: the app's without scipy, and none with torch."""

import subprocess
import sys

import pytest


@pytest.mark.process
@pytest.mark.parametrize(
    "module",
    [
        "phase",
        "slope_law.law",
        "slope_law.guideline",
        "slope_law.rescaled_time",
        "phase_diagram.file",
        "edge.table",
    ],
)
def test_modules_for_the_screen_do_not_import_scipy(module: str) -> None:
    script = f"import sys, engine.theory.{module}; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("False", "")


@pytest.mark.process
def test_a_run_in_order_is_measured_without_scipy() -> None:
    script = (
        "import sys; from engine.theory import mean_field as m; "
        "print(m.edge_distance(-0.02, 0.5, 'tanh'), m.gain(-0.02, 0.5, 'tanh'), "
        "'scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("-0.5 0.25 False", "")
