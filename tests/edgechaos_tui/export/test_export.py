import csv
import json
import math
import subprocess
import sys
import zipfile
from pathlib import Path
from unittest.mock import patch

import pytest

from edgechaos_tui.cli.main import main
from edgechaos_tui.export import sessions as export_output
from edgechaos_tui.export.columns import COLUMNS, METRICS, WHOLE
from edgechaos_tui.presentation.compare.comparison import curve
from edgechaos_tui.presentation.run.state import read_state
from engine.storage.session.events import Epoch, Rewound
from engine.storage.session.session import Session, list_sessions
from tests.support.comparisons import append, epochs_of, straight, written
from tests.support.event_samples import epoch_event
from tests.support.recorded_runs import record_deep


@pytest.fixture
def root(sessions_root: Path) -> Path:
    """Two sessions; the first was trained again from epoch 20 on and met odd numbers."""
    odd = written(sessions_root, "odd", 30, finished=False)
    append(odd, Rewound(t=2000, elapsed=60, epoch=20, reason="other results"))
    append(odd, *epochs_of(straight(24, 0.02))[21:])
    append(odd, epoch_event(25, test_loss=math.nan, j=math.inf, tau=None, train_loss=None))
    written(sessions_root, "plain", 10)
    return sessions_root


def _export(
    capsys: pytest.CaptureFixture[str], root: Path, *arguments: object
) -> tuple[int, str, str]:
    command = ["edgechaos-tui", "export", *map(str, arguments), "--sessions", str(root)]
    with patch.object(sys, "argv", command), pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.out, said.err


def test_every_field_of_an_epoch_is_a_documented_column() -> None:
    # Each value of a layer is a column of its own, where there are layers.
    assert set(COLUMNS) == {"session", *Epoch.__struct_fields__} - {"layers"}
    assert WHOLE | set(METRICS) <= set(COLUMNS)
    assert all(meaning for _, meaning in COLUMNS.values())


