"""The commands as a person types them: real processes, real exit statuses."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.storage.hyperparameters import build
from engine.storage.session.event_log import LogWriter
from engine.storage.session.session import Session, create
from tests.support.event_samples import epoch_event, started_event
from tests.support.recorded_runs import record_deep

TINY = ["--dataset", "synthetic", "--train-size", "200", "--test-size", "100", "--threads", "1"]


def _run(*arguments: str, sessions: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgechaos_tui", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        env=os.environ | {"EDGECHAOS_SESSIONS": str(sessions), "EDGECHAOS_DATA": ""} | environment,
    )


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["run", "--lr", "-1"], 2, "--lr: -1 is not a number above 0"),
        (["run", "--lr", "abc"], 2, "--lr: 'abc' is not a number above 0"),
        (["run", "--batch-size", "0"], 2, "--batch-size: 0 is not a whole number from 1"),
        (["run", "--momentum", "1"], 2, "--momentum: 1 is not a number from 0, below 1"),
        (["run", "--dataset", "cifar"], 2, "--dataset: 'cifar' is not one of fashion-mnist"),
        (["run", "--optimizer", "adam", "--momentum", "0.5"], 2, "Adam has its own"),
        (["run", "--depth", "3"], 2, "the paper's network has one hidden layer"),
        (["run", "--session", "../up"], 2, "is not a valid name"),
        (["run", "--data-dir", "/nowhere"], 1, "/nowhere (--data-dir) does not exist"),
        (["--sessions", "/proc/none", "run"], 1, "cannot write to the sessions folder"),
        ([], 1, "needs a terminal"),
        (["new"], 1, "needs a terminal"),
        (["show", "nothing"], 1, "there is no session nothing"),
        (["pause", "nothing"], 1, "there is no session nothing"),
        (["set", "x", "lr"], 2, "write NAME=VALUE"),
        (["dance"], 2, "No such command 'dance'"),
        (["theory", "boundary", "--activation", "sine"], 2, "'sine' is not one of tanh, relu"),
        (["theory", "guideline"], 2, "name a session, or give --c"),
        (["theory", "phase-diagram", "-o", "a.gif"], 2, "does not end in .npz"),
    ],
)
def test_bad_input_is_one_line_the_right_status_and_leaves_nothing(
    sessions_root: Path, arguments: list[str], status: int, said: str
) -> None:
    done = _run(*arguments, sessions=sessions_root)
    assert done.returncode == status
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert not list(sessions_root.glob("*"))


def test_a_truncated_archive_is_named_and_leaves_nothing(
    sessions_root: Path, tmp_path: Path, fashion_mnist: Path
) -> None:
    raw = tmp_path / "FashionMNIST" / "raw"
    shutil.copytree(fashion_mnist / "FashionMNIST" / "raw", raw, copy_function=shutil.copyfile)
    archive = raw / "train-images-idx3-ubyte.gz"
    archive.write_bytes(archive.read_bytes()[:100_000])
    done = _run("run", "--data-dir", str(tmp_path), sessions=sessions_root)
    assert done.returncode == 1
    assert "train-images-idx3-ubyte.gz (100,000 bytes) is cut short" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(sessions_root.glob("*"))


def test_run_prints_events_as_json_lines_and_show_and_sessions_agree(sessions_root: Path) -> None:
    arguments = [*TINY, "--epochs", "2", "--session", "s", "--json", "--share"]
    done = _run("run", *arguments, sessions=sessions_root)
    assert done.returncode == 0, done.stderr
    assert _modes(sessions_root / "s") == {"engine.log": 0o640, "s": 0o750, "others": {0o640}}
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["epoch"] for event in events if event["type"] == "epoch"] == [0, 1, 2]
    assert events[-1]["type"] == "finished"
    record = json.loads(_run("show", "s", "--json", sessions=sessions_root).stdout)
    listed = json.loads(_run("sessions", "--json", sessions=sessions_root).stdout)
    assert record["status"] == listed[0]["status"] == "finished"
    assert record["epochs_done"] == 2
    assert record["j2"] == pytest.approx(0.25, abs=0.01)
    assert "forecast" in record["law"]


def _modes(folder: Path) -> dict[str, object]:
    """Of the session's folder and what is in it; of the folder of snapshots, if it is there."""
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes.pop("snapshots", 0o700) == 0o700
    named = {name: modes.pop(name) for name in ("engine.log", folder.name)}
    assert {"checkpoint.safetensors", "engine.lock", "progress.json"} < modes.keys()
    return named | {"others": set(modes.values())}


def _wait_until(sessions: Path, status: str) -> None:
    end = time.monotonic() + 60
    while json.loads(_run("show", "s", "--json", sessions=sessions).stdout)["status"] != status:
        assert time.monotonic() < end, f"it is not {status}"


