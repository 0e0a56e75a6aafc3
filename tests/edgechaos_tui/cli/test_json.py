"""JSON on stdout: not-finite numbers as in the log, and nothing that drives a terminal."""

import json
import sys
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest

from edgechaos_tui.cli.main import main
from engine.storage.session.event_log import LogWriter
from engine.storage.sweep.events import RunEnded, SweepFailed, SweepLogWriter
from tests.support.event_samples import epoch_event
from tests.support.hostile_sessions import FORBIDDEN, PAYLOAD
from tests.support.library_samples import write_session
from tests.support.sweep_samples import write_sweep


def _printed(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> str:
    command = ["edgechaos-tui", *arguments, "--sessions", str(root)]
    with patch.object(sys, "argv", command), pytest.raises(SystemExit):
        main()
    return capsys.readouterr().out


@pytest.fixture
def root(sessions_root: Path) -> Path:
    """A dead layer's session, which has measured -inf, and another."""
    for name in ("dead", "dull"):
        session = write_session(sessions_root, name)
        log = LogWriter(session.log)
        log.append(epoch_event(6, lyapunov=float("-inf"), test_loss=float("inf"), gain=None))
        log.close()
    return sessions_root


def test_what_was_measured_and_is_not_finite_is_spelled_as_in_the_log(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = json.loads(_printed(capsys, root, "show", "dead", "--json"))
    listed = json.loads(_printed(capsys, root, "sessions", "--json"))
    for record in (dead, *(entry for entry in listed if entry["session"] == "dead")):
        last = record["last_epoch"]
        assert (last["lyapunov"], last["test_loss"], last["gain"]) == ("-inf", "inf", None)
    compared = json.loads(_printed(capsys, root, "compare", "dead", "dull", "--json"))
    assert compared["sessions"][0]["results"]["final_test_loss"] == "inf"
    assert "inf" in _printed(capsys, root, "compare", "dead", "dull", "--csv").split(",")


@pytest.mark.parametrize(
    "command", [("sweeps",), ("sweep", "show", "evil"), ("sweep", "follow", "evil")]
)
def test_a_sweep_from_a_stranger_drives_no_terminal(
    sessions_root: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    sweep = write_sweep(sessions_root, "evil", {"lr": (0.01, 0.02)}, ended=1, epochs=2)
    plan = sweep.folder / "sweep.json"
    record = msgspec.json.decode(plan.read_bytes())
    plan.write_bytes(msgspec.json.encode(record | {"note": PAYLOAD, "cluster": PAYLOAD}))
    log = SweepLogWriter(sweep.log)
    log.append(RunEnded(t=4.0, run="evil-002", outcome="failed", epoch=0, text=PAYLOAD))
    log.append(SweepFailed(t=5.0, text=PAYLOAD))
    log.close()
    printed = _printed(capsys, sessions_root, *command, "--json")
    assert "evil" in printed
    assert not [bad for bad in FORBIDDEN if bad in printed]
    assert all(character.isprintable() or character == "\n" for character in printed)
