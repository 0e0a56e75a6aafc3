"""CSV and JSON lines: the targets of columns, and columns that cannot be used."""

import json
import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.importer.columns import Columns, parse_columns, seconds_of
from engine.importer.csv_file import CsvFile
from engine.importer.json_lines import JsonLines
from engine.importer.source import ImportRefused
from engine.importer.text_file import TextFile
from engine.storage.errors import InvalidInput

_values = st.floats(allow_nan=False) | st.just(math.inf)


def _csv(folder: Path, text: str, *chosen: str) -> CsvFile:
    path = folder / "run.csv"
    path.write_text(text, encoding="utf-8")
    source = CsvFile(path, Columns(parse_columns(chosen)))
    source.read(whole=True)
    return source


def _json(folder: Path, *lines: object) -> JsonLines:
    path = folder / "run.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts), encoding="utf-8")
    source = JsonLines(path, Columns())
    source.read(whole=True)
    return source


def _rows(source: TextFile) -> list[tuple[float, dict[str, float | None]]]:
    return [(row.place, row.metrics) for row in source.points.rows()]


@given(st.lists(st.tuples(_values, _values), min_size=1, max_size=20), st.sampled_from(",;\t"))
def test_numbers_come_through_a_csv_file_to_the_last_bit(
    values: list[tuple[float, float]], delimiter: str
) -> None:
    lines = [delimiter.join(("step", "loss", "grad/norm"))]
    lines += [delimiter.join((str(k), repr(a), repr(b))) for k, (a, b) in enumerate(values)]
    with tempfile.TemporaryDirectory() as folder:
        rows = _rows(_csv(Path(folder), "\n".join(lines)))
    expected = [(float(k), {"loss": a, "grad/norm": b}) for k, (a, b) in enumerate(values)]
    assert rows == expected


@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_a_sentence(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        for kind in (CsvFile, JsonLines):
            path.write_bytes(data)
            source = kind(path, Columns())
            try:
                source.read(whole=True)
            except ImportRefused as refused:
                assert "\n" not in str(refused)
            else:
                assert source.points.names or source.unused or source.remarks


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_breaks_the_lines_around_it(odd: str, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = _json(Path(folder), {"step": 1, "loss": 0.5}, odd, {"step": 2, "loss": 0.25})
        assert [row[1]["loss"] for row in _rows(source) if "loss" in row[1]][-1] == 0.25
        named = _json(Path(folder), {"step": 1, f"x{name}": 0.5})
        assert all(n.isprintable() and len(n) <= 200 for n in named.points.names)


def test_lightning_s_metrics_are_read_with_their_hyperparameters(tmp_path: Path) -> None:
    (tmp_path / "hparams.yaml").write_text(
        "lr: 0.1\nmodel:\n  name: 'tiny'\n  depth: 3\nlayers:\n- 1\n- 2\nobject: !!python/x y\n"
        "optimizer: adamw # ours\nbias: true\n"
    )
    source = _csv(
        tmp_path, "epoch,step,train_loss,val_loss\n0,9,1.5,\n0,9,,1.25\n1,19,1.0,\n1,19,,0.75\n"
    )
    assert _rows(source) == [
        (9.0, {"train_loss": 1.5, "val_loss": 1.25}),
        (19.0, {"train_loss": 1.0, "val_loss": 0.75}),
    ]
    assert [row.epoch for row in source.points.rows()] == [0.0, 1.0]
    assert source.config == {
        "lr": 0.1, "model": {"name": "tiny", "depth": 3}, "optimizer": "adamw", "bias": "True",
    }  # fmt: skip


def test_epochs_are_the_axis_where_nothing_counts_steps(tmp_path: Path) -> None:
    source = _csv(tmp_path, "epoch,loss\n1,0.5\n1.5,0.4\n2,0.3\n")
    assert not source.by_step
    assert [place for place, _ in _rows(source)] == [1.0, 1.5, 2.0]


def test_columns_are_what_a_person_says(tmp_path: Path) -> None:
    text = (
        "n;nll;step;when\n1;0,5;abc;2026-01-01T00:00:00+00:00\n"
        "2;0,4;abc;2026-01-01T00:01:00+00:00\n"
    )
    source = _csv(tmp_path, text, "step=n", "test_loss=nll", "time=when")
    assert _rows(source) == [(1.0, {"test_loss": 0.5}), (2.0, {"test_loss": 0.4})]
    assert [row.elapsed for row in source.points.rows()] == [0.0, 60.0]
    assert "step" in source.unused


def test_lines_can_be_the_steps(tmp_path: Path) -> None:
    source = _csv(tmp_path, "loss\n0.5\n0.4\n", "step=#")
    assert _rows(source) == [(0.0, {"loss": 0.5}), (1.0, {"loss": 0.4})]


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    source = _csv(tmp_path, "step,loss,note,lr\n1,0.5,warm,0.1\nx,0.4,,0.1\n3,oops,,0.1\n4,nan,,\n")
    assert source.points.names == ["loss", "lr"]
    assert source.unused == {"note": "is not a number: 'warm' in line 2"}
    assert "loss: 'oops' in line 4 is not a number and is left out" in source.remarks
    assert any("the first is line 3" in remark for remark in source.remarks)
    assert math.isnan(dict(_rows(source))[4.0]["loss"] or 0.0)


def test_a_program_that_starts_again_writes_its_header_once_more(tmp_path: Path) -> None:
    source = _csv(tmp_path, "step,loss\n1,0.5\n2,0.4\n3,0.3\nstep,loss\n2,0.45\n")
    assert _rows(source) == [(1.0, {"loss": 0.5}), (2.0, {"loss": 0.45})]
    assert source.remarks == []


def test_nested_objects_are_groups_and_configs(tmp_path: Path) -> None:
    source = _json(
        tmp_path,
        {"config": {"lr": 0.1}},
        {"_step": 1, "_timestamp": 1.7e9, "train": {"loss": 0.5, "acc": 0.9}, "tags": ["a"]},
        {"_step": 2, "_timestamp": 1.7e9 + 3, "train": {"loss": "NaN"}, "ok": True},
    )
    assert source.config == {"lr": 0.1}
    assert source.points.names == ["train/loss", "train/acc"]
    assert [row.elapsed for row in source.points.rows()] == [0.0, 3.0]
    assert set(source.unused) == {"tags", "ok"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "run.csv is empty"),
        ("\n\n", "run.csv is empty"),
        ("loss,acc\n1,2\n", "has no column that counts steps or epochs; it has loss, acc"),
        ("1,2\n3,4\n", "its first line has numbers"),
        ("step,loss\n", "step has no number in any line"),
        ("step,loss\na,1\n", "step has no number in any line"),
    ],
)
def test_a_file_without_a_run_is_refused_in_a_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(ImportRefused, match=sentence):
        _csv(tmp_path, text)


def test_utf_16_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_bytes("step,loss\n1,0.5\n".encode("utf-16"))
    with pytest.raises(ImportRefused, match="UTF-16: save it as UTF-8"):
        CsvFile(path, Columns()).read(whole=True)


def test_a_wrong_choice_of_columns_is_a_sentence() -> None:
    for words in (["loss"], ["=x"], ["loss="], ["a=b", "a=c"]):
        with pytest.raises(InvalidInput, match="--column"):
            parse_columns(words)


def test_times_are_seconds_milliseconds_or_iso() -> None:
    assert seconds_of(1.7e9) == seconds_of(1.7e12) == seconds_of("1700000000")
    assert seconds_of("2026-01-01T00:00:00Z") == 1767225600.0
    assert math.isnan(seconds_of("soon"))
    assert math.isnan(seconds_of(-5))
