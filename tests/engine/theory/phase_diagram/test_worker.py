"""The process that computes diagrams beside a training run."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.theory.phase_diagram.file import cache_path, default_parameters, load

pytestmark = pytest.mark.process


def start(cache: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "engine.theory.phase_diagram.worker",
            "--cache",
            str(cache),
            *options,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )


def test_it_writes_the_coarse_diagram_then_the_full_one_and_says_so(tmp_path: Path) -> None:
    process = start(tmp_path, "--n", "40", "--steps", "10")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    lines = [json.loads(line) for line in out.splitlines()]
    stages = [line["stage"] for line in lines[:-1]]
    assert stages == sorted(stages)  # "coarse" comes before "full"
    assert set(stages) == {"coarse", "full"}
    full = [line["fraction"] for line in lines if line.get("stage") == "full"]
    assert full == sorted(full)
    assert full[-1] == 1.0
    assert 20 < len(full) < 120
    parameters = default_parameters("tanh", n=40, steps=10)
    assert lines[-1] == {"path": str(cache_path(parameters, tmp_path))}
    assert load(Path(lines[-1]["path"])).parameters == parameters
    assert load(cache_path(parameters.coarse(), tmp_path)).parameters == parameters.coarse()
    assert len(list(tmp_path.iterdir())) == 2


def test_coarse_alone(tmp_path: Path) -> None:
    process = start(tmp_path, "--activation", "relu", "--coarse", "--n", "30", "--steps", "5")
    out, _ = process.communicate(timeout=60)
    coarse = default_parameters("relu", n=30, steps=5).coarse()
    assert json.loads(out.splitlines()[-1]) == {"path": str(cache_path(coarse, tmp_path))}
    assert list(tmp_path.iterdir()) == [cache_path(coarse, tmp_path)]


@pytest.mark.parametrize("how", ["SIGTERM", "closed stdout"])
def test_it_stops_when_told_or_when_nobody_listens(tmp_path: Path, how: str) -> None:
    process = start(tmp_path, "--n", "200", "--steps", "200", "--workers", "1")
    assert process.stdout is not None
    assert process.stderr is not None
    while json.loads(process.stdout.readline())["stage"] != "full":
        pass
    if how == "SIGTERM":
        process.send_signal(signal.SIGTERM)
    else:
        process.stdout.close()
    assert process.wait(timeout=30) == (143 if how == "SIGTERM" else 0)
    assert process.stderr.read() == ""
    process.stdout.close()
    process.stderr.close()
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]  # the coarse one, whole


def test_a_cache_that_cannot_be_written_is_one_line_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    process = start(tmp_path / "file", "--coarse", "--n", "10", "--steps", "5")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.startswith("the phase diagram could not be written")
    assert len(err.splitlines()) == 1
