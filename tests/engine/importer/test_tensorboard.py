"""Event files of TensorBoard's own writers, and damaged ones."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.importer.columns import Columns
from engine.importer.event_message import read_message
from engine.importer.protobuf import Malformed
from engine.importer.tensorboard import EventFiles, EventFolders
from tests.support.other_programs import (
    column,
    event_record,
    imported,
    rows_of,
    scalar_event,
    write_events,
)

_FILE = "events.out.tfevents.{}.host.1.0"


def _steps(tag: str, values: dict[int, float], wall: float = 1.7e9) -> Iterator[bytes]:
    for step, value in values.items():
        yield scalar_event(tag, value, step, wall + step)


def _run(folder: Path, *, whole: bool = True) -> EventFiles:
    run = EventFiles(folder, "run", Columns())
    run.read(whole=whole)
    return run


def _points(run: EventFiles) -> dict[int, dict[str, float | None]]:
    return {int(row.place): row.metrics for row in run.points.rows()}


def test_every_scalar_of_pytorch_s_writer_becomes_a_metric(
    tmp_path: Path, sessions_root: Path
) -> None:
    torch = pytest.importorskip("torch")
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path / "runs" / "a")) as writer:
        for step in range(3):
            writer.add_scalar("train/loss", 1 / (step + 1), step, walltime=1.7e9 + step)
            writer.add_scalar("val/acc", step / 4, step, walltime=1.7e9 + step, new_style=True)
            writer.add_scalar("double", step / 3, step, double_precision=True, new_style=True)
        writer.add_scalar("odd", math.nan, 2)
        writer.add_histogram("weights", torch.arange(5.0), 1)
        writer.add_text("note", "hello", 1)
    report = imported(sessions_root, tmp_path / "runs")
    session = report.sessions["a"]
    assert column(session, "train_loss") == [
        (0, 1.0), (1, 0.5), (2, pytest.approx(1 / 3)),
    ]  # fmt: skip
    assert column(session, "test_accuracy") == [(0, 0.0), (1, 0.25), (2, 0.5)]
    assert column(session, "double")[1:] == [(1, 1 / 3), (2, 2 / 3)]
    assert math.isnan(rows_of(session)[-1].metrics["odd"] or 0.0)
    assert any(
        "weights is not a scalar but a histogram" in r and "note/text_summary is not a scalar" in r
        for r in report.remarks
    )


def test_hyperparameters_become_the_config(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss", 1.0, 5)
        report = {"lr": 0.1, "optimizer": "sgd", "nesterov": True}
        # They come to lie in a folder of their own, below the run's.
        writer.add_hparams(report, {"best": 0.5})
        writer.add_text("args", '{"batch_size": 8, "model": {"name": "tiny"}}')
    (run,) = EventFolders(tmp_path, {}).runs()
    run.read(whole=True)
    assert run.points.names == ["loss", "best"]
    assert run.config == {
        "lr": 0.1, "optimizer": "sgd", "nesterov": True, "batch_size": 8, "model": {"name": "tiny"},
    }  # fmt: skip


def test_scalars_that_are_tensors_are_read_however_they_are_packed(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    import numpy as np
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.util.tensor_util import make_tensor_proto

    kinds = ("float16", "float32", "float64", "int32", "int64", "uint8", "bool")
    events = []
    for kind in kinds:
        array = np.array(1, dtype=kind)
        content = make_tensor_proto(array)
        content.Clear()
        content.dtype = make_tensor_proto(array).dtype
        content.tensor_content = array.tobytes()
        for tag, tensor in ((kind, make_tensor_proto(array)), (f"{kind}/content", content)):
            value = Summary.Value(tag=tag, tensor=tensor)
            events.append(Event(step=4, wall_time=1.7e9, summary=Summary(value=[value])))
    many = Summary.Value(tag="many", tensor=make_tensor_proto(np.arange(3.0)))
    events.append(Event(step=4, summary=Summary(value=[many])))
    write_events(tmp_path / _FILE.format(1), [event.SerializeToString() for event in events])
    run = _run(tmp_path)
    expected_tags = {tag for kind in kinds for tag in (kind, f"{kind}/content")}
    assert run.unused == {"many": "is not a scalar but a tensor of 3 values"}
    assert _points(run)[4] == dict.fromkeys(expected_tags, 1.0)


def test_the_exporter_s_files_come_back(tmp_path: Path, sessions_root: Path) -> None:
    pytest.importorskip("tensorboard")
    from edgechaos_tui.export.tensorboard import write_runs
    from tests.support.event_samples import epoch_event

    write_runs([("x", [epoch_event(k, test_loss=1 / (k + 1)) for k in range(4)])], tmp_path)
    session = imported(sessions_root, tmp_path / "x").sessions["x"]
    losses = [value for _, value in column(session, "test_loss")]
    assert losses == pytest.approx([1.0, 1 / 2, 1 / 3, 1 / 4])


def test_a_restart_from_a_checkpoint_drops_what_it_trains_again(tmp_path: Path) -> None:
    write_events(tmp_path / _FILE.format(1), list(_steps("loss", {0: 1.0, 1: 0.9, 2: 0.8, 3: 0.7})))
    write_events(tmp_path / _FILE.format(2), list(_steps("loss", {2: 0.6, 3: 0.5}, 1.8e9)))
    assert [row["loss"] for row in _points(_run(tmp_path)).values()] == pytest.approx(
        [1.0, 0.9, 0.6, 0.5]
    )


def test_a_purge_that_the_writer_asked_for_is_heard(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path), filename_suffix="1") as writer:
        for step in range(6):
            writer.add_scalar("loss", float(step), step)
    with SummaryWriter(str(tmp_path), filename_suffix="2", purge_step=3) as writer:
        writer.add_scalar("acc", 0.5, 4)
    assert _points(_run(tmp_path)) == {
        0: {"loss": 0.0}, 1: {"loss": 1.0}, 2: {"loss": 2.0}, 4: {"acc": 0.5},
    }  # fmt: skip


def test_the_epochs_that_lightning_logs_stand_beside_the_steps(tmp_path: Path) -> None:
    events = [
        *_steps("epoch", {9: 0.0, 19: 1.0}), *_steps("train_loss", {9: 1.0, 19: 0.5}),
        scalar_event("hp_metric", -1.0, 0),
    ]  # fmt: skip
    write_events(tmp_path / _FILE.format(1), events)
    rows = list(_run(tmp_path).points.rows())
    assert [(row.place, row.epoch) for row in rows] == [(0.0, None), (9.0, 0.0), (19.0, 1.0)]


def test_damage_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    path = write_events(
        tmp_path / _FILE.format(1), list(_steps("loss", dict.fromkeys(range(5), 1)))
    )
    data = bytearray(path.read_bytes())
    record_size = len(event_record(scalar_event("loss", 1.0, 1)))
    data[-2 * record_size + 20] ^= 1
    path.write_bytes(
        data + event_record(b"\xff\xff") + event_record(scalar_event("loss", 1.0, 9))[:9]
    )
    run = _run(tmp_path)
    assert list(_points(run)) == [0, 1, 2, 4]
    words = " ".join(run.remarks)
    assert "checksum is wrong are left out, 1 so far" in words
    assert "a record is not an event" in words
    assert "its last record is not whole and is left out" in words


def test_nothing_is_read_behind_a_damaged_head(tmp_path: Path) -> None:
    path = write_events(tmp_path / _FILE.format(1), list(_steps("loss", {0: 1.0})))
    path.write_bytes(path.read_bytes() + bytes(100))
    run = _run(tmp_path)
    assert list(_points(run)) == [0]
    assert "the head of a record is damaged, so nothing after it" in run.remarks[0]


@given(st.binary(max_size=80))
def test_no_bytes_are_more_than_malformed(data: bytes) -> None:
    try:
        read_message(data)
    except Malformed:
        return


@given(st.data())
def test_no_damage_to_a_message_is_more_than_malformed(data: st.DataObject) -> None:
    message = bytearray(scalar_event("train/loss", 0.5, 1000))
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_message(bytes(message))
    except Malformed:
        return
