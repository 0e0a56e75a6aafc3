"""Fuzzing of everything that is read from a session: no crash, no hang, no lost byte.

1,900 cases in a run of the tests: 300 logs, 300 drawings, 400 session files, 400 channels of
commands and 500 checkpoints, besides those of the modules' own tests.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgechaos_tui.charts.canvas import Canvas
from edgechaos_tui.charts.line_drawing import draw_lines
from edgechaos_tui.charts.phase_drawing import draw_plane
from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.library.facts import Gatherer
from edgechaos_tui.presentation.run import reading
from edgechaos_tui.presentation.run.playback import Playback
from edgechaos_tui.presentation.run.sentences import headline, machine
from edgechaos_tui.presentation.run.state import RunState, read_state
from edgechaos_tui.screens.run import charts as run_charts
from edgechaos_tui.screens.run import text as run_words
from edgechaos_tui.screens.run.machine_charts import machine_charts
from engine.runtime import checkpoint as checkpoints
from engine.storage import commands
from engine.storage.commands import CommandReader
from engine.storage.errors import CheckpointError, DamagedLine, NewerSchema, SessionError
from engine.storage.fork import fork_points as origins
from engine.storage.hyperparameters import build
from engine.storage.session.event_log import LogReader, LogWriter
from engine.storage.session.events import Epoch, LoggedEvent, decode, encode
from engine.storage.session.info import Info
from engine.storage.session.machine import MachineUse
from engine.storage.session.session import Session, create
from engine.storage.session.status import Status
from tests.support.event_samples import any_event, epoch_event, started_event
from tests.support.mutations import mutated
from tests.support.recorded_runs import record

_SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def cases(count: int) -> settings:
    return settings(max_examples=count, suppress_health_check=_SHARED)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return record(tmp_path_factory.mktemp("sessions"), "s", epochs=8, planned=8)


@pytest.fixture(scope="module")
def log(made: Session) -> bytes:
    return made.log.read_bytes()


@cases(300)
@given(st.data())
def test_a_log(made: Session, log: bytes, data: st.DataObject) -> None:
    broken = data.draw(mutated(log))
    made.log.write_bytes(broken)
    whole = set(log.splitlines(keepends=True))
    whole_lines = [line for line in broken.splitlines(keepends=True) if line in whole]
    try:
        reader = LogReader(made.log)
        read = [encode(event) for event in reader.read_all()]
        reading.read(made)
        read_state(made)
    except NewerSchema as error:
        assert "\n" not in str(error)
        assert b'"schema":' in broken
        return
    finally:
        assert made.log.read_bytes() == broken
    # Every line that no accident touched is there, in order.
    remaining = iter(read)
    assert all(line in remaining for line in whole_lines)
    writer = LogWriter(made.log)
    writer.append(epoch_event(99))
    writer.close()
    assert made.log.read_bytes().startswith(broken)
    assert encode(list(LogReader(made.log).read_all())[-1]) == encode(epoch_event(99))


_WILD = st.one_of(
    st.none(), st.floats(), st.sampled_from([1e308, -1e308, 5e-324, 0.0, -0.0, 1e17, -1e-9])
)
_METRICS = (
    "train_loss", "test_loss", "train_accuracy", "test_accuracy", "j", "j0", "edge_distance",
    "gain", "asymptotic_distance", "lyapunov", "jacobian_norm", "tau",
    *MachineUse.__struct_fields__,
)  # fmt: skip
_COUNTS = st.integers(-(2**63), 2**63 - 1)
_TIMES = dict.fromkeys(("t", "elapsed", "seconds"), st.floats())
_METRICS_AND_TIMES = dict.fromkeys(_METRICS, _WILD) | _TIMES
_POSSIBLE = {
    "lr": st.floats(0, 2**31, exclude_min=True), "momentum": st.floats(0, 1, exclude_max=True),
    "l2": st.floats(0, 2**31), "batch_size": st.integers(1, 2**31),
    "epochs": st.integers(0, 2**31), "indicators_every": st.integers(0, 2**31),
}  # fmt: skip
_IMPOSSIBLE = dict.fromkeys(("lr", "momentum", "l2"), st.floats()) | dict.fromkeys(
    ("batch_size", "epochs", "indicators_every"), _COUNTS
)


def _epochs(numbers: st.SearchStrategy[int], settings: dict[str, Any]) -> st.SearchStrategy[Epoch]:
    values = st.fixed_dictionaries(_METRICS_AND_TIMES | settings)
    return st.builds(lambda epoch, given: epoch_event(epoch, **given), numbers, values)


_readable = _epochs(st.integers(0, 12) | st.integers(0, 2**31), _POSSIBLE)
_wild = _epochs(_COUNTS, _IMPOSSIBLE)


_CHARTS = (run_charts.loss_chart, run_charts.accuracy_chart, run_charts.j2_chart)


def _draw(state: RunState, width: int, height: int) -> None:
    view = ChartView()
    views = [view, view.smoothed().planned(), replace(view, cursor=3.0, window=(2.0, 5.0))]
    views += [view.scaled("loss", "accuracy", "j2"), views[0].scaled("loss").scaled("loss", "j2")]
    for seen in views:
        models = [chart(state, seen) for chart in _CHARTS]
        models += [run_charts.indicator_chart(state, seen, index) for index in range(3)]
        models += machine_charts(state, seen, machine.measured_use(state), None)
        for model in models:
            draw_lines(Canvas(width, height), model, None)
    for zoom in (False, True):
        plane = run_charts.phase_plane(state, zoom=zoom, field=None, news="")
        draw_plane(Canvas(width, height), plane, None, few_colours=False)


@cases(300)
@given(
    happened=st.lists(_readable | _readable | _wild | any_event, max_size=8),
    size=st.sampled_from([(190, 50), (58, 16), (20, 5), (3, 2)]),
)
def test_a_drawing(happened: list[LoggedEvent], size: tuple[int, int]) -> None:
    """Numbers of any size, in charts of any size: the chart ends."""
    hyperparameters = build({})
    playback, gatherer = (
        Playback(hyperparameters, clock=iter(np.arange(1e6)).__next__),
        Gatherer(_info()),
    )
    with np.errstate(all="ignore"):
        for event in [started_event(), *_as_read(happened)]:
            playback.take([event])
            gatherer.take([event])
        state = playback.whole
        _draw(state, *size)
        gatherer.facts(state.summary)
        for status in Status:
            headline.headline_of(state, status, None)
        run_words.guideline(state)
        seen: list[int] = []
        playback.play()
        while playback.playing and len(seen) < 100:
            wait = playback.due()
            assert wait is None or wait >= 0, "a negative duration"
            seen.append(playback.epoch)
            headline.headline_of(playback.state, Status.TRAINING, None)
            playback.step(1)
            playback.playing = not playback.following
        assert seen == sorted(set(seen)), "the replay goes back"


def _as_read(happened: list[LoggedEvent]) -> Iterator[LoggedEvent]:
    """What of these events a reader makes of their lines."""
    for event in happened:
        with contextlib.suppress(DamagedLine):
            yield decode(encode(event))


def _info() -> Info:
    return Info(id="", name="s", created=0.0, hyperparameters=build({}))


@cases(400)
@given(st.data())
def test_a_session_file(tmp_path: Path, data: st.DataObject) -> None:
    session = Session(tmp_path / "s")
    if not session.folder.exists():
        create(tmp_path, build({"lr": 0.05}), "s")
    path = session.folder / "session.json"
    good = path.with_name("good")
    if not good.exists():
        good.write_bytes(path.read_bytes())
    broken = data.draw(mutated(good.read_bytes()))
    path.write_bytes(broken)
    try:
        info = session.info()
    except (SessionError, NewerSchema) as error:
        assert "\n" not in str(error)
    else:
        assert info.hyperparameters == msgspec.convert(
            msgspec.to_builtins(info.hyperparameters), type(info.hyperparameters)
        )
    assert path.read_bytes() == broken


@cases(400)
@given(st.data())
def test_a_channel_of_commands(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "commands.jsonl"
    path.unlink(missing_ok=True)
    for number in range(3):
        wish = commands.Set(id=f"{number}", incarnation="i", values={"lr": 0.01})
        commands.send(path, wish)
    broken = data.draw(mutated(path.read_bytes()))
    path.write_bytes(broken)
    last = commands.Pause(id="last", incarnation="i")
    commands.send(path, last)
    assert path.read_bytes().startswith(broken)
    reader, found = CommandReader(path), []
    while lines := reader.read():
        found += lines
    assert found[-1].command == last
    assert found[-1].offset == path.stat().st_size
    offsets = [line.offset for line in found]
    assert offsets == sorted(set(offsets))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, bytes]:
    session = create(tmp_path_factory.mktemp("saved"), build({"lr": 0.05}), "s")
    tensors: dict[str, Any] = {"W": np.arange(6, dtype=np.float32).reshape(2, 3)}
    checkpoints.save(
        session.checkpoint, checkpoints.Checkpoint(session.info().id, epoch_event(3), tensors)
    )
    return session, session.checkpoint.read_bytes()


@cases(500)
@given(st.data())
def test_a_checkpoint(saved: tuple[Session, bytes], data: st.DataObject) -> None:
    made, good = saved
    broken = data.draw(mutated(good))
    made.checkpoint.write_bytes(broken)
    for read in (lambda: checkpoints.load(made.checkpoint), lambda: origins.origin_of(made)):
        try:
            assert read() is not None
        except (CheckpointError, SessionError) as error:
            assert str(error)
    assert made.checkpoint.read_bytes() == broken
    assert sorted(os.listdir(made.folder)) == ["checkpoint.safetensors", "session.json"]
