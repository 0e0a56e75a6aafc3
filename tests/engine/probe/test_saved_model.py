"""A model named by its user, with weights that are read and never run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from engine.probe.saved_model import ModelError, build, load_weights

SOURCE = """
from torch import nn
def build():
    print("made")
    return nn.Sequential(nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 4))
def wrong():
    return 3
"""


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "mynet.py"
    path.write_text(SOURCE)
    return str(path)


def test_weights_come_from_safetensors_and_from_state_dicts(source: str, tmp_path: Path) -> None:
    model = build(f"{source}:build")
    state = {name: torch.full_like(value, 0.25) for name, value in model.state_dict().items()}
    save_file(state, tmp_path / "weights.safetensors")
    torch.save(
        {"state_dict": {f"module.{k}": v for k, v in state.items()}}, tmp_path / "weights.pt"
    )
    for name in ("weights.safetensors", "weights.pt"):
        fresh = build(f"{source}:build")
        load_weights(fresh, tmp_path / name)
        assert all(torch.equal(value, state[key]) for key, value in fresh.state_dict().items())


class Trap:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("sprung",)


def test_a_pickle_is_never_run(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"0.weight": Trap()}, "trap.pt")
    with pytest.raises(ModelError, match="no pickle is ever run"):
        load_weights(build(f"{source}:build"), Path("trap.pt"))
    assert not Path("sprung").exists()


def test_what_is_no_model_is_refused_with_a_sentence(source: str, tmp_path: Path) -> None:
    for spec, sentence in (
        ("mynet", "name a callable that makes the model"),
        (f"{source}:wrong", "makes a int, not a torch.nn.Module"),
        (f"{source}:absent", "cannot be built"),
        (f"{tmp_path}/none.py:build", "there is no file"),
    ):
        with pytest.raises(ModelError, match=sentence):
            build(spec)
    save_file({"other": torch.ones(2)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelError, match="does not fit"):
        load_weights(nn.Linear(2, 2), tmp_path / "other.safetensors")


def test_the_command_measures_in_a_process_of_its_own(source: str) -> None:
    command = [sys.executable, "-m", "edgechaos_tui", "probe", f"{source}:build"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert "λ_depth" in shown.stdout
    assert "│" in shown.stdout
    printed = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    profile = json.loads(printed.stdout)
    assert [row["name"] for row in profile["layers"]] == ["0", "2"]
    assert profile["lambda_depth"]["phase"] in ("ordered", "edge", "chaotic")
    refused = subprocess.run([*command[:-1], "mynet"], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "name a callable that makes the model" in refused.stderr
