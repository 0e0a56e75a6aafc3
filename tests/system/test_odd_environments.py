"""Commands where the output is no UTF-8 or full, or another module is called `engine`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.storage.session.events import Finished
from engine.storage.session.session import Session
from tests.support.engine_process import has, wait_for

TRAIN = (
    "run", "--session", "run", "--dataset", "synthetic", "--train-size", "330", "--test-size",
    "100", "--threads", "1", "--epochs", "1",
)  # fmt: skip


def _run(
    *arguments: str, root: Path, stdout: int = subprocess.PIPE, cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "edgechaos_tui", *arguments, "--sessions", str(root)]
    checkout = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (env.pop("PYTHONPATH", ""), checkout)))
    return subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path} | env, cwd=cwd, stdout=stdout,
        stderr=subprocess.PIPE, timeout=120,
    )  # fmt: skip


def test_a_run_goes_on_where_its_output_is_latin_1(sessions_root: Path) -> None:
    done = _run(*TRAIN, root=sessions_root, PYTHONIOENCODING="latin-1", FORCE_COLOR="1")
    assert (done.returncode, done.stderr) == (0, b"")
    # FORCE_COLOR makes no terminal of a file.
    assert b"\x1b[?25l" not in done.stdout
    wait_for(Session(sessions_root / "run"), has(Finished))
    for command in (["show", "run"], ["sessions"], ["sessions", "--json"]):
        done = _run(*command, root=sessions_root, PYTHONIOENCODING="latin-1")
        assert (done.returncode, done.stderr) == (0, b""), command
    assert json.loads(done.stdout)[0]["session"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_output_is_a_sentence(sessions_root: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = _run("sessions", "--json", root=sessions_root, stdout=full.fileno())
    assert done.returncode == 1
    assert done.stderr.decode() == (
        "edgechaos-tui: cannot write the output: No space left on device\n"
    )


def test_another_module_called_engine_is_never_taken_for_ours(
    sessions_root: Path, tmp_path: Path
) -> None:
    for place in ("here", "path"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "engine.py").write_text("raise SystemExit('not ours')")
    done = _run(
        *TRAIN, root=sessions_root, cwd=tmp_path / "here", PYTHONPATH=str(tmp_path / "path")
    )
    assert (done.returncode, done.stderr) == (0, b"")
    wait_for(Session(sessions_root / "run"), has(Finished))