def test_csv_is_complete_and_exact(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.csv"
    code, out, _ = _export(capsys, root, "odd", "plain", "--format", "csv", "-o", output)
    assert (code, out) == (0, f"wrote {output}\n")
    rows = list(csv.DictReader(output.read_text(encoding="utf-8").splitlines()))
    assert list(rows[0]) == list(COLUMNS)
    odd = [row for row in rows if row["session"] == "odd"]
    assert [int(row["epoch"]) for row in odd] == list(range(26))
    assert len(rows) == 26 + 11
    state = read_state(Session(root / "odd"))
    assert [float(row["j"]) for row in odd] == state.metric("j").tolist()
    assert [odd[25][name] for name in ("train_loss", "test_loss", "j", "tau")] == [
        "", "nan", "inf", "",
    ]  # fmt: skip


def test_csv_has_a_column_for_each_value_of_a_layer(
    sessions_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_deep(sessions_root, "deep", epochs=4)
    output = tmp_path / "out.csv"
    assert _export(capsys, sessions_root, "deep", "--format", "csv", "-o", output)[0] == 0
    last = list(csv.DictReader(output.read_text(encoding="utf-8").splitlines()))[-1]
    assert float(last["layers/hidden3/growth"]) == pytest.approx(-0.6)
    assert last["layers/readout/fan_in"] == "784"
    assert float(last["lambda_depth_error"]) == 0.01


def test_jsonl_holds_every_event(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (root / "odd" / "events.jsonl").open("ab") as log:
        log.write(b'{"type":"of the future","t":1}\nnot json\n{"type":"epoch","torn')
    output = tmp_path / "out.jsonl"
    assert _export(capsys, root, "odd", "--format", "jsonl", "-o", output)[0] == 0
    lines = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    kinds = [line["type"] for line in lines]
    assert (kinds[0], kinds[-1], kinds.count("epoch")) == ("started", "of the future", 36)
    assert {line["session"] for line in lines} == {"odd"}


def test_parquet_reads_back_with_units(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    output = tmp_path / "out.parquet"
    assert _export(capsys, root, "odd", "plain", "--format", "parquet", "-o", output)[0] == 0
    table = parquet.read_table(output)
    assert table.column_names == list(COLUMNS)
    assert table.num_rows == 37
    assert table.schema.field("test_loss").metadata[b"unit"] == b"nats"
    last = table.slice(25, 1).to_pylist()[0]
    assert math.isnan(last["test_loss"])
    assert last["j"] == math.inf
    assert (last["tau"], last["train_loss"], last["epoch"]) == (None, None, 25)


def test_tensorboard_opens_it(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    output = tmp_path / "runs"
    code, _, _ = _export(capsys, root, "odd", "plain", "--format", "tensorboard", "-o", output)
    assert code == 0
    read = accumulator.EventAccumulator(str(output / "odd"), size_guidance={"scalars": 0})
    read.Reload()
    points = read.Scalars("j")
    assert [point.step for point in points] == list(range(26))
    expected = read_state(Session(root / "odd")).metric("j")
    assert [point.value for point in points] == pytest.approx(expected.tolist(), rel=1e-6)
    assert len(read.Scalars("tau")) == 25
    assert "gain" not in read.Tags()["scalars"]
    assert sorted(path.name for path in output.iterdir()) == ["odd", "plain"]
    code, _, err = _export(capsys, root, "plain", "--format", "tensorboard", "-o", output)
    assert code == 1
    assert "exists already" in err


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_figures_of_a_session(
    root: Path, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    written(root, "relu", 10, activation="relu", j=1.0)
    output = tmp_path / "out"
    names = ("odd", "plain", "relu")
    code, out, err = _export(capsys, root, *names, "--format", form, "-o", output, "--json")
    assert (code, err) == (0, "")
    paths = [output / f"{name}.{form}" for name in names]
    assert json.loads(out) == {"written": [str(path) for path in paths]}
    starts = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}
    assert all(path.read_bytes().startswith(starts[form]) for path in paths)


def test_a_zip_is_a_session_elsewhere(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Session(root / "odd")
    session.checkpoint.write_bytes(b"weights")
    session.lock.write_bytes(b"")
    with session.log.open("ab") as log:
        log.write(b'{"type":"torn')
    output = tmp_path / "odd.zip"
    assert _export(capsys, root, "odd", "--format", "zip", "-o", output)[0] == 0
    with zipfile.ZipFile(output) as archive:
        assert archive.namelist() == ["odd/session.json", "odd/events.jsonl"]
        archive.extractall(tmp_path / "there")
    (there,) = list_sessions(tmp_path / "there")
    assert there.info() == session.info()
    assert there.log.read_bytes().endswith(b"\n")
    (_, y), (_, same) = (curve(read_state(s), "epoch", "j") for s in (session, there))
    assert y.tolist() == same.tolist()


@pytest.mark.parametrize(
    ("form", "install"),
    [("parquet", "[parquet]"), ("tensorboard", "[tensorboard]"), ("svg", "[figures]")],
)
def test_a_missing_extra_is_named(
    root: Path,
    tmp_path: Path,
    form: str,
    install: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export_output, "find_spec", lambda name: None)
    code, out, err = _export(capsys, root, "odd", "--format", form, "-o", tmp_path / "out")
    assert (code, out) == (1, "")
    assert f"pip install 'edgechaos-tui{install}'" in err


@pytest.mark.parametrize("form", ["csv", "zip", "tensorboard"])
def test_what_cannot_be_written_leaves_nothing(
    root: Path, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "nowhere" / "out"
    code, _, err = _export(capsys, root, "odd", "--format", form, "-o", missing)
    assert code == 1
    assert "cannot write" in err
    folder = tmp_path / "folder"
    folder.mkdir()
    old = folder / "out"
    old.write_text("old")
    with patch.object(export_output, "read_epochs", side_effect=OSError(28, "No space left")):
        code, _, err = _export(capsys, root, "odd", "--format", "csv", "-o", old)
    assert code == 1
    assert "No space left" in err
    assert [path.name for path in folder.iterdir()] == ["out"]
    assert old.read_text() == "old"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["odd", "--format", "xls"], 2, "--format: 'xls' is not one of csv"),
        (["none", "--format", "csv"], 1, "there is no session none"),
        (["bad", "--format", "csv"], 1, "bad: session.json is damaged"),
        (["odd", "odd", "--format", "csv"], 1, "odd is named twice"),
    ],
)
def test_wrong_calls_are_one_clear_sentence(
    root: Path,
    tmp_path: Path,
    arguments: list[str],
    code: int,
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (written(root, "bad", 3).folder / "session.json").write_text("{")
    output = tmp_path / "out.csv"
    got, out, err = _export(capsys, root, *arguments, "-o", output)
    assert (got, out) == (code, "")
    assert sentence in err
    assert not output.exists()


def test_a_figure_chooses_its_own_backend_and_parameters(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    plain, odd = tmp_path / "plain.png", tmp_path / "odd.png"
    assert _export(capsys, root, "plain", "--format", "png", "-o", plain)[0] == 0
    monkeypatch.setitem(matplotlib.rcParams, "text.usetex", True)
    monkeypatch.setitem(matplotlib.rcParams, "axes.facecolor", "red")
    assert _export(capsys, root, "plain", "--format", "png", "-o", odd)[0] == 0
    assert odd.read_bytes() == plain.read_bytes()
    script = (
        "from edgechaos_tui.export.figures.page import page; from pathlib import Path\n"
        "with page(Path('page.svg'), (1, 1)) as figure: figure.subplots()\n"
        "import os; assert os.environ['MPLBACKEND'] == 'module://no_such_backend'"
    )
    monkeypatch.setenv("MPLBACKEND", "module://no_such_backend")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "page.svg").exists()
