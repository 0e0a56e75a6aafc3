import csv
import io
import json
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from edgechaos_tui.cli.main import main
from edgechaos_tui.export.figures import page as figures
from tests.support.comparisons import written


@pytest.fixture
def root(sessions_root: Path) -> Path:
    written(sessions_root, "slow", 60, lr=0.01)
    written(sessions_root, "fast", 60, lr=0.02)
    written(sessions_root, "again", 60, lr=0.02, seed=1)
    return sessions_root


def _compare(
    capsys: pytest.CaptureFixture[str], root: Path, *arguments: str
) -> tuple[int, str, str]:
    command = ["edgechaos-tui", "compare", *arguments, "--sessions", str(root)]
    with patch.object(sys, "argv", command), pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.out, said.err


def test_without_a_terminal_it_is_a_table(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _compare(capsys, root, "slow", "fast", "--reference", "slow")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split() == ["slow", "(ref)", "fast"]
    assert lines[1].split() == ["lr", "0.01", "0.02"]
    assert "edge at epoch" in out
    assert "* best" in out
    assert "momentum" not in out
    assert "τ 0.00" in out
    code, out, _ = _compare(capsys, root, "slow", "fast", "--all")
    assert "momentum" in out


def test_json_holds_everything(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _compare(capsys, root, "slow", "fast", "again", "--x", "tau", "--json")
    record = json.loads(out)
    assert code == 0
    assert record["axis"] == "tau"
    assert record["differs"] == ["lr", "seed"]
    assert [s["session"] for s in record["sessions"]] == ["slow", "fast", "again"]
    assert record["sessions"][1]["results"]["edge_epoch"] == 55
    assert record["collapse_of_j2"]["tau"]["spread"] < 0.001
    assert record["collapse_of_j2"]["epoch"]["spread"] > 0.1
    assert record["seeds"][0]["sessions"] == ["fast", "again"]
    assert record["seeds"][0]["results"]["c"]["runs"] == 2


def test_csv_is_a_row_a_session(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = _compare(capsys, root, "slow", "fast", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["session"] for row in rows] == ["slow", "fast"]
    assert rows[0]["lr"] == "0.01"
    assert rows[0]["edge_epoch"] == ""
    assert rows[1]["edge_epoch"] == "55"


def test_markdown_and_latex_are_tables(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = _compare(capsys, root, "slow", "fast", "--markdown")
    rows = [line for line in out.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {4}
    _, out, _ = _compare(capsys, root, "slow", "fast", "--latex")
    assert r"\begin{tabular}{lrr}" in out
    rows = [line for line in out.splitlines() if line.endswith(r"\\")]
    assert {row.count("&") for row in rows} == {2}
    assert all(line.isascii() for line in rows)


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_figures_are_written_whole(
    root: Path, tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    output = tmp_path / f"figure.{ending}"
    code, out, err = _compare(capsys, root, "slow", "fast", "again", "-o", str(output))
    assert (code, out, err) == (0, "", "")
    start = output.read_bytes()[:200]
    assert {"svg": b"<svg", "png": b"PNG", "pdf": b"%PDF"}[ending] in start or b"<?xml" in start
    assert [path.name for path in tmp_path.glob("*figure*")] == [output.name]
    missing = tmp_path / "nowhere" / f"figure.{ending}"
    code, _, err = _compare(capsys, root, "slow", "fast", "-o", str(missing))
    assert code == 1
    assert "cannot write" in err


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["slow"], 1, "2 to 8 sessions can be compared, not 1"),
        (["slow"] * 9, 1, "2 to 8 sessions can be compared, not 9"),
        (["slow", "slow"], 1, "slow is named twice"),
        (["slow", "none"], 1, "there is no session none"),
        (["slow", "fast", "--x", "years"], 2, "--x: 'years' is not one of epoch, step, tau, time"),
        (["slow", "fast", "--json", "--csv"], 2, "choose one of --json, --csv"),
        (["slow", "fast", "-o", "x.gif"], 2, "x.gif does not end in"),
        (["slow", "fast", "--reference", "again"], 2, "again is not among"),
        (["slow", "fast", "--at", "61"], 2, "the sessions have the epochs 0 to 60, and 61 is none"),
        (["slow", "fast", "--speed", "65"], 2, "65 is not between 0.25 and 64"),
        (["slow", "fast", "--at", "30", "--json"], 2, "a table or a figure has no replay"),
        (["slow", "fast", "--paused"], 2, "a table or a figure has no replay"),
    ],
)
def test_wrong_calls_are_one_clear_sentence(
    root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, sentence: str
) -> None:
    got, out, err = _compare(capsys, root, *arguments)
    assert (got, out) == (code, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_without_matplotlib_it_says_what_to_install(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    code, _, err = _compare(capsys, root, "slow", "fast", "-o", str(tmp_path / "a.svg"))
    assert code == 1
    assert "pip install 'edgechaos-tui[figures]'" in err
