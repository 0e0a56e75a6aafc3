"""The example scripts, run as a reader of the guide runs them, on few images."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from edgechaos_tui.presentation.run.reading import read_with_state
from engine.storage.session.session import Session
from engine.storage.session.status import Status

_EXAMPLES = Path(__file__).parents[2] / "examples"


def _run(script: str, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, str(_EXAMPLES / script), *arguments],
        env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_plain_loop_trains_the_same_where_it_is_recorded(
    fashion_mnist: Path, tmp_path: Path
) -> None:
    given = ("--data", str(fashion_mnist), "--images", "256", "--epochs", "2")
    recorded = _run("plain_pytorch.py", *given, EDGECHAOS_SESSIONS=str(tmp_path))
    # Not the first rank: its recorder does nothing.
    bare = _run("plain_pytorch.py", *given, EDGECHAOS_SESSIONS=str(tmp_path), RANK="1")
    assert recorded == bare
    reading, state = read_with_state(Session(tmp_path / "plain-pytorch"))
    assert reading.status is Status.FINISHED
    assert state.metric("epoch").tolist() == [0, 1, 2]
    assert f"test {state.metric('test_loss')[-1]:.9g}" in recorded
    assert state.metric("tau")[-1] == pytest.approx(2 * 0.05 / (0.1 * 64))
    assert [p.name for p in tmp_path.iterdir()] == ["plain-pytorch"]


@pytest.mark.parametrize(
    ("script", "package", "length"),
    [
        ("with_lightning", "lightning", ("--epochs", "2")),
        ("with_hugging_face", "accelerate", ("--steps", "20")),
        ("with_keras", "keras", ("--epochs", "2")),
    ],
)
def test_a_framework_s_training_is_recorded(
    script: str, package: str, length: tuple[str, str], tmp_path: Path
) -> None:
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    _run(f"{script}.py", *length, EDGECHAOS_SESSIONS=str(tmp_path / "s"), KERAS_BACKEND="torch")
    reading, state = read_with_state(Session(tmp_path / "s" / script.replace("_", "-")))
    assert reading.status is Status.FINISHED
    assert state.columns["train_loss"].bounds is not None