def test_a_detached_run_obeys_from_the_command_line(sessions_root: Path) -> None:
    started = _run(
        "run", *TINY, "--epochs", "100000", "--session", "s", "--detach", "--json",
        sessions=sessions_root,
    )  # fmt: skip
    assert json.loads(started.stdout)["session"] == "s"
    _wait_until(sessions_root, "training")
    try:
        for arguments, said in [
            (["pause", "s"], "paus"),
            (["resume", "s"], ""),
            (["set", "s", "lr=0.5"], ""),
            (["stop", "s"], ""),
        ]:
            answered = _run(*arguments, "--json", sessions=sessions_root)
            assert answered.returncode == 0, answered.stderr
            record = json.loads(answered.stdout)
            assert record["applied"] in (True, None)
            assert said in (record["text"] or said)
    finally:
        _run("stop", "s", sessions=sessions_root)
    record = json.loads(_run("show", "s", "--json", sessions=sessions_root).stdout)
    assert record["status"] == "stopped"
    assert record["hyperparameters"]["lr"] == 0.5
    for arguments in (["pause", "s"], ["stop", "s"], ["set", "s", "lr=1"]):
        refused = _run(*arguments, sessions=sessions_root)
        assert refused.returncode == 1
        assert "no engine is at work" in refused.stderr
    assert _modes(sessions_root / "s") == {"engine.log": 0o600, "s": 0o700, "others": {0o600}}
    assert not (sessions_root / "s" / "commands.jsonl").read_text().count('"lr":1}')


def test_a_bad_change_is_refused_before_anything_is_written(sessions_root: Path) -> None:
    session = create(sessions_root, build({}), "s")
    for word, said in [("seed=3", "is fixed when a run is made"), ("lr=-1", "lr: -1 is not")]:
        refused = _run("set", "s", word, sessions=sessions_root)
        assert refused.returncode == 2
        assert said in refused.stderr
    assert not session.commands.exists()


def _recorded(root: Path) -> Session:
    """A run as the law has it, recorded up to epoch 20."""
    session = create(root, build({}), "s")
    writer = LogWriter(session.log)
    writer.append(started_event(host="elsewhere"))
    for k in range(21):
        j2 = 0.25 + 0.0139 * k
        writer.append(epoch_event(k, j=j2**0.5, edge_distance=j2**0.5 - 1))
    writer.close()
    return session


def test_of_a_network_with_depth_each_layer_is_told_and_nothing_advised(
    sessions_root: Path,
) -> None:
    record_deep(sessions_root, "deep")
    done = _run("show", "deep", "--json", sessions=sessions_root)
    record = json.loads(done.stdout)
    assert record["phase"] == "ordered"
    assert [layer["name"] for layer in record["last_epoch"]["layers"]] == [
        "hidden1", "hidden2", "hidden3", "readout",
    ]  # fmt: skip
    assert [layer["c"] for layer in record["law"]["layers"]] == pytest.approx([8, 16, 24])
    assert record["law"]["lambda_star"] is None
    text = _run("show", "deep", sessions=sessions_root).stdout
    assert "λ_depth            −0.107 ± 0.010 (ordered)" in text
    assert "of hidden3" in text
    assert "nothing is advised for a network with depth" in " ".join(text.split())


def test_the_guideline_of_a_run_names_its_evidence(sessions_root: Path) -> None:
    _recorded(sessions_root)
    done = _run("theory", "guideline", "s", "--json", sessions=sessions_root)
    record = json.loads(done.stdout)
    assert record["slope"] == pytest.approx(0.0139, rel=0.02)
    assert record["slope_epochs"] == [0, 20]
    assert record["forecast"] == "crosses"
    low, high = record["forecast_interval"]
    assert low < 54 < high
    assert record["lambda_star"] == pytest.approx(4.6e-5, rel=0.1)
    assert "Over epochs 0–20 J² grew by 0.014 an epoch" in record["advice"]
    text = _run("show", "s", sessions=sessions_root).stdout
    assert "over epochs 0–20" in text
    assert "running on elsewhere?" in text
    plots = _run("show", "s", "--plot", sessions=sessions_root).stdout
    assert "loss (cross-entropy, nats)" in plots
    assert "epoch" in plots


def test_lambda_star_of_a_given_c() -> None:
    done = _run("theory", "guideline", "--c", "11", "--json", sessions=Path("unused"))
    assert json.loads(done.stdout)["lambda_star"] == pytest.approx(11 / 240_000)


def test_the_boundary_lists_its_curves() -> None:
    done = _run(
        "theory", "boundary", "--activation", "relu", "--json", sessions=Path("unused")
    )  # fmt: skip
    points = json.loads(done.stdout)["points"]
    assert {point["curve"] for point in points} == {"gain", "growth"}
    at_zero = [p["one_over_j"] for p in points if p["j0_over_j"] == 0]
    assert at_zero == pytest.approx([0.5**0.5] * 2)


def test_a_small_phase_diagram_is_computed_cached_and_drawn(tmp_path: Path) -> None:
    options = ["theory", "phase-diagram", "--n", "30", "--steps", "20"]
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    for name in ("d.npz", "d.png", "d.svg"):
        done = _run(*options, "-o", str(tmp_path / name), sessions=tmp_path, **cache)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / name).stat().st_size > 1000
    done = _run(*options, "--json", sessions=tmp_path, **cache)
    record = json.loads(done.stdout)
    assert len(record["log10_distance"]) == 100
    assert len(record["log10_distance"][0]) == 151
