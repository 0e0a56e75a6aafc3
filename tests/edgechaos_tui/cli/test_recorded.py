"""The commands on sessions that a training loop outside the product wrote."""

import csv
import json
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from edgechaos_tui.cli.main import main
from tests.support import own_loops


@pytest.fixture
def root(sessions_root: Path) -> Path:
    own_loops.by_epochs(sessions_root)
    own_loops.by_steps(sessions_root)
    return sessions_root


def _run(root: Path, *arguments: str) -> int:
    command = ["edgechaos-tui", *arguments, "--sessions", str(root)]
    with patch.object(sys, "argv", command), pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_show_tells_the_config_and_the_metrics_as_they_were_given(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(root, "show", "steps", "--plot") == 0
    text = capsys.readouterr().out
    assert "steps: finished, step 90\n" in text
    assert "  model.name         resnet18\n" in text
    assert "  tokens             90.0\n" in text
    assert "No J was logged: the slope law and λ* need it" in text
    assert "J² = N" not in text


def test_json_knows_what_nobody_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(root, "show", "own", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    chosen, last = record["hyperparameters"], record["last_epoch"]
    assert (chosen["lr"], chosen["momentum"], chosen["batch_size"]) == (0.1, None, None)
    assert chosen["config"]["model.name"] == "resnet18"
    assert (last["epoch"], last["momentum"], last["metrics"]["grad/norm"]) == (5, None, 1.5)


def test_recorded_sessions_are_listed_and_compared_with_an_engine_s(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(root, "compare", "own", "reference-fig2") == 0
    text = capsys.readouterr().out
    assert "best test loss 0.500 @4" in " ".join(text.split())
    assert "own has no τ: no law for adamw" in text
    assert _run(root, "sessions") == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("own "))
    assert row.split()[:7] == ["own", "finished", "0.1", "–", "–", "–", "5/5"]


def test_a_table_has_a_column_for_each_metric(root: Path, tmp_path: Path) -> None:
    assert _run(root, "export", "own", "steps", "--format", "csv", "-o", str(tmp_path / "t")) == 0
    with (tmp_path / "t").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["grad/norm"] == "1.5"
    assert rows[0]["tokens"] == rows[0]["momentum"] == rows[0]["batch_size"] == ""
    assert (rows[-1]["epoch"], rows[-1]["tokens"]) == ("90", "90.0")


@pytest.mark.parametrize("form", ["svg", "zip", "jsonl", "tensorboard"])
def test_a_recorded_session_is_exported_in_every_format(
    root: Path, tmp_path: Path, form: str
) -> None:
    assert _run(root, "export", "steps", "--format", form, "-o", str(tmp_path / "out")) == 0
    assert (tmp_path / "out").exists()


def test_a_zip_of_a_recorded_session_is_imported(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(tmp_path / "own.zip")
    assert _run(root, "export", "own", "--format", "zip", "-o", place) == 0
    assert _run(root, "import", place, "--session", "copy") == 0
    assert _run(root, "show", "copy") == 0
    assert "recorded from a training loop" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "verb"),
    [
        (("verify", "own"), "verified"),
        (("fork", "own"), "forked"),
        (("resume", "own"), "resumed"),
        (("extend", "own", "5"), "extended"),
    ],
)
def test_what_only_an_engine_can_do_is_refused_in_a_sentence(
    root: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], verb: str
) -> None:
    assert _run(root, *command) == 1
    error = capsys.readouterr().err
    assert "own was recorded from a training loop outside edgechaos-tui" in error
    assert f"be {verb} here" in error
