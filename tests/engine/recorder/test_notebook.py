"""Cells of a real IPython in which a framework's callback records a training."""

from pathlib import Path

import pytest

from edgechaos_tui.presentation.run.reading import read
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from tests.support.frameworks import run_program

# As a callback does it, whose framework raises without telling it.
_PROGRAM = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
train = '''
from engine.recorder import record
from engine.recorder.notebook import close_with_cell
def train(name):
    run = record(name, sessions=folder)
    close_with_cell(run)
    run.log(loss=0.5, epoch=1)
    return run
'''
shell.push({"folder": sys.argv[1] + "/s"})
shell.run_cell(train)
shell.run_cell("train('failed'); raise ValueError('a label out of range')")
shell.run_cell("train('interrupted'); raise KeyboardInterrupt")
shell.run_cell("train('finished').close(); raise ValueError('of something else')")
shell.run_cell("open = train('open')")
shell.run_cell("raise ValueError('of a later cell')")
shell.run_cell("open.log(loss=0.4, epoch=2); open.close()")
"""


def test_the_error_that_ends_a_cell_ends_its_recording(tmp_path: Path) -> None:
    pytest.importorskip("IPython")
    program = run_program(_PROGRAM, tmp_path)
    assert program.returncode == 0, program.stderr
    readings = {
        name: read(Session(tmp_path / "s" / name))
        for name in ("failed", "interrupted", "finished", "open")
    }
    failed = readings["failed"]
    assert failed.status is Status.FAILED
    assert "a label out of range" in getattr(failed.summary.lifecycle, "text", "")
    assert readings["interrupted"].status is Status.STOPPED
    assert readings["finished"].status is Status.FINISHED
    assert readings["open"].status is Status.FINISHED
    assert readings["open"].summary.epochs_done == 2
