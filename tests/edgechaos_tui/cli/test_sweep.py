"""`edgechaos-tui sweep` and `sweeps`, with real coordinators and engines."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgechaos_tui.cli.commands.sweep import with_ray_found
from edgechaos_tui.cli.main import _run
from edgechaos_tui.cli.output.sweeps import print_sweep
from edgechaos_tui.control import sweep as sweep_control
from edgechaos_tui.control import sweep_estimate
from engine.storage.errors import SessionError
from engine.storage.host import host_name
from engine.storage.hyperparameters import Value, build
from engine.storage.session import edit
from engine.storage.session.event_log import LogReader, LogWriter
from engine.storage.session.events import Epoch
from engine.storage.session.session import Session, create
from engine.storage.sweep.plan import create_sweep, list_sweeps, numbered, open_sweep
from engine.storage.sweep.state import SweepStatus, read_state, status_of
from tests.support.engine_process import PATIENCE
from tests.support.event_samples import epoch_event, started_event
from tests.support.sweep_samples import write_sweep
from tests.support.terminal import Terminal

TINY = [
    "--dataset", "synthetic", "--train-size", "100", "--test-size", "50",
    "--indicators-every", "0",
]  # fmt: skip


@pytest.fixture
def root(sessions_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGECHAOS_SESSIONS", str(sessions_root))
    return sessions_root


def _await(root: Path, name: str, *statuses: SweepStatus) -> None:
    until = time.monotonic() + PATIENCE
    sweep = open_sweep(root, name)
    while time.monotonic() < until:
        if status_of(sweep, sweep.plan(), read_state(sweep)) in statuses:
            return
        time.sleep(0.05)
    raise AssertionError(f"never {statuses}: {sweep.log.read_text()}")


def _cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, for what starts processes."""
    return subprocess.run(
        [sys.executable, "-m", "edgechaos_tui", *arguments],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def test_a_sweep_as_the_readme_types_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = _cli("sweep", "--lr", "0.01,0.02", "--epochs", "2", "--name", "fig", *TINY)
    assert done.returncode == 0
    assert done.stdout.startswith("2 runs (lr 0.01, 0.02), ")
    assert "fig-001 finished after epoch 2; best test loss" in done.stdout
    assert done.stderr == "fig is finished: 2 finished\n"
    assert _run(["sweeps", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["sweep"], listed["status"], listed["outcomes"]) == (
        "fig", "finished", {"finished": 2},
    )  # fmt: skip
    assert _run(["sweep", "show", "fig"]) == 0
    table = capsys.readouterr().out
    assert "fig: finished, 2 of 2 runs ended (2 finished)" in table
    assert [line.split()[:4] for line in table.splitlines()[3:]] == [
        ["fig-001", "finished", "0.01", "2/2"],
        ["fig-002", "finished", "0.02", "2/2"],
    ]
    assert _run(["sweep", "show", "fig", "--json"]) == 0
    assert [run["epochs_done"] for run in json.loads(capsys.readouterr().out)["runs"]] == [2, 2]
    for word, why in (
        ("resume", "fig is finished: all its 2 runs ended"),
        ("pause", "no coordinator is at work on it, so there is nothing to pause"),
    ):
        assert _run(["sweep", word, "fig"]) == 1
        assert why in capsys.readouterr().err
    # What these runs measured predicts the next ones.
    assert _run(["sweep", "--seeds", "3", "--dry-run", "--json", "--threads", "1", *TINY]) == 0
    foretold = json.loads(capsys.readouterr().out)
    assert (foretold["count"], foretold["varied"]) == (3, ["seed"])
    assert [one["seed"] for one in foretold["runs"]] == [0, 1, 2]
    assert foretold["estimated_seconds"] > 0
    assert len(list(list_sweeps(root))) == 1, "a dry run makes nothing"


def test_ctrl_c_leaves_it_running_and_stop_ends_it(root: Path) -> None:
    command = [sys.executable, "-m", "edgechaos_tui", "sweep", "--seeds", "2", "--name", "long"]
    follower = subprocess.Popen(
        [*command, "--epochs", "100000", "--jobs", "1", "--json", *TINY],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert follower.stdout is not None
    lines = [json.loads(follower.stdout.readline()) for _ in range(2)]
    assert [line["type"] for line in lines] == ["started", "run_started"]
    follower.send_signal(signal.SIGINT)
    _, said = follower.communicate(timeout=PATIENCE)
    assert follower.returncode == 130
    assert said == (
        "long continues; `edgechaos-tui sweep follow long` shows it again, "
        "`edgechaos-tui sweep stop long` stops it\n"
    )
    _await(root, "long", SweepStatus.RUNNING)
    assert _cli("sweep", "stop", "long").stdout == "long: stopping\n"
    _await(root, "long", SweepStatus.STOPPED)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--lr", "0.01"], "nothing varies: give a list or a range, such as --lr 0.01,0.02, or "
         "--seeds 3"),
        (["--lr", "0.01,x"], "--lr: 'x' is not a number above 0 up to 100"),
        (["--batch-size", "16,16"], "--batch-size: 16 appears twice in '16,16'"),
        (["--l2", "log:0:1:3"], "--l2: 'log:0:1:3' must begin and end above 0; put a 0 beside it, "
         "as in 0,log:1e-5:1e-3:8"),
        (["--seeds", "0"], "seeds: 0 is not a whole number from 1 up to 10000"),
        (["--seeds", "3", "--seed", "1,2"], "with --seeds, give --seed one value"),
        (["--seeds", "3", "--jobs", "x"], "--jobs: 'x' is neither auto nor a whole number"),
        (["--seeds", "3", "--stop-stale", "0"], "--stop-stale: 0 is not a whole number from 1"),
        (["--seeds", "3", "--stop-past-edge", "nan"], "--stop-past-edge: nan is not a number"),
        (["--lr", "lin:0.1:1:200", "--l2", "lin:0:1:200"], "a sweep has at most 10000 runs, and "
         "these ranges make 40000"),
        (["--optimizer", "sgd,adam", "--momentum", "0.5"], "momentum: Adam has its own"),
        (["--seeds", "2", "--name", "a b"], "session: 'a b' is not a valid name"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_one_sentence_and_makes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert _run(["sweep", *options, *TINY]) == 2
    printed, error = capsys.readouterr()
    assert printed == "" or "runs" in printed
    assert said in error
    assert error.count("\n") == 1
    assert not root.exists()


def test_a_taken_name_is_told_before_anything_is_measured(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    create_sweep(root, "fig", numbered("fig", [build({"dataset": "synthetic"})]))
    assert _run(["sweep", "--seeds", "2", "--name", "fig", *TINY]) == 1
    assert capsys.readouterr().err == (
        "edgechaos-tui: there is a sweep fig already; choose another name\n"
    )
    assert _run(["sweep", "show", "gif"]) == 1
    assert "there is no sweep gif in" in capsys.readouterr().err


def test_a_long_sweep_is_asked_about_and_a_no_makes_nothing(root: Path) -> None:
    session = create(root, build({"dataset": "synthetic", "threads": 1}), "earlier")
    _log_epochs(session, seconds=100.0)
    terminal = Terminal(["sweep", "--seeds", "3", "--jobs", "2", "--dataset", "synthetic"])
    # 3 runs of 100 epochs of 100 s on no more than two cores.
    shown = terminal.wait_for("Start it?", PATIENCE)
    assert "3 runs (seed 0, 1, 2), 2 at a time, about " in shown
    assert "h" in shown.split("about ")[1]
    terminal.press("n\r")
    terminal.wait_for("cancelled", PATIENCE)
    assert list(list_sweeps(root)) == []


def test_what_is_known_of_an_epochs_time_comes_from_this_machine_and_this_setting(
    root: Path,
) -> None:
    hyperparameters = build({"dataset": "synthetic", "threads": 1})
    elsewhere = create(root, hyperparameters, "elsewhere")
    _log_epochs(elsewhere, seconds=9.0, host="another-host")
    assert sweep_estimate.estimate(root, [hyperparameters], 1) is None
    _log_epochs(create(root, build({"dataset": "synthetic", "threads": 2}), "two"), seconds=7.0)
    assert sweep_estimate.estimate(root, [hyperparameters], 1) is None
    _log_epochs(create(root, hyperparameters, "same"), seconds=3.0)
    estimate = sweep_estimate.estimate(root, [hyperparameters, hyperparameters], 1)
    assert estimate is not None
    assert estimate.seconds == pytest.approx(2 * 100 * 3.0, rel=0.05)
    assert not estimate.measured


def test_a_setting_that_nobody_trained_yet_is_measured_by_an_engine(root: Path) -> None:
    done = _cli("sweep", "--seeds", "2", "--epochs", "5", "--dry-run", "--json", *TINY)
    assert json.loads(done.stdout)["estimated_seconds"] > 0
    assert not root.exists(), "it is measured elsewhere"


def _log_epochs(session: Session, *, seconds: float, host: str = "") -> None:
    writer = LogWriter(session.log)
    writer.append(started_event(host=host or host_name()))
    for epoch in range(12):
        writer.append(epoch_event(epoch, seconds=seconds if epoch else 0.01))
    writer.close()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sweep --ray", "sweep --ray auto"),
        ("sweep --ray --lr 1,2", "sweep --ray auto --lr 1,2"),
        ("sweep --ray 10.0.0.1:6379 --lr 1,2", "sweep --ray 10.0.0.1:6379 --lr 1,2"),
        ("sweep --lr 1,2", "sweep --lr 1,2"),
    ],
)
def test_ray_is_found_where_no_address_is_given(typed: str, meant: str) -> None:
    assert with_ray_found(typed.split()) == meant.split()


def test_no_torch_is_loaded_to_plan_a_sweep() -> None:
    program = (
        "import sys; from edgechaos_tui.cli import main;"
        "from edgechaos_tui.cli.output import sweep_follow, sweeps;"
        "print([m for m in ('torch', 'numpy', 'scipy', 'textual') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=True
    )
    assert done.stdout == "[]\n"


def test_show_says_which_sessions_were_deleted_and_finds_renamed_ones(
    sessions_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = write_sweep(sessions_root, "s", {"lr": (0.1, 0.2, 0.3)})
    shutil.rmtree(sessions_root / "s-001")
    edit.rename(Session(sessions_root / "s-002"), "best")
    print_sweep(sweep, json=True)
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [run["session"] for run in runs] == ["s-001", "best", "s-003"]
    assert [run["status"] for run in runs] == ["deleted", "finished", "finished"]
    assert [run["epochs_done"] for run in runs] == [0, 20, 20]
    assert "trains it again" in runs[0]["text"]


def test_resuming_a_finished_sweep_trains_what_was_deleted(sessions_root: Path) -> None:
    tiny: dict[str, tuple[Value, ...]] = {
        "dataset": ("synthetic",), "train_size": (100,), "test_size": (50,), "width": (8,),
        "indicators_every": (0,),
    }  # fmt: skip
    sweep = write_sweep(sessions_root, "s", {"lr": (0.1, 0.2), **tiny}, epochs=2)
    with pytest.raises(SessionError, match="is finished: all its 2 runs ended"):
        sweep_control.resume(sweep)
    shutil.rmtree(sessions_root / "s-001")
    log = Session(sessions_root / "s-002").log.read_bytes()
    assert sweep_control.resume(sweep) is None
    _await(sessions_root, "s", SweepStatus.FINISHED)
    epochs = [e.epoch for e in LogReader(sessions_root / "s-001" / "events.jsonl").read_all()
              if isinstance(e, Epoch)]  # fmt: skip
    assert epochs == [0, 1, 2]
    assert Session(sessions_root / "s-002").log.read_bytes() == log
